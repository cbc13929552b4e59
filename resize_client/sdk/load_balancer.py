# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Resize load balancers: what openstacksdk's load_balancer proxy lacks."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
import dataclasses
import json
from typing import Any
from typing import Self

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack import utils
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb
import requests

from resize_client.sdk import service
from resize_client.sdk import wait

#: The states in which Octavia takes a resize
RESIZABLE = ('ACTIVE', 'ERROR')

#: The states of a resize that has not ended yet
UNFINISHED = ('QUEUED', 'RUNNING', 'CANCELLING')


class LoadBalancer(_lb.LoadBalancer):
    """A load balancer which can be resized."""

    _query_mapping = resource.QueryParameters(
        'fields', 'name', 'project_id', include_pagination_defaults=True
    )

    def resize(self, session: adapter.Adapter, *, flavor_id: str) -> None:
        """Ask for another flavor.

        :param session: The session to use for making this request.
        :param flavor_id: The ID of the flavor to change to.
        :raises: See :meth:`Proxy.resize_load_balancer`.
        """
        response = session.put(
            self._resize_url(),
            json={'new_flavor_id': flavor_id},
            **service.ONCE,
        )
        _raise_unless_offered(response, str(self.id))
        exceptions.raise_from_response(
            response, error_message=f'Failed to resize load balancer {self.id}'
        )
        service.demand_accepted(response)

    def cancel_resize(self, session: adapter.Adapter) -> None:
        """Ask for the previous flavor back while a resize is going on.

        :param session: The session to use for making this request.
        :raises: See :meth:`Proxy.cancel_load_balancer_resize`.
        """
        # Octavia without the resize API takes a DELETE of this URL for the
        # deletion of the load balancer itself, but none with an argument
        # that it doesn't know.
        response = session.delete(
            self._resize_url(), params={'cancel': 'true'}, **service.ONCE
        )
        _raise_unless_offered(response, str(self.id))
        exceptions.raise_from_response(
            response,
            error_message='Failed to cancel the resize of load balancer '
            f'{self.id}',
        )
        service.demand_accepted(response)

    def _resize_url(self) -> str:
        return utils.urljoin(self.base_path, self.id, 'resize')


def _raise_unless_offered(
    response: requests.Response, load_balancer_id: str
) -> None:
    """Tell a cloud without the resize API from one that refuses.

    Octavia as released takes ``resize`` for the body of a load balancer
    update, and ``cancel`` for an unknown argument of its deletion, hence its
    400; gateways in front of it answer 404 or 405. Where there is the resize
    API, a 404 names the load balancer.
    """
    try:
        fault = str(response.json()['faultstring'])
    except (ValueError, KeyError, TypeError):
        fault = ''
    if (
        (
            response.status_code == 400
            and ("Value: 'resize'" in fault or 'Unknown argument' in fault)
        )
        or (response.status_code == 404 and load_balancer_id not in fault)
        or response.status_code == 405
    ):
        raise exceptions.NotSupported(
            "This cloud's load balancing service does not offer resize"
        )


@dataclasses.dataclass(frozen=True)
class LoadBalancerResize:
    """The latest resize of a load balancer, as the service tells it.

    A service that offers resize may leave this out: rely on the load
    balancer itself.
    """

    #: QUEUED, RUNNING, CANCELLING, COMPLETED, CANCELLED or FAILED
    state: str
    #: The flavor before the resize, None for none
    previous_flavor_id: str | None
    #: The flavor asked for
    new_flavor_id: str
    #: Why it failed, None unless it did
    reason: str | None = None
    #: More about it, None unless the caller is an administrator
    detail: str | None = None
    #: ID of the request that started it, by which the service's logs tell
    #: of it
    request_id: str | None = None

    def leads_to(self, flavor_id: str) -> bool:
        """Tell whether it goes on and is to end with a flavor.

        :param flavor_id: The ID of the flavor.
        :returns: True when it goes there, or back there after a cancel.
        """
        if self.state == 'CANCELLING':
            return self.previous_flavor_id == flavor_id
        return self.state in UNFINISHED and self.new_flavor_id == flavor_id

    @classmethod
    def of(
        cls,
        session: adapter.Adapter,
        load_balancer: _lb.LoadBalancer,
    ) -> Self | None:
        """Fetch it.

        :param session: The session to use for making this request.
        :param load_balancer: The load balancer.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the service
            doesn't offer resize,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        response = session.get(
            utils.urljoin(load_balancer.base_path, load_balancer.id, 'resize')
        )
        if response.status_code == 404:
            _raise_unless_offered(response, str(load_balancer.id))
            # Only the words tell it from a load balancer that there isn't.
            if 'has never been resized' in response.text:
                return None
        exceptions.raise_from_response(response)
        # Octavia without the resize API answers 200 with a load balancer.
        body = response.json().get('resize')
        if body is None:
            raise exceptions.NotSupported(
                "This cloud's load balancing service does not offer resize"
            )
        try:
            return cls(
                state=body['state'],
                previous_flavor_id=body.get('previous_flavor_id'),
                new_flavor_id=body['new_flavor_id'],
                reason=body.get('reason'),
                detail=body.get('detail'),
                request_id=body.get('request_id'),
            )
        except KeyError as exc:
            raise ValueError(f'there is no {exc} in it') from exc


class ResizeFailure(exceptions.ResourceFailure):
    """A resize, or its cancel, that has ended otherwise than asked for."""

    #: The load balancer as it is now, None when it is gone
    load_balancer: _lb.LoadBalancer | None
    #: The latest resize, None where the service doesn't tell. CANCELLED with
    #: the load balancer in ERROR: it was in ERROR before the resize, too.
    resize: LoadBalancerResize | None
    #: Why, in the service's words; None where it doesn't tell
    reason: str | None

    def __init__(
        self,
        message: str,
        load_balancer: _lb.LoadBalancer | None = None,
        resize: LoadBalancerResize | None = None,
    ):
        reason = None if resize is None else _reason(resize)
        super().__init__(f'{message}: {reason}' if reason else message)
        self.load_balancer = load_balancer
        self.resize = resize
        self.reason = reason


def _reason(resize: LoadBalancerResize) -> str | None:
    if resize.state == 'CANCELLED':
        return 'the resize was cancelled'
    if not resize.reason:
        return None
    reason = resize.reason.rstrip('. ')
    if resize.detail:
        return f'{reason}: {resize.detail.rstrip(". ")}'
    if resize.request_id:
        return f'{reason} ({resize.request_id} in the service\'s log)'
    return reason


class Proxy(service.BoundedProxy, _proxy.Proxy):
    """openstacksdk's load_balancer proxy, and resizing.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        octavia = conn.load_balancer
        web = octavia.find_load_balancer('web', ignore_missing=False)
        large = octavia.find_flavor('large', ignore_missing=False)
        octavia.resize_load_balancer(web, large)
        web = octavia.wait_for_load_balancer_resize(web, large)
        print(web.provisioning_status, web.flavor_id)
    """

    def resize_load_balancer(
        self,
        load_balancer: str | _lb.LoadBalancer,
        flavor: str | _flavor.Flavor,
    ) -> None:
        """Change the flavor of a load balancer.

        The load balancer must be ACTIVE or ERROR. When this returns it is
        PENDING_UPDATE; it becomes ACTIVE with the new flavor, or ERROR with
        the old one.

        :param load_balancer: The load balancer or its ID.
        :param flavor: The flavor to change to, or its ID.
        :returns: None
        :raises: :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't offer resize,
            :class:`~openstack.exceptions.BadRequestException` when the flavor
            isn't one that this load balancer can change to,
            :class:`~openstack.exceptions.ForbiddenException` without the
            right to,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`~openstack.exceptions.ConflictException` in other states,
            :class:`~openstack.exceptions.HttpException` with status 501 when
            the load balancer's provider can't resize. After another 5xx, a
            connection that broke, or a :class:`ValueError` (the answer isn't
            the service's) the request may have been taken all the same.
        """
        self._existing(load_balancer).resize(
            self, flavor_id=service.id_of(flavor)
        )

    def cancel_load_balancer_resize(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> None:
        """Return to the previous flavor while a resize is going on.

        When this returns, the cancel is certain; the load balancer becomes
        ACTIVE with the previous flavor, or ERROR again if it was in ERROR
        before and no amphora has been replaced.

        :param load_balancer: The load balancer or its ID.
        :returns: None
        :raises: :class:`~openstack.exceptions.ConflictException` when no
            resize is queued or running, or when it is past its last step,
            :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't offer resize, and otherwise as
            :meth:`resize_load_balancer`.
        """
        self._existing(load_balancer).cancel_resize(self)

    def get_load_balancer_resize(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> LoadBalancerResize | None:
        """Get the latest resize of a load balancer.

        :param load_balancer: The load balancer or its ID.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't offer resize,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        return LoadBalancerResize.of(self, self._existing(load_balancer))

    def wait_for_load_balancer_resize(
        self,
        load_balancer: str | _lb.LoadBalancer,
        flavor: str | _flavor.Flavor | None,
        *,
        timeout: float = wait.DEFAULT_TIMEOUT,
        callback: Callable[[_lb.LoadBalancer], None] | None = None,
    ) -> _lb.LoadBalancer:
        """Wait until a resize, or its cancel, that was asked for has ended.

        :param load_balancer: The load balancer or its ID.
        :param flavor: The flavor that it is to have in the end, or its ID;
            None for a cancel which returns to no flavor.
        :param timeout: Seconds after which to stop waiting; the resize goes
            on.
        :param callback: Called with the load balancer after each look.
        :returns: The load balancer, ACTIVE with that flavor.
        :raises: :class:`ResizeFailure` when it ended otherwise; also after a
            cancel that has left the load balancer in ERROR, as it was,
            :class:`~openstack.exceptions.ResourceTimeout` when it
            hasn't ended in time.
        """
        load_balancer_id = service.id_of(load_balancer)
        flavor_id = None if flavor is None else service.id_of(flavor)
        for _, outcome in self.wait_for_load_balancer_resizes(
            {load_balancer_id: flavor_id}, timeout=timeout, callback=callback
        ):
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        raise RuntimeError('a wait ended without an outcome')

    def wait_for_load_balancer_resizes(
        self,
        flavors: Mapping[str, str | None],
        *,
        timeout: float = wait.DEFAULT_TIMEOUT,
        callback: Callable[[_lb.LoadBalancer], None] | None = None,
    ) -> Iterator[tuple[str, _lb.LoadBalancer | ResizeFailure]]:
        """Wait for several load balancers at the price of one.

        :param flavors: For each load balancer's ID the ID of the flavor that
            it is to have in the end.
        :param timeout: Seconds after which to stop waiting.
        :param callback: Called with each load balancer that hasn't ended yet,
            after each look.
        :returns: An iterator which gives, as each ends, the ID and either the
            load balancer, ACTIVE with that flavor, or a
            :class:`ResizeFailure` which says how it ended otherwise.
        :raises: :class:`~openstack.exceptions.ResourceTimeout` when some
            haven't ended in time.
        """
        waiting = dict(flavors)
        if not waiting:
            return
        for found in wait.rounds(
            lambda: self._look_at(list(waiting)), timeout=timeout
        ):
            for load_balancer_id, load_balancer in found.items():
                outcome = self._outcome(
                    load_balancer_id, load_balancer, waiting[load_balancer_id]
                )
                if outcome is not None:
                    del waiting[load_balancer_id]
                    yield load_balancer_id, outcome
                elif callback is not None and load_balancer is not None:
                    callback(load_balancer)
            if not waiting:
                return

    def _look_at(
        self, load_balancer_ids: list[str]
    ) -> dict[str, _lb.LoadBalancer | None]:
        """Fetch load balancers, None for one that is gone."""
        found: dict[str, _lb.LoadBalancer | None] = {}
        if len(load_balancer_ids) > 1:
            wanted = set(load_balancer_ids)
            found.update(
                (str(load_balancer.id), load_balancer)
                for load_balancer in self._list(
                    LoadBalancer,
                    fields=[
                        'id',
                        'name',
                        'flavor_id',
                        'provisioning_status',
                    ],
                )
                if load_balancer.id in wanted
            )
        for load_balancer_id in load_balancer_ids:
            if load_balancer_id not in found:
                try:
                    found[load_balancer_id] = self.get_load_balancer(
                        load_balancer_id
                    )
                except exceptions.NotFoundException as exc:
                    if not service.is_from_service(exc):
                        raise
                    found[load_balancer_id] = None
        for load_balancer in found.values():
            if load_balancer is not None:
                service.demand(load_balancer, 'provisioning_status')
        return found

    def _outcome(
        self,
        load_balancer_id: str,
        load_balancer: _lb.LoadBalancer | None,
        flavor_id: str | None,
    ) -> _lb.LoadBalancer | ResizeFailure | None:
        """Tell how a resize has ended, None while it hasn't."""
        if load_balancer is None:
            return ResizeFailure(
                f'Load balancer {load_balancer_id} was deleted meanwhile'
            )
        status = load_balancer.provisioning_status
        if status == 'ACTIVE':
            # The flavor changes no later than the state does.
            if load_balancer.flavor_id == flavor_id:
                return load_balancer
        elif status.startswith('PENDING_') and status != 'PENDING_DELETE':
            return None
        return ResizeFailure(
            f'{label(load_balancer)} is {status} '
            f'{with_flavor(load_balancer.flavor_id)}',
            load_balancer,
            self._latest_resize(load_balancer),
        )

    def _latest_resize(
        self, load_balancer: _lb.LoadBalancer
    ) -> LoadBalancerResize | None:
        """Ask for the resize that failed, where the service tells."""
        try:
            return self.get_load_balancer_resize(load_balancer)
        except Exception:
            # It only makes the message of a failure better.
            return None

    def _existing(self, load_balancer: str | _lb.LoadBalancer) -> LoadBalancer:
        return LoadBalancer.existing(id=service.id_of(load_balancer))


def label(load_balancer: _lb.LoadBalancer, *, start: bool = True) -> str:
    """Name a load balancer in a message.

    :param load_balancer: The load balancer.
    :param start: Whether it stands at the start of a sentence.
    :returns: Such as ``Load balancer web (d0a51a71-…)``.
    """
    noun = 'Load balancer' if start else 'load balancer'
    if not load_balancer.name:
        return f'{noun} {load_balancer.id}'
    return f'{noun} {load_balancer.name} ({load_balancer.id})'


def with_flavor(flavor: str | None) -> str:
    """Tell in a message which flavor a load balancer has.

    :param flavor: The flavor's name or ID, None for none.
    :returns: Such as ``with flavor small``.
    """
    return 'with no flavor' if flavor is None else f'with flavor {flavor}'


def profile_data(profile: Any) -> dict[str, Any]:
    """Give what a flavor profile says.

    :param profile: The flavor profile.
    :returns: Its fields, empty when it has none or they can't be read.
    """
    data = profile.flavor_data
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}
