# SPDX-License-Identifier: Apache-2.0

"""Rebuilding load balancers, and what resizing them shares with that."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Sequence
from typing import Unpack

from openstack import resource
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import http
from resize_client.sdk import rollout
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import waiting
from resize_client.sdk.load_balancer import watch
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result


class RebuildProxy(http.BoundedProxy, _proxy.Proxy):
    """The part of :class:`Proxy` that rebuilds.

    A rebuild gives a load balancer new amphorae of the flavor that it has,
    by the same steps as a resize. :meth:`Proxy.get_load_balancer_resize`
    returns it, :meth:`Proxy.cancel_load_balancer_resize` cancels it.
    """

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

        :param load_balancer: See :meth:`Proxy.resize_load_balancer`, as the
            other parameters.
        :returns: The load balancer as it was seen last.
        :raises: As :meth:`Proxy.resize_load_balancer`.
        """
        before = self._as_seen(load_balancer)
        outcome = Outcome(
            str(before.id),
            before=before,
            load_balancer=before,
            previous_flavor_id=before.flavor_id,
            new_flavor_id=before.flavor_id,
            drain_seconds=drain_seconds,
            is_rebuild=True,
        )
        (outcome,) = request.send(self, [outcome])
        return self._finish(outcome, wait, options)

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
        those of :meth:`Proxy.resize_load_balancers`. Called again, it
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
        return self._request_all(outcomes, wait, checked, may_begin, callback)

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
            self, resource.Resource._get_id(load_balancer)
        )

    def wait_for_load_balancer_rebuild(
        self,
        load_balancer: str | _lb.LoadBalancer,
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        """Wait until a requested rebuild has ended.

        :param load_balancer: The load balancer or its ID; the other
            parameters as of :meth:`Proxy.wait_for_load_balancer_resize`.
        :returns: The load balancer, ACTIVE.
        :raises: As :meth:`Proxy.wait_for_load_balancer_resize`; also what a
            GET of the rebuild's record has raised.
        """
        id_ = resource.Resource._get_id(load_balancer)
        return self._wait_for((load_balancer, None), [id_], **options)

    def _wait_for(
        self,
        target: watch.Target,
        rebuilds: Collection[str] = (),
        **options: Unpack[waiting.Options],
    ) -> _lb.LoadBalancer:
        ((_, end),) = waiting.ends(
            self, [target], rebuilds=rebuilds, **options
        )
        if isinstance(end, Exception):
            raise end
        return end

    def _request_all(
        self,
        outcomes: list[Outcome],
        wait: bool,
        limits: rollout.Limits,
        may_begin: Callable[[], bool],
        callback: Callable[[Outcome], None],
    ) -> list[Outcome]:
        """Request what was planned for several, and wait if wanted."""
        if any(outcome.stops_all for outcome in outcomes):
            return outcomes
        if not wait:
            return request.send(self, outcomes, callback)
        return waiting.roll_out(
            self, outcomes, limits, may_begin=may_begin, callback=callback
        )

    def _finish(
        self,
        outcome: Outcome,
        wait: bool,
        options: waiting.Options,
    ) -> _lb.LoadBalancer:
        """Return what one request has led to, after a wait if wanted."""
        assert outcome.load_balancer is not None
        is_accepted = outcome.result is Result.ACCEPTED
        # The service refuses a cancel that was accepted before.
        if outcome.error is not None and not is_accepted:
            raise outcome.error
        if not is_accepted or not wait:
            return outcome.load_balancer
        target = (outcome.load_balancer, outcome.target_flavor_id)
        rebuilds = [outcome.id] if outcome.ends_with_record else []
        return self._wait_for(target, rebuilds, **options)

    def _as_seen(
        self, load_balancer: str | _lb.LoadBalancer
    ) -> _lb.LoadBalancer:
        if isinstance(load_balancer, str):
            return find.get_load_balancer(self, load_balancer)
        return load_balancer
