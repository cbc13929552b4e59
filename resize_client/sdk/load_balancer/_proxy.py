# SPDX-License-Identifier: Apache-2.0

"""The load balancers of Octavia: what openstacksdk's proxy lacks."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import Unpack

from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import http
from resize_client.sdk import rollout
from resize_client.sdk import wait as _wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer import watch
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure


class Proxy(http.BoundedProxy, _proxy.Proxy):
    """openstacksdk's load_balancer proxy, and resizing and rebuilding.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        octavia = conn.load_balancer
        web = octavia.find_load_balancer('web', ignore_missing=False)
        large = octavia.find_flavor('large', ignore_missing=False)
        web = octavia.resize_load_balancer(web, large, wait=True)
        print(web.provisioning_status, web.flavor_id)
    """

    requests_made = (
        'GET /v2.0/lbaas/flavors',
        'GET /v2.0/lbaas/loadbalancers',
        'GET /v2.0/lbaas/loadbalancers/*',
        'GET /v2.0/lbaas/loadbalancers/*/resize',
        'PUT /v2.0/lbaas/loadbalancers/*/resize',
        'DELETE /v2.0/lbaas/loadbalancers/*/resize',
        'PUT /v2.0/lbaas/loadbalancers/*/rebuild',
        'GET /v2.0/lbaas/resizes',
    )

    def get_load_balancer(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _lb.LoadBalancer:
        """Get a single load balancer

        :param load_balancer: The load balancer or its ID.
        :returns: The load balancer as it is now.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a load balancer, :class:`ValueError` when the answer isn't
            the service's.
        """
        return find.get_load_balancer(self, load_balancer)

    def resize_load_balancer(
        self,
        load_balancer: str | _lb.LoadBalancer,
        flavor: str | _flavor.Flavor,
        *,
        drain_seconds: int | None = None,
        wait: bool = False,
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        """Change the flavor of a load balancer, without a check before.

        The load balancer must be ACTIVE or ERROR. When the service has
        accepted the request it is PENDING_UPDATE; it becomes ACTIVE with the
        new flavor, or ERROR with the old one. When the answer is lost, the
        load balancer shows whether the request was accepted; when the
        connection broke and it was not, it is sent again, up to twice.

        :param load_balancer: The load balancer, as it was just read, or its
            ID.
        :param flavor: The flavor to change to, or its ID.
        :param drain_seconds: For how many seconds connections that clients
            keep are closed, each after a request, before the new amphorae
            take over; None for what the cloud's operator has chosen. A
            service that does not know it, or whose bound it exceeds, refuses
            the request.
        :param wait: Whether to wait for the end.
        :param options: ``interval``, ``timeout`` and ``callback`` of
            :meth:`wait_for_load_balancer_resize`.
        :returns: The load balancer, as it was seen last: ACTIVE with that
            flavor, or PENDING_UPDATE without ``wait``.
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
            the service's) the request has not been accepted as far as can be
            found out. With ``wait`` also as
            :meth:`wait_for_load_balancer_resize`.
        """
        outcome = plan.unchecked_resize(
            self,
            load_balancer,
            http.id_of(flavor),
            drain_seconds=drain_seconds,
        )
        (outcome,) = request.send_all(self, [outcome])
        return waiting.finish(self, outcome, wait, **options)

    def rebuild_load_balancer(
        self,
        load_balancer: str | _lb.LoadBalancer,
        *,
        drain_seconds: int | None = None,
        wait: bool = False,
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        """Give a load balancer new amphorae of its flavor.

        The load balancer must be ACTIVE or ERROR. It becomes PENDING_UPDATE,
        then ACTIVE, or ERROR. Nothing is sent to a service that is known not
        to rebuild; another one refuses the request.

        :param load_balancer: See :meth:`resize_load_balancer`, as the
            other parameters.
        :returns: The load balancer as it was seen last.
        :raises: As :meth:`resize_load_balancer`.
        """
        outcome = plan.unchecked_rebuild(
            self, load_balancer, drain_seconds=drain_seconds
        )
        (outcome,) = request.send_all(self, [outcome])
        return waiting.finish(self, outcome, wait, **options)

    def resize_load_balancers(
        self,
        load_balancers: Sequence[str | _lb.LoadBalancer],
        flavor: str,
        *,
        drain_seconds: int | None = None,
        wait: bool = True,
        may_begin: Callable[[], bool] = lambda: True,
        callback: Callable[[Outcome], None] = lambda outcome: None,
        **limits: Unpack[rollout.LimitArguments],
    ) -> list[Outcome]:
        """Check several load balancers, then change the flavor of all.

        As the command does, with a dry run where the service knows it: if one
        is refused, none is changed. For those that have the flavor, or are
        being resized to it, no request is sent; the latter count as in
        progress. Called again, it continues where it has stopped. If the
        service has no record of resizes, this method waits for the operation
        that a load balancer is in. If that operation was not this resize, the
        outcome is REFUSED.

        :param load_balancers: Their names or IDs, or load balancers that were
            just listed: such a selection continues without one that was
            deleted since, or is in another operation.
        :param flavor: The name or ID of the flavor to change them to.
        :param drain_seconds: See :meth:`resize_load_balancer`.
        :param wait: Whether to wait until all have ended. Otherwise all
            requests are sent at once, and the limits don't count.
        :param may_begin: Called before further ones begin; when it returns
            False, none does.
        :param callback: Called with an outcome whenever it has changed or was
            polled, also from other threads.
        :param limits: The fields of
            :class:`~resize_client.sdk.rollout.Limits`: how many are in
            progress at a time, and when no further ones begin. One that
            somebody else has changed, cancelled or deleted is no failure.
        :returns: The outcome of each: NOT_STARTED for those that did not
            begin.
        :raises: :class:`~openstack.exceptions.NotFoundException` without such
            a flavor, :class:`ValueError` for an invalid limit; then
            nothing was changed, nor after any other exception of a GET.
        """
        checked = rollout.Limits(**limits)
        outcomes = plan.plan_resizes(
            self,
            load_balancers,
            flavor,
            drain_seconds=drain_seconds,
            may_attach=wait,
        )
        return waiting.request_all(
            self, outcomes, checked, wait, may_begin, callback
        )

    def rebuild_load_balancers(
        self,
        load_balancers: Sequence[str | _lb.LoadBalancer],
        *,
        only_outdated: bool = False,
        drain_seconds: int | None = None,
        wait: bool = True,
        may_begin: Callable[[], bool] = lambda: True,
        callback: Callable[[Outcome], None] = lambda outcome: None,
        **limits: Unpack[rollout.LimitArguments],
    ) -> list[Outcome]:
        """Check several load balancers, then rebuild all.

        As the command does: if one is refused, none is changed. For those
        that are being rebuilt, no request is sent. The other parameters are
        those of :meth:`resize_load_balancers`. Called again, it
        continues where it has stopped only with ``only_outdated``.

        :param load_balancers: Their names or IDs, or load balancers that were
            just listed.
        :param only_outdated: Whether to leave alone those that are ACTIVE and
            have what a rebuild would give them: image and compute flavor.
        :returns: The outcome of each.
        :raises: What a GET has raised, or :class:`ValueError` for a limit
            that is none; then nothing was changed.
        """
        checked = rollout.Limits(**limits)
        outcomes = plan.plan_rebuilds(
            self,
            load_balancers,
            only_outdated=only_outdated,
            drain_seconds=drain_seconds,
        )
        return waiting.request_all(
            self, outcomes, checked, wait, may_begin, callback
        )

    def preview_load_balancer_resize(
        self,
        load_balancer: str | _lb.LoadBalancer,
        flavor: str | _flavor.Flavor,
    ) -> _resize.LoadBalancerResizePreview | None:
        """Have the service check a resize, and return what it would do.

        :param load_balancer: The load balancer or its ID.
        :param flavor: The flavor to change to, or its ID.
        :returns: What it would do; None when the cloud's service makes no dry
            runs.
        :raises: What :meth:`resize_load_balancer` raises, with nothing
            changed; :class:`DryRunDropped` when the resize was accepted, as a
            gateway dropped ``dry_run`` from the request.
        """
        return _resize.LoadBalancerResizePreview.of(
            self, http.id_of(load_balancer), flavor_id=http.id_of(flavor)
        )

    def preview_load_balancer_rebuild(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _resize.LoadBalancerRebuildPreview:
        """Have the service check a rebuild, and return what it would do.

        :param load_balancer: The load balancer or its ID.
        :returns: What it would do.
        :raises: What :meth:`rebuild_load_balancer` raises, with nothing
            changed; :class:`DryRunDropped` when the rebuild was accepted, as
            a gateway dropped ``dry_run`` from the request.
        """
        return _resize.LoadBalancerRebuildPreview.of(
            self, http.id_of(load_balancer)
        )

    def cancel_load_balancer_resize(
        self,
        load_balancer: str | _lb.LoadBalancer,
        *,
        wait: bool = False,
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        """Return to the previous flavor while a resize is in progress.

        Or keep the amphorae while a rebuild is. When the service has accepted
        it, the cancel is certain; the load balancer becomes ACTIVE with the
        previous flavor, or ERROR again if it was in ERROR before and no
        amphora has been replaced. A failed resize that has replaced no
        amphora can be cancelled, too. Nothing is sent to a service that
        doesn't return a resize.

        :param load_balancer: The load balancer, as it was just read, or its
            ID.
        :param wait: Whether to wait for the end.
        :param options: ``interval``, ``timeout`` and ``callback`` of
            :meth:`wait_for_load_balancer_resize`.
        :returns: The load balancer as it was seen last.
        :raises: :class:`~openstack.exceptions.ConflictException` when there
            is nothing to cancel any more, or another resize has begun;
            otherwise as :meth:`resize_load_balancer`.
        """
        outcome = plan.plan_cancel(self, load_balancer)
        (outcome,) = request.cancel_all(self, [outcome])
        return waiting.finish(self, outcome, wait, **options)

    def get_load_balancer_resize(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _resize.LoadBalancerResize | None:
        """Get the latest resize of a load balancer.

        :param load_balancer: The load balancer or its ID.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't return resizes,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        return _resize.LoadBalancerResize.of(self, http.id_of(load_balancer))

    def load_balancer_resizes(
        self, **query: Any
    ) -> Iterator[_resize.LoadBalancerResize]:
        """Return a generator over the latest resize of each load balancer

        :param query: Filters: ``loadbalancer_id``, ``new_flavor_id``,
            ``operation``, ``phase``, ``previous_flavor_id``, ``project_id``
            and ``state``; several values of one in a list.
        :returns: A generator of resizes and rebuilds, in progress or ended,
            the oldest first: those of the project, for an administrator those
            of all projects.
        :raises: :class:`~openstack.exceptions.NotSupported` when the cloud's
            service doesn't list resizes.
        """
        return _resize.list_all(self, **query)

    def wait_for_load_balancer_resize(
        self,
        load_balancer: str | _lb.LoadBalancer,
        flavor: str | _flavor.Flavor | None,
        *,
        interval: float | None = None,
        timeout: float = _wait.DEFAULT_TIMEOUT,
        callback: waiting.Callback | None = None,
    ) -> _lb.LoadBalancer:
        """Wait until a requested resize, or its cancel, has ended.

        :param load_balancer: The load balancer or its ID.
        :param flavor: The flavor that it is to end with, or its ID; None for
            a cancel which returns to no flavor.
        :param interval: Seconds between polls, None for ever longer ones.
        :param timeout: Seconds after which to stop waiting; the resize
            continues.
        :param callback: Called after each poll with the load balancer and
            with its resize, which costs one more request; with None for the
            resize where the service doesn't return it.
        :returns: The load balancer, ACTIVE with that flavor.
        :raises: :class:`ResizeFailure` when it ended otherwise; also after a
            cancel that has left the load balancer in ERROR, as it was,
            :class:`~openstack.exceptions.ResourceTimeout` when it
            hasn't ended in time.
        """
        return waiting.end(
            self,
            load_balancer,
            flavor,
            interval=interval,
            timeout=timeout,
            callback=callback,
        )

    def wait_for_load_balancer_rebuild(
        self,
        load_balancer: str | _lb.LoadBalancer,
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        """Wait until a requested rebuild has ended.

        :param load_balancer: The load balancer or its ID; the other
            parameters as of :meth:`wait_for_load_balancer_resize`.
        :returns: The load balancer, ACTIVE.
        :raises: As :meth:`wait_for_load_balancer_resize`; also what a
            GET of the rebuild's record has raised.
        """
        return waiting.end(
            self, load_balancer, None, is_rebuild=True, **options
        )

    def wait_for_load_balancer_resizes(
        self,
        targets: Iterable[watch.Target],
        *,
        interval: float | None = None,
        timeout: float = _wait.DEFAULT_TIMEOUT,
        callback: waiting.Callback | None = None,
    ) -> Iterator[tuple[str, _lb.LoadBalancer | ResizeFailure]]:
        """Wait for several load balancers at the price of one.

        Four or more of one project are polled with one request.

        :param targets: Each load balancer, or its ID, and the flavor, or its
            ID, that it is to end with.
        :param interval: See :meth:`wait_for_load_balancer_resize`.
        :param timeout: See :meth:`wait_for_load_balancer_resize`.
        :param callback: Called after each poll with each load balancer that
            hasn't ended, and with the resize of one of them, in turn; with
            more than eight, with None.
        :returns: An iterator which yields, as each ends, the ID and either
            the load balancer, ACTIVE with that flavor, or a
            :class:`ResizeFailure` which says how it ended otherwise.
        :raises: :class:`~openstack.exceptions.ResourceTimeout` when some
            haven't ended in time.
        """
        return waiting.ends(
            self,
            targets,
            interval=interval,
            timeout=timeout,
            callback=callback,
        )
