# SPDX-License-Identifier: Apache-2.0

"""Make a control plane smaller in steps, each with a healthy cluster."""

from collections.abc import Callable
import dataclasses
import itertools
import time

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy

from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import waiting
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result

_DONE = (Result.RESIZED, Result.UNCHANGED)


def sizes(planned: Outcome) -> list[int]:
    """Return the sizes after each step.

    A step that is in progress, as after an interrupt, is the first one.
    """
    nodegroup, target = planned.before.nodegroup, planned.node_count
    if not nodegroup.is_control_plane or target < 1:
        return [target]
    steps = control_plane.steps(nodegroup.node_count, target)
    if resize_state.in_progress(nodegroup):
        return [nodegroup.node_count, *steps]
    return steps or [target]


def during_a_step(planned: Outcome) -> Outcome:
    """Return a plan that isn't refused because a step is in progress.

    :param planned: What :func:`plan.plan_resize` returned. While a step of
        an earlier run is in progress, the control plane is not healthy.
    """
    if _awaits_health(planned) and resize_state.in_progress(
        planned.before.nodegroup
    ):
        return dataclasses.replace(
            planned, result=Result.NOT_STARTED, error=None
        )
    return planned


def follow(
    proxy: _proxy.Proxy,
    planned: Outcome,
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Request each step and wait for it.

    Interrupted and called again, it continues where it was.

    :param planned: What :func:`during_a_step` returned.
    :param interval: Seconds between polls, None for ever longer ones.
    :param timeout: Seconds after which to stop waiting, for all steps.
    :param callback: Called after each poll, with the outcome of the step.
    :returns: The outcome of the last step that was begun, with the state
        before the first one: as :func:`waiting.follow`, and REFUSED or
        FAILED if Magnum hasn't accepted a step's request. What was REFUSED
        before is returned as it is.
    """
    if planned.error is not None:
        return planned
    ends_at = time.monotonic() + timeout
    outcome = planned
    for size in sizes(planned):
        try:
            outcome = _when_healthy(
                proxy, planned, size, interval, ends_at, callback
            )
            outcome = request.send(proxy, request.find_running(proxy, outcome))
        except exceptions.ResourceTimeout as exc:
            outcome = dataclasses.replace(
                outcome, result=Result.TIMED_OUT, error=exc
            )
        except Exception as exc:
            outcome = dataclasses.replace(
                outcome, result=Result.UNKNOWN, error=exc
            )
        if outcome.result is Result.ACCEPTED:
            outcome = waiting.follow(
                proxy,
                outcome,
                interval=interval,
                timeout=max(ends_at - time.monotonic(), 0.0),
                callback=callback,
            )
        if outcome.result not in _DONE:
            break
    if outcome.result is Result.TIMED_OUT and outcome.error is not None:
        error = exceptions.ResourceTimeout(
            f'Timed out after {_wait.count_seconds(timeout)}'
        )
        error.__cause__ = outcome.error.__cause__
        outcome = dataclasses.replace(outcome, error=error)
    return dataclasses.replace(outcome, before=planned.before)


def _when_healthy(
    proxy: _proxy.Proxy,
    planned: Outcome,
    size: int,
    interval: float | None,
    ends_at: float,
    callback: Callable[[Outcome], None],
) -> Outcome:
    """Plan a step as soon as the control plane may get smaller."""

    def check() -> Outcome:
        return plan.plan_again(proxy, planned, size)

    first = check()
    left = max(ends_at - time.monotonic(), 0.0)
    later = _wait.rounds(check, timeout=left, every=interval)
    for outcome in itertools.chain([first], later):
        if not _awaits_health(outcome):
            break
        callback(outcome)
    return outcome


def _awaits_health(outcome: Outcome) -> bool:
    return isinstance(outcome.error, Refusal) and list(
        outcome.error.reasons
    ) == ['health']
