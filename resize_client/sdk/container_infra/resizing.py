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

"""Ask for a resize once, whatever becomes of the answer, and follow it."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TYPE_CHECKING

from openstack import exceptions

from resize_client.sdk import faults
from resize_client.sdk import wait as _wait
from resize_client.sdk.container_infra import plan as _plan
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import Result
from resize_client.sdk.container_infra.resize_state import Look
from resize_client.sdk.container_infra.resize_state import State

if TYPE_CHECKING:
    from resize_client.sdk.container_infra import _proxy


def _ignore(outcome: Outcome) -> None:
    pass


def carry_out(
    proxy: '_proxy.Proxy',
    plan: _plan.ResizePlan,
    *,
    nodegroup: str | None = None,
    nodes_to_remove: Sequence[str] | None = None,
) -> Outcome:
    """Ask for a resize that was planned, unless that is done or going on.

    :param proxy: The container infrastructure management service.
    :param plan: What :func:`plan.plan_resize` has given.
    :param nodegroup: See :func:`ask`.
    :param nodes_to_remove: See :func:`ask`.
    :returns: The outcome, as that of :func:`take_up` or of :func:`ask`.
    :raises: :class:`~.container_infra.plan.Refusal`; what :func:`take_up`
        raises.
    """
    if plan.refusals:
        raise _plan.Refusal('; '.join(plan.refusals))
    outcome = take_up(proxy, plan)
    if outcome.result is not Result.NOT_STARTED:
        return outcome
    return ask(
        proxy, outcome, nodegroup=nodegroup, nodes_to_remove=nodes_to_remove
    )


def take_up(proxy: '_proxy.Proxy', plan: _plan.ResizePlan) -> Outcome:
    """Find out whether a resize that was planned is going on already.

    :param proxy: The container infrastructure management service.
    :param plan: What :func:`plan.plan_resize` has given.
    :returns: The outcome: UNCHANGED; ACCEPTED if it is going on; NOT_STARTED
        if it is to be asked for.
    :raises: What the last look has raised if it has.
    """
    before = Look(plan.cluster, plan.nodegroup)
    outcome = Outcome(before, plan.node_count, plan.nodegroup)
    if plan.is_unchanged:
        return dataclasses.replace(outcome, result=Result.UNCHANGED)
    if plan.is_running:
        return dataclasses.replace(outcome, result=Result.ACCEPTED)
    if not plan.is_left_over:
        return outcome
    outcome, is_taken_up = _look_after(proxy, outcome)
    return (
        dataclasses.replace(outcome, result=Result.ACCEPTED)
        if is_taken_up
        else outcome
    )


def ask(
    proxy: '_proxy.Proxy',
    outcome: Outcome,
    *,
    nodegroup: str | None = None,
    nodes_to_remove: Sequence[str] | None = None,
) -> Outcome:
    """Ask for a resize, and find out what Magnum has made of the request.

    :param proxy: The container infrastructure management service.
    :param outcome: What is to be resized.
    :param nodegroup: The UUID or name of the nodegroup; None if that is the
        default worker nodegroup, for a Magnum that knows no others.
    :param nodes_to_remove: The IDs of the servers to remove.
    :returns: The outcome: ACCEPTED; FAILED with the error if Magnum hasn't
        taken it; UNKNOWN if that can't be told.
    """
    try:
        proxy.resize_cluster(
            outcome.before.cluster,
            outcome.node_count,
            nodegroup=nodegroup,
            nodes_to_remove=nodes_to_remove,
        )
    except Exception as exc:
        failed = dataclasses.replace(outcome, result=Result.FAILED, error=exc)
        if not faults.is_uncertain(exc):
            return failed
        try:
            failed, is_taken_up = _look_after(proxy, failed)
        except Exception as doubt:
            return dataclasses.replace(
                failed, result=Result.UNKNOWN, doubt=doubt
            )
        if not is_taken_up:
            return failed
        outcome = failed
    return dataclasses.replace(outcome, result=Result.ACCEPTED, error=None)


def follow(
    proxy: '_proxy.Proxy',
    outcome: Outcome,
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = _ignore,
) -> Outcome:
    """Wait for a resize that is ACCEPTED.

    :param proxy: The container infrastructure management service.
    :param outcome: What was asked for.
    :param interval: Seconds between two looks, None for ever longer ones.
    :param timeout: Seconds after which to stop waiting; the resize goes on.
    :param callback: Called after each look.
    :returns: The outcome: RESIZED; FAILED; TIMED_OUT; or UNKNOWN with an
        :class:`~.failure.OutcomeUnknown`, or with what has ended the wait.
    """

    def look(now: Look, state: State) -> None:
        nonlocal outcome
        outcome = dataclasses.replace(
            outcome, nodegroup=now.nodegroup, state=state
        )
        callback(outcome)

    try:
        nodegroup = proxy.wait_for_cluster_resize(
            outcome.before.cluster,
            outcome.before.nodegroup,
            outcome.node_count,
            interval=interval,
            timeout=timeout,
            callback=look,
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


def _look_after(
    proxy: '_proxy.Proxy', outcome: Outcome
) -> tuple[Outcome, bool]:
    """Tell whether Magnum has taken a request up, and what was seen."""

    def look(now: Look, state: State) -> None:
        nonlocal outcome
        outcome = dataclasses.replace(outcome, nodegroup=now.nodegroup)

    is_taken_up = proxy.is_cluster_resize_taken_up(
        outcome.before.cluster,
        outcome.before.nodegroup,
        outcome.node_count,
        callback=look,
    )
    return outcome, is_taken_up
