# SPDX-License-Identifier: Apache-2.0

"""Begin resizes of nodegroups, and wait for them."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TypedDict
from typing import Unpack

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy

from resize_client.sdk import faults
from resize_client.sdk import rollout
from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import watch
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_get
from resize_client.sdk.outcome import of_failed_request

#: Called with the cluster and nodegroup of a poll, which have the number of
#: nodes that are ready (``snapshot.health``), and the state that they show
Callback = Callable[[Snapshot, State], None]


class Options(TypedDict, total=False):
    """How to wait: see :meth:`Proxy.wait_for_cluster_resize`."""

    interval: float | None
    timeout: float
    callback: Callback | None


def follow(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Wait for a resize that is ACCEPTED.

    :param outcome: What was requested.
    :param interval: Seconds between polls, None for ever longer ones.
    :param timeout: Seconds after which to stop waiting; the resize continues.
    :param callback: Called after each poll.
    :returns: See :func:`roll_out`.
    """
    limits = rollout.Limits(interval=interval, timeout=timeout)
    (followed,) = roll_out(proxy, [outcome], limits, callback=callback)
    return followed


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
    :returns: The outcomes: RESIZED; FAILED; REFUSED by a check when its turn
        came; TIMED_OUT; UNKNOWN with an :class:`OutcomeUnknown`, or with what
        ended the wait; or NOT_STARTED.
    """
    steps = _Steps(proxy, outcomes, callback)
    rolled = rollout.Rollout(
        outcomes, steps, limits, may_begin=may_begin, callback=callback
    ).run()
    return [_with_cause(outcome, limits.timeout) for outcome in rolled]


class _Steps:
    """What a rollout does with nodegroups."""

    def __init__(
        self,
        proxy: _proxy.Proxy,
        outcomes: Sequence[Outcome],
        callback: Callable[[Outcome], None],
    ):
        self._proxy = proxy
        self._callback = callback
        self._watches = {
            outcome.key: self._watch(outcome) for outcome in outcomes
        }

    def _watch(self, outcome: Outcome) -> watch.Watch:
        return watch.Watch(self._proxy, outcome.before, outcome.node_count)

    def begin(self, items: Sequence[Outcome]) -> list[Outcome]:
        return _wait.concurrently(self._begin, items)

    def _begin(self, item: Outcome) -> Outcome:
        """Check a resize whose turn has come once more, and request it."""
        try:
            checked = plan.plan_again(self._proxy, item, item.node_count)
        except Exception as exc:
            return dataclasses.replace(
                item,
                result=of_failed_get(exc) or of_failed_request(exc),
                error=exc,
            )
        self._watches[item.key] = self._watch(checked)
        (sent,) = request.send_all(self._proxy, [checked], self._callback)
        return sent

    def poll(self, items: Sequence[Outcome]) -> list[Outcome]:
        answers = _wait.concurrently(self._poll, items)
        found = [
            item if isinstance(answer, Exception) else answer
            for item, answer in zip(items, answers, strict=True)
        ]
        faults.raise_if_to_pause(
            answers, is_all=all(isinstance(a, Exception) for a in answers)
        )
        return found

    def _poll(self, item: Outcome) -> Outcome | Exception:
        """Return what a poll shows, or a transient fault."""
        watched = self._watches[item.key]
        try:
            now, state = watched.poll()
        except Exception as exc:
            if faults.is_transient(exc):
                return exc
            return dataclasses.replace(item, result=Result.UNKNOWN, error=exc)
        seen = dataclasses.replace(
            item, nodegroup=now.nodegroup, health=now.health, state=state
        )
        if state is State.DONE:
            return dataclasses.replace(seen, result=Result.RESIZED)
        if state is State.NOT_BEGUN and item.doubt is not None:
            return dataclasses.replace(seen, result=Result.FAILED)
        if watched.failure is None:
            return seen
        is_unknown = isinstance(watched.failure, OutcomeUnknown)
        return dataclasses.replace(
            seen,
            result=Result.UNKNOWN if is_unknown else Result.FAILED,
            error=watched.failure,
        )


def _with_cause(outcome: Outcome, timeout: float) -> Outcome:
    """Name the conductor in the error of a wait that it did not end."""
    if (
        outcome.result is not Result.TIMED_OUT
        or outcome.state is not State.NOT_BEGUN
        or outcome.error is None
        or outcome.error.__cause__ is not None
    ):
        return outcome
    return dataclasses.replace(outcome, error=_not_begun(timeout))


def _not_begun(timeout: float) -> exceptions.ResourceTimeout:
    return exceptions.ResourceTimeout(
        'Magnum accepted the request, and its conductor has not begun with it '
        f'within {_wait.count_seconds(timeout)}: it is busy, or has lost the '
        'request'
    )


def finish(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    wait: bool = False,
    **options: Unpack[Options],
) -> _nodegroup.NodeGroup:
    """Return what one request has led to.

    :param outcome: What was sent.
    :param wait: Whether to wait for the end.
    :param options: How to wait: see :func:`end`.
    :returns: The nodegroup, as it was seen last.
    :raises: Why the request was not accepted; also as :func:`end`.
    """
    if outcome.error is not None:
        raise outcome.error
    if not wait or outcome.result is not Result.ACCEPTED:
        return outcome.nodegroup
    return end(proxy, outcome.before, outcome.node_count, **options)


def end(
    proxy: _proxy.Proxy,
    before: Snapshot,
    node_count: int,
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callback | None = None,
) -> _nodegroup.NodeGroup:
    """See :meth:`Proxy.wait_for_cluster_resize`."""
    watched = watch.Watch(proxy, before, node_count)
    try:
        for now, state in _wait.rounds(
            watched.poll, timeout=timeout, every=interval
        ):
            if callback is not None:
                callback(now, state)
            if state is State.DONE:
                return now.nodegroup
            if watched.failure is not None:
                raise watched.failure
    except exceptions.ResourceTimeout as exc:
        if watched.state is State.NOT_BEGUN and exc.__cause__ is None:
            raise _not_begun(timeout) from None
        raise
    raise RuntimeError('a wait ended without an outcome')
