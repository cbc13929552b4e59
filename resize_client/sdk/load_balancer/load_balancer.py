# SPDX-License-Identifier: Apache-2.0

"""A load balancer, with what openstacksdk's lacks: resizing."""

from typing import Any

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize

#: The states in which Octavia accepts a resize
RESIZABLE = ('ACTIVE', 'ERROR')

# Those that openstacksdk knows
_FILTERS: dict[str, Any] = dict(_lb.LoadBalancer._query_mapping._mapping)

#: The fields of a list that a resize needs
FIELDS = (
    *('id', 'name', 'flavor_id', 'provisioning_status', 'project_id'),
    'updated_at',
)

#: The state of a load balancer that is being deleted
BEING_DELETED = 'PENDING_DELETE'


class LoadBalancer(_lb.LoadBalancer):
    """A load balancer which can be resized."""

    _query_mapping = resource.QueryParameters('fields', **_FILTERS)

    def resize(
        self,
        session: adapter.Adapter,
        *,
        flavor_id: str,
        drain_seconds: int | None = None,
    ) -> None:
        """Request another flavor.

        :param session: The session to use for making this request.
        :param flavor_id: The ID of the flavor to change to.
        :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
        :raises: See :meth:`Proxy.resize_load_balancer`.
        """
        body = _resize.make_body(flavor_id, drain_seconds)
        self._request(session, 'resize', body)

    def rebuild(
        self, session: adapter.Adapter, *, drain_seconds: int | None = None
    ) -> None:
        """Request new amphorae of the same flavor.

        :param session: The session to use for making this request.
        :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
        :raises: See :meth:`Proxy.rebuild_load_balancer`.
        """
        body = _resize.make_body(None, drain_seconds)
        self._request(session, 'rebuild', body)

    def _request(
        self, session: adapter.Adapter, operation: str, body: dict[str, Any]
    ) -> None:
        known = offer.of(session)
        known.raise_without(*_resize.needs(operation, body))
        response = session.put(
            _resize.url(str(self.id), operation), json=body, **faults.ONCE
        )
        known.learn_from_request(session, response, operation)
        exceptions.raise_from_response(
            response,
            error_message=f'Failed to {operation} load balancer {self.id}',
        )
        http.raise_unless_accepted(response)

    def cancel_resize(
        self, session: adapter.Adapter, resize: _resize.LoadBalancerResize
    ) -> None:
        """Request the cancel of a resize.

        :param session: The session to use for making this request.
        :param resize: The resize to cancel, as the service returned it: the
            service refuses if another one is in progress.
        :raises: See :meth:`Proxy.cancel_load_balancer_resize`.
        """
        # Octavia without the resize API takes a DELETE of this URL for the
        # deletion of the load balancer itself, but none with an argument
        # that it doesn't know. It returns no resize either.
        params = {'cancel': 'true'}
        if resize.id is not None:
            params['id'] = resize.id
        response = session.delete(
            _resize.url(str(self.id)), params=params, **faults.ONCE
        )
        offer.of(session).learn_from_record(session, response)
        exceptions.raise_from_response(
            response,
            error_message='Failed to cancel the resize of load balancer '
            f'{self.id}',
        )
        http.raise_unless_accepted(response)


def with_fields(
    load_balancer: _lb.LoadBalancer, **fields: str | None
) -> LoadBalancer:
    """Return a load balancer as it is when these fields have changed."""
    before = load_balancer.to_dict(computed=False)
    return LoadBalancer.existing(**(before | fields))


def label(load_balancer: _lb.LoadBalancer, *, start: bool = True) -> str:
    """Return such as ``Load balancer web (d0a51a71-…)``.

    :param load_balancer: The load balancer.
    :param start: Whether the name starts a sentence.
    """
    noun = 'Load balancer' if start else 'load balancer'
    if not load_balancer.name:
        return f'{noun} {load_balancer.id}'
    return f'{noun} {load_balancer.name} ({load_balancer.id})'


def with_flavor(flavor: str | None) -> str:
    """Return the part of a message that names a flavor, None for none."""
    return 'with no flavor' if flavor is None else f'with flavor {flavor}'
