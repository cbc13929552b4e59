# SPDX-License-Identifier: Apache-2.0

"""Begin resizes and rebuilds, and wait for them."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
from typing import TypeAlias
from typing import TypedDict
from typing import Unpack

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import http
from resize_client.sdk import rollout
from resize_client.sdk import wait as _wait
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import watch
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result

#: Called with a load balancer, and with its resize where the service returns
#: it
Callback: TypeAlias = Callable[
    [_lb.LoadBalancer, _resize.LoadBalancerResize | None], None
]


class Options(TypedDict, total=False):
    """How to wait: see :meth:`Proxy.wait_for_load_balancer_resize`."""

    interval: float | None
    timeout: float
    callback: Callback | None


def request_all(
    proxy: _proxy.Proxy,
    outcomes: list[Outcome],
    limits: rollout.Limits,
    wait: bool,
    may_begin: Callable[[], bool],
    callback: Callable[[Outcome], None],
) -> list[Outcome]:
    """Request all that were planned, unless one of them stops all.

    :param outcomes: What was planned.
    :param limits: How many are in progress at a time, with ``wait``.
    :param wait: Whether to wait until all have ended.
    :param may_begin: See :func:`roll_out`, as for ``callback``.
    :returns: See :func:`roll_out`; without ``wait`` as
        :func:`request.send_all`.
    """
    if any(outcome.stops_all for outcome in outcomes):
        return outcomes
    if not wait:
        return request.send_all(proxy, outcomes, callback)
    return roll_out(
        proxy, outcomes, limits, may_begin=may_begin, callback=callback
    )


def roll_out(
    proxy: _proxy.Proxy,
    outcomes: Sequence[Outcome],
    limits: rollout.Limits,
    *,
    may_begin: Callable[[], bool] = lambda: True,
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Begin those that are NOT_STARTED, and wait for all.

    :param outcomes: What was planned or requested.
    :param limits: How many are in progress at a time.
    :param may_begin: See :class:`~resize_client.sdk.rollout.Rollout`.
    :param callback: Called with each when its request is sent, after each
        poll, and when it has ended; also from other threads.
    :returns: The outcomes: RESIZED, REBUILT or CANCELLED, FAILED with a
        :class:`ResizeFailure`, REFUSED when it was attached to another
        operation, TIMED_OUT, UNKNOWN with what ended the wait, or
        NOT_STARTED.
    """
    steps = _Steps(proxy, callback, is_rollout=len(outcomes) > 1)
    return rollout.Rollout(
        outcomes, steps, limits, may_begin=may_begin, callback=callback
    ).run()


class _Steps:
    """What a rollout does with load balancers."""

    def __init__(
        self,
        proxy: _proxy.Proxy,
        callback: Callable[[Outcome], None],
        *,
        is_rollout: bool,
    ):
        self._proxy = proxy
        self._callback = callback
        self._watch = watch.Watch(proxy, is_rollout=is_rollout)

    def begin(self, items: Sequence[Outcome]) -> list[Outcome]:
        return request.send_all(self._proxy, items, self._callback)

    def poll(self, items: Sequence[Outcome]) -> list[Outcome]:
        latest = {outcome.id: outcome for outcome in items}
        found = self._watch.poll(
            [(o.load_balancer or o.id, o.target_flavor_id) for o in items],
            rebuilds=[o.id for o in items if o.ends_with_record],
            attached=[o.id for o in items if o.is_attached],
        )
        for load_balancer, resize in self._watch.with_phases(found.unfinished):
            outcome = latest[str(load_balancer.id)]
            latest[outcome.id] = dataclasses.replace(
                outcome,
                load_balancer=load_balancer,
                resize=resize or outcome.resize,
                is_recorded=offer.of(self._proxy).record is True,
            )
        for load_balancer_id, end in found.ended.items():
            latest[load_balancer_id] = _ended(latest[load_balancer_id], end)
        return list(latest.values())


def _ended(outcome: Outcome, end: watch.End) -> Outcome:
    success = Result.REBUILT if outcome.is_rebuild else Result.RESIZED
    if outcome.is_cancel:
        success = Result.CANCELLED
    if not isinstance(end, ResizeFailure):
        return dataclasses.replace(outcome, load_balancer=end, result=success)
    ended = dataclasses.replace(
        outcome,
        load_balancer=end.load_balancer or outcome.load_balancer,
        resize=end.resize or outcome.resize,
        is_deleted=end.load_balancer is None,
    )
    is_shown = end.resize is not None
    if outcome.is_attached and not is_shown and ended.status == 'ACTIVE':
        other = 'the operation that was in progress was another one'
        return dataclasses.replace(
            ended,
            result=Result.REFUSED,
            error=exceptions.ConflictException(other),
        )
    if (
        outcome.is_cancel
        and end.resize is not None
        and end.resize.state == 'CANCELLED'
        and ended.status == 'ERROR'
    ):
        # As it was before the resize
        return dataclasses.replace(ended, result=success)
    return dataclasses.replace(ended, result=Result.FAILED, error=end)


def finish(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    wait: bool = False,
    **options: Unpack[Options],
) -> _lb.LoadBalancer:
    """Return what one request has led to.

    :param outcome: What was sent.
    :param wait: Whether to wait for the end.
    :param options: How to wait: see :func:`end`.
    :returns: The load balancer, as it was seen last.
    :raises: Why the request was not accepted; also as :func:`end`.
    """
    assert outcome.load_balancer is not None
    is_accepted = outcome.result is Result.ACCEPTED
    # The service refuses a cancel that was accepted before.
    if outcome.error is not None and not is_accepted:
        raise outcome.error
    if not is_accepted or not wait:
        return outcome.load_balancer
    return end(
        proxy,
        outcome.load_balancer,
        outcome.target_flavor_id,
        is_rebuild=outcome.ends_with_record,
        **options,
    )


def end(
    proxy: _proxy.Proxy,
    load_balancer: str | _lb.LoadBalancer,
    flavor: str | _flavor.Flavor | None,
    *,
    is_rebuild: bool = False,
    **options: Unpack[Options],
) -> _lb.LoadBalancer:
    """See :meth:`Proxy.wait_for_load_balancer_resize`.

    :param is_rebuild: Whether it is rebuilt, and its flavor says nothing.
    """
    rebuilds = [http.id_of(load_balancer)] if is_rebuild else []
    ((_, found),) = ends(
        proxy, [(load_balancer, flavor)], rebuilds=rebuilds, **options
    )
    if isinstance(found, Exception):
        raise found
    return found


def ends(
    proxy: _proxy.Proxy,
    targets: Iterable[watch.Target],
    *,
    rebuilds: Collection[str] = (),
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callback | None = None,
) -> Iterator[tuple[str, watch.End]]:
    """See :meth:`Proxy.wait_for_load_balancer_resizes`.

    :param rebuilds: The IDs of those that are rebuilt.
    """
    left = {http.id_of(t[0]): t for t in targets}
    if not left:
        return
    watched = watch.Watch(proxy)
    for found in _wait.rounds(
        lambda: watched.poll(left.values(), rebuilds=rebuilds),
        timeout=timeout,
        every=interval,
    ):
        for load_balancer_id, end in found.ended.items():
            del left[load_balancer_id]
            yield load_balancer_id, end
        if callback is not None:
            for load_balancer, latest in watched.with_phases(found.unfinished):
                callback(load_balancer, latest)
        if not left:
            return
