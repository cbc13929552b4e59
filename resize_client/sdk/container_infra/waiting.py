# SPDX-License-Identifier: Apache-2.0

"""Wait for the resize of a nodegroup."""

from collections.abc import Callable
from collections.abc import Iterator
import dataclasses
import time

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy

from resize_client.sdk import faults
from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result

# States which a poll may see between the conductor's two commits; believed
# only if two polls in a row return them.
_TWICE = (State.FAILING, State.UNKNOWN)

#: Called with the cluster and nodegroup of a poll, which have the number of
#: nodes that are ready (``snapshot.health``), and the state that they show
Callback = Callable[[Snapshot, State], None]


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
    :returns: The outcome: RESIZED; FAILED; TIMED_OUT; or UNKNOWN with an
        :class:`OutcomeUnknown`, or with what ended the wait.
    """

    def seen(now: Snapshot, state: State) -> None:
        nonlocal outcome
        outcome = dataclasses.replace(
            outcome, nodegroup=now.nodegroup, health=now.health, state=state
        )
        callback(outcome)

    try:
        nodegroup = end(
            proxy,
            outcome.before,
            outcome.node_count,
            interval=interval,
            timeout=timeout,
            callback=seen,
        )
    except exceptions.ResourceFailure as exc:
        return dataclasses.replace(outcome, result=Result.FAILED, error=exc)
    except exceptions.ResourceTimeout as exc:
        return dataclasses.replace(outcome, result=Result.TIMED_OUT, error=exc)
    except Exception as exc:
        return dataclasses.replace(outcome, result=Result.UNKNOWN, error=exc)
    return dataclasses.replace(
        outcome, nodegroup=nodegroup, result=Result.RESIZED
    )


def end(
    proxy: _proxy.Proxy,
    before: Snapshot,
    node_count: int,
    *,
    interval: float | None,
    timeout: float,
    callback: Callback | None,
) -> _nodegroup.NodeGroup:
    """See :meth:`Proxy.wait_for_cluster_resize`."""
    previous = None
    try:
        for now, state in _states(
            proxy, before, node_count, timeout, interval
        ):
            if callback is not None:
                callback(now, state)
            if state is State.DONE:
                return now.nodegroup
            if state not in _TWICE or state is previous:
                _raise_if_ended(now, state)
            previous = state
    except exceptions.ResourceTimeout as exc:
        if previous is State.NOT_BEGUN and exc.__cause__ is None:
            raise exceptions.ResourceTimeout(
                'Magnum accepted the request, and its conductor has not begun '
                f'with it within {_wait.count_seconds(timeout)}: it is busy, '
                'or has lost the request'
            ) from None
        raise
    raise RuntimeError('a wait ended without an outcome')


def has_begun(
    proxy: _proxy.Proxy,
    before: Snapshot,
    node_count: int,
    callback: Callback,
) -> bool:
    """Find out whether Magnum has received a request whose answer was lost.

    :param before: Cluster and nodegroup before the request.
    :param callback: Called after each poll.
    :returns: True as soon as the nodegroup shows it, False when it hasn't
        after 5 seconds.
    :raises: What the last poll raised if it did.
    """
    try:
        for now, state in _states(
            proxy, before, node_count, faults.LOST_ANSWER_SECONDS
        ):
            callback(now, state)
            if state not in (State.NOT_BEGUN, State.DROPPED):
                return True
    except exceptions.ResourceTimeout as exc:
        if exc.__cause__ is not None:
            raise exc.__cause__ from None
    return False


def _states(
    proxy: _proxy.Proxy,
    before: Snapshot,
    node_count: int,
    timeout: float,
    interval: float | None = None,
) -> Iterator[tuple[Snapshot, State]]:
    began = time.monotonic()
    latest = before

    def poll() -> Snapshot:
        nonlocal latest
        latest = find.look_again(proxy, latest)
        return latest

    for now in _wait.rounds(poll, timeout=timeout, every=interval):
        seconds = time.monotonic() - began
        yield now, resize_state.classify(before, now, node_count, seconds)


def _raise_if_ended(now: Snapshot, state: State) -> None:
    """Raise how a resize has ended, unless it continues or is done."""
    nodegroup = now.nodegroup
    shown = (
        f'{_cluster.label(now.cluster, nodegroup, start=False)} is '
        f'{resize_state.status_of(nodegroup)} with '
        f'{_nodegroup.count_nodes(nodegroup.node_count)}'
    )
    # Magnum saves a failure of the nodegroup before that of the cluster.
    if not resize_state.has_failed(nodegroup):
        shown += f', the cluster is {resize_state.status_of(now.cluster)}'
    if state is State.DROPPED:
        raise exceptions.ResourceFailure(
            f'Magnum has dropped the request: {shown}', extra_data=nodegroup
        )
    if state is State.UNKNOWN:
        raise OutcomeUnknown(
            f'Magnum does not show whether the resize has ended: {shown}',
            extra_data=nodegroup,
        )
    if state in (State.FAILED, State.FAILING):
        reason = (
            nodegroup.status_reason
            if resize_state.has_failed(nodegroup)
            else None
        ) or now.cluster.status_reason
        message = f'N{shown[1:]}'
        if reason:
            # Such as the output of a command, in lines
            message += f': {" ".join(reason.split()).rstrip(". ")}'
        raise exceptions.ResourceFailure(message, extra_data=nodegroup)
