# SPDX-License-Identifier: Apache-2.0

"""What resources whose size is changed in place have in common."""

from collections.abc import Iterator
import copy
from typing import Any
from typing import ClassVar

from heat.common import exception
from heat.engine import properties
from heat.engine import resource
from openstack import exceptions

from resize_client.sdk import connection
from resize_client.sdk import faults


def update_allowed(schema: properties.Schema) -> properties.Schema:
    """Return the schema of a property, with updates of it allowed."""
    allowed = copy.copy(schema)
    allowed.update_allowed = True
    return allowed


class ResizedInPlace(resource.Resource):
    """A resource that is resized instead of replaced.

    Stands before Heat's own class among the bases. After a failure, the next
    update compares the size in the template with the cloud's, as the size
    that Heat has on record may not be the one in the cloud: so a rollback
    repairs, too.
    """

    #: The property that is the size.
    SIZE: ClassVar[str]

    _has_failed = False

    def needs_replace_failed(self) -> bool:
        """Return whether to replace a resource whose last action failed.

        :returns: False, unless it was never created or adopted, or is gone.
        """
        return (
            self.action == self.CREATE
            or self.resource_id is None
            or not self._exists()
        )

    def _needs_update(self, *args: Any, **kwargs: Any) -> bool:
        self._has_failed = self.status == self.FAILED
        return super()._needs_update(*args, **kwargs) or self._has_failed

    def update_template_diff_properties(
        self,
        after_props: properties.Properties,
        before_props: properties.Properties,
    ) -> dict[str, Any]:
        """Return the properties to change, with their new values.

        After a failure the size is one of them.
        """
        changes: dict[str, Any] = super().update_template_diff_properties(
            after_props, before_props
        )
        if self._has_failed:
            changes[self.SIZE] = after_props[self.SIZE]
        return changes

    def handle_update(
        self, json_snippet: Any, tmpl_diff: Any, prop_diff: dict[str, Any]
    ) -> Iterator[None]:
        """Return the steps of the update, of which none waits."""
        return self._update(dict(prop_diff))

    def check_update_complete(self, steps: Iterator[None]) -> bool:
        """Run the next step.

        :returns: Whether there was none left.
        """
        return next(steps, self) is self

    def _update(self, changes: dict[str, Any]) -> Iterator[None]:
        if self.SIZE in changes:
            size = changes.pop(self.SIZE)
            try:
                yield from self._resize(size)
            except exceptions.HttpException as exc:
                reason = faults.message(exc) or exc
                raise exception.Error(
                    f'{self.name} was not resized: {reason}. To try again, '
                    'update the stack'
                ) from exc
        if changes:
            started = super().handle_update(None, None, changes)
            while not super().check_update_complete(started):
                yield

    def _sdk(self) -> connection.ResizeConnection:
        return connection.extend(self.client('openstack'))

    def _exists(self) -> bool:
        """Return whether the service has the resource."""
        try:
            self._read()
        except exceptions.NotFoundException as exc:
            # A gateway's answer must not lead to another resource.
            if not faults.is_gone(exc):
                raise
            return False
        return True

    def _read(self) -> Any:
        """Return the resource as the service has it.

        :raises: :class:`~openstack.exceptions.NotFoundException`
        """
        raise NotImplementedError

    def _resize(self, size: Any) -> Iterator[None]:
        """Resize, and poll until that has ended.

        :param size: The new value of the property.
        :raises: :class:`~openstack.exceptions.SDKException` when the resize
            failed.
        """
        raise NotImplementedError
