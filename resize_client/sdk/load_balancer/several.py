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

"""Carry out resizes that were planned, and follow them to their end."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TYPE_CHECKING

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import wait as _wait
from resize_client.sdk.load_balancer import failure
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

if TYPE_CHECKING:
    from resize_client.sdk.load_balancer import _proxy


def _ignore(outcome: Outcome) -> None:
    pass


def carry_out(
    proxy: '_proxy.Proxy',
    outcomes: Sequence[Outcome],
    *,
    wait: bool = False,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = _ignore,
) -> list[Outcome]:
    """Ask for the resizes that :func:`plan.plan_resizes` lets be asked for.

    If one was refused, or not found, none is asked for.

    :param proxy: The load balancing service.
    :param outcomes: What the plan has given.
    :param wait: Whether to wait until all have ended.
    :param interval: See :func:`follow`.
    :param timeout: See :func:`follow`.
    :param callback: Called with an outcome whenever it has changed, or was
        looked at; from other threads, too.
    :returns: The outcomes, in that order.
    """
    if any(outcome.error is not None for outcome in outcomes):
        return list(outcomes)
    asked = request.ask(proxy, outcomes, callback)
    if not wait:
        return asked
    return follow(
        proxy, asked, interval=interval, timeout=timeout, callback=callback
    )


def follow(
    proxy: '_proxy.Proxy',
    outcomes: Sequence[Outcome],
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = _ignore,
) -> list[Outcome]:
    """Wait for those that are ACCEPTED.

    :param proxy: The load balancing service.
    :param outcomes: What was asked for.
    :param interval: Seconds between two looks, None for ever longer ones.
    :param timeout: Seconds after which to stop waiting; the resizes go on.
    :param callback: Called with each one that was looked at, and when it has
        ended.
    :returns: The outcomes: RESIZED or CANCELLED, FAILED with a
        :class:`~.failure.ResizeFailure`, TIMED_OUT, or UNKNOWN with what has
        ended the wait.
    """
    latest = {outcome.id: outcome for outcome in outcomes}

    def look(
        load_balancer: _lb.LoadBalancer,
        resize: _resize.LoadBalancerResize | None,
    ) -> None:
        outcome = latest[str(load_balancer.id)]
        outcome = dataclasses.replace(
            outcome,
            load_balancer=load_balancer,
            resize=resize or outcome.resize,
        )
        latest[outcome.id] = outcome
        callback(outcome)

    going_on = [o for o in outcomes if o.result is Result.ACCEPTED]
    try:
        for load_balancer_id, end in proxy.wait_for_load_balancer_resizes(
            [(o.load_balancer or o.id, o.target_flavor_id) for o in going_on],
            interval=interval,
            timeout=timeout,
            callback=look,
        ):
            outcome = _ended(latest[load_balancer_id], end)
            latest[load_balancer_id] = outcome
            callback(outcome)
    except exceptions.ResourceTimeout as exc:
        _end_early(latest, Result.TIMED_OUT, exc)
    except Exception as exc:
        _end_early(latest, Result.UNKNOWN, exc)
    return [latest[outcome.id] for outcome in outcomes]


def _ended(
    outcome: Outcome, end: _lb.LoadBalancer | failure.ResizeFailure
) -> Outcome:
    success = Result.CANCELLED if outcome.is_cancel else Result.RESIZED
    if not isinstance(end, failure.ResizeFailure):
        return dataclasses.replace(outcome, load_balancer=end, result=success)
    ended = dataclasses.replace(
        outcome,
        load_balancer=end.load_balancer or outcome.load_balancer,
        resize=end.resize or outcome.resize,
        is_deleted=end.load_balancer is None,
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


def _end_early(
    latest: dict[str, Outcome], result: Result, error: Exception
) -> None:
    for load_balancer_id, outcome in latest.items():
        if outcome.result is Result.ACCEPTED:
            latest[load_balancer_id] = dataclasses.replace(
                outcome, result=result, error=error
            )
