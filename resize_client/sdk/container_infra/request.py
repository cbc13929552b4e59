# SPDX-License-Identifier: Apache-2.0

"""Send a resize once, and find out whether Magnum accepted it."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk import wait
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import watch
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_request


def find_running(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    """Find out whether a planned resize is in progress already.

    Only polls can show it where the nodegroup is in progress and the cluster
    isn't.

    :param outcome: What :func:`plan.plan_resize` returned.
    :returns: The outcome, ACCEPTED if the resize is in progress.
    :raises: What the last poll raised if it did.
    """
    if (
        outcome.result is not Result.NOT_STARTED
        or not resize_state.may_be_running(outcome.before, outcome.node_count)
    ):
        return outcome
    outcome, has_begun = _poll_until_begun(proxy, outcome)
    if not has_begun:
        return outcome
    return dataclasses.replace(outcome, result=Result.ACCEPTED)


def send_all(
    proxy: _proxy.Proxy,
    outcomes: Sequence[Outcome],
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Send the requests for resizes, several at a time.

    :param outcomes: What was planned.
    :param callback: See :func:`send`; called from threads.
    :returns: The outcomes, as of :func:`send`; FAILED if it could not be
        found out whether the resize is in progress already.
    """

    def send_one(outcome: Outcome) -> Outcome:
        try:
            outcome = find_running(proxy, outcome)
        except Exception as exc:
            return dataclasses.replace(
                outcome, result=of_failed_request(exc), error=exc
            )
        return send(proxy, outcome, callback)

    return wait.concurrently(send_one, outcomes)


def send(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Send the request for a resize.

    :param outcome: What was planned; a request is sent if it is NOT_STARTED.
    :param callback: Called with the outcome, UNKNOWN before the request and
        with its result afterwards.
    :returns: The outcome: ACCEPTED; REFUSED or FAILED with the error if Magnum
        hasn't accepted the request; UNKNOWN if that can't be found out.
    """
    if outcome.result is not Result.NOT_STARTED:
        return outcome
    callback(dataclasses.replace(outcome, result=Result.UNKNOWN))
    sent = _send(proxy, outcome)
    callback(sent)
    return sent


def _send(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    cluster = _cluster.Cluster.existing(
        id=http.in_path(outcome.before.cluster)
    )
    try:
        with http.service_messages():
            cluster.resize(
                proxy,
                node_count=outcome.node_count,
                # Magnum before nodegroups knows no name of one.
                nodegroup=outcome.nodegroup_argument,
                nodes_to_remove=outcome.nodes_to_remove,
            )
    except Exception as exc:
        return _after_failure(proxy, outcome, exc)
    return dataclasses.replace(
        outcome, result=Result.ACCEPTED, state=State.NOT_BEGUN
    )


def _after_failure(
    proxy: _proxy.Proxy, outcome: Outcome, error: Exception
) -> Outcome:
    """Find out whether a request that failed was accepted nevertheless."""
    failed = dataclasses.replace(
        outcome, result=of_failed_request(error), error=error
    )
    if not faults.is_uncertain(error):
        return failed
    try:
        failed, has_begun = _poll_until_begun(proxy, failed)
    except Exception as doubt:
        return dataclasses.replace(failed, result=Result.UNKNOWN, doubt=doubt)
    if not has_begun:
        return failed
    return dataclasses.replace(failed, result=Result.ACCEPTED, error=None)


def _poll_until_begun(
    proxy: _proxy.Proxy, outcome: Outcome
) -> tuple[Outcome, bool]:
    """Poll for 5 seconds at most whether Magnum has received a request.

    :returns: The outcome with the nodegroup of the last poll, and whether the
        resize has begun.
    :raises: What the last poll raised if it did.
    """
    watched = watch.Watch(proxy, outcome.before, outcome.node_count)
    try:
        for now, state in wait.rounds(
            watched.poll, timeout=faults.LOST_ANSWER_SECONDS
        ):
            outcome = dataclasses.replace(outcome, nodegroup=now.nodegroup)
            if state not in (State.NOT_BEGUN, State.DROPPED):
                return outcome, True
    except exceptions.ResourceTimeout as exc:
        if exc.__cause__ is not None:
            raise exc.__cause__ from None
    return outcome, False
