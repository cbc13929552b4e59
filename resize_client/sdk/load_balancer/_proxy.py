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

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import service
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import failure
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text


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
        self,
        load_balancer: str | _lb.LoadBalancer,
        *,
        resize: _resize.LoadBalancerResize | None = None,
    ) -> None:
        """Return to the previous flavor while a resize is going on.

        When this returns, the cancel is certain; the load balancer becomes
        ACTIVE with the previous flavor, or ERROR again if it was in ERROR
        before and no amphora has been replaced. Nothing is sent to a service
        that doesn't tell of a resize.

        :param load_balancer: The load balancer or its ID.
        :param resize: Its latest resize, if it was just fetched; fetched now
            otherwise.
        :returns: None
        :raises: :class:`~openstack.exceptions.ConflictException` when no
            resize is queued or running, or when it is past its last step,
            :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't offer resize, and otherwise as
            :meth:`resize_load_balancer`.
        """
        # Octavia without the resize API takes the DELETE for the deletion of
        # the load balancer once a gateway has dropped its argument.
        latest = resize or self.get_load_balancer_resize(load_balancer)
        if latest is None:
            raise exceptions.ConflictException(
                f'Load balancer {service.id_of(load_balancer)} has never been '
                'resized'
            )
        self._existing(load_balancer).cancel_resize(self)

    def get_load_balancer_resize(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _resize.LoadBalancerResize | None:
        """Get the latest resize of a load balancer.

        :param load_balancer: The load balancer or its ID.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't offer resize,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        return _resize.LoadBalancerResize.of(
            self, self._existing(load_balancer)
        )

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
    ) -> Iterator[tuple[str, _lb.LoadBalancer | failure.ResizeFailure]]:
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
                    _load_balancer.LoadBalancer,
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
    ) -> _lb.LoadBalancer | failure.ResizeFailure | None:
        """Tell how a resize has ended, None while it hasn't."""
        if load_balancer is None:
            return failure.ResizeFailure(
                f'Load balancer {load_balancer_id} was deleted meanwhile'
            )
        status = load_balancer.provisioning_status
        if status == 'ACTIVE':
            # The flavor changes no later than the state does.
            if load_balancer.flavor_id == flavor_id:
                return load_balancer
        elif status.startswith('PENDING_') and status != 'PENDING_DELETE':
            return None
        latest = self._latest_resize(load_balancer)
        if latest is not None and latest.state in _resize.UNFINISHED:
            # What was read of the load balancer is older, from a replica of
            # the database that is behind.
            return None
        return failure.ResizeFailure(
            f'{text.label(load_balancer)} is {status} '
            f'{text.with_flavor(load_balancer.flavor_id)}',
            load_balancer,
            latest,
        )

    def _latest_resize(
        self, load_balancer: _lb.LoadBalancer
    ) -> _resize.LoadBalancerResize | None:
        """Ask for the resize that failed, where the service tells."""
        try:
            return self.get_load_balancer_resize(load_balancer)
        except Exception:
            # It only makes the message of a failure better.
            return None

    def _existing(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _load_balancer.LoadBalancer:
        return _load_balancer.LoadBalancer.existing(
            id=service.id_of(load_balancer)
        )
