# SPDX-License-Identifier: Apache-2.0

"""Send requests, and find out which ones the service has accepted."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_request


def send_all(
    proxy: _proxy.Proxy,
    outcomes: Sequence[Outcome],
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Send the requests for resizes and rebuilds.

    A service under load may close a connection before it answers. If the load
    balancer is unchanged, the request is sent again. If the service has
    received both requests, it refuses the second one.

    :param outcomes: What was planned; those NOT_STARTED are sent.
    :param callback: Called with each, UNKNOWN before its request and with its
        result afterwards; from threads.
    :returns: The outcomes: ACCEPTED, also if it is only attached to an
        operation in progress; REFUSED or FAILED with the error if the service
        hasn't accepted the request; UNKNOWN if that can't be found out.
    """
    sent = list(outcomes)
    for _ in range(faults.SENDS):
        by_id = {
            outcome.id: outcome
            for outcome in wait.concurrently(
                lambda outcome: _send_once(proxy, outcome, callback),
                [outcome for outcome in sent if _is_to_be_sent(outcome)],
            )
        }
        sent = [by_id.get(outcome.id, outcome) for outcome in sent]
    return sent


def _is_to_be_sent(outcome: Outcome) -> bool:
    if outcome.result is Result.NOT_STARTED:
        return True
    return (
        outcome.result is Result.FAILED
        and faults.is_connection_broken(outcome.error)
        and not outcome.is_deleted
        and outcome.status in _load_balancer.RESIZABLE
    )


def _send_once(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    callback: Callable[[Outcome], None],
) -> Outcome:
    callback(dataclasses.replace(outcome, result=Result.UNKNOWN))
    try:
        _request(proxy, outcome)
    except Exception as exc:
        sent = _after_failure(proxy, outcome, exc)
    else:
        sent = _accepted(outcome)
    sent = dataclasses.replace(
        sent, is_recorded=offer.of(proxy).record is True
    )
    callback(sent)
    return sent


def _request(proxy: _proxy.Proxy, outcome: Outcome) -> None:
    load_balancer = _load_balancer.LoadBalancer.existing(id=outcome.id)
    if outcome.is_rebuild:
        load_balancer.rebuild(proxy, drain_seconds=outcome.drain_seconds)
    else:
        load_balancer.resize(
            proxy,
            flavor_id=str(outcome.new_flavor_id),
            drain_seconds=outcome.drain_seconds,
        )


def _accepted(outcome: Outcome) -> Outcome:
    """Set ACCEPTED, and PENDING_UPDATE as the service did before its 202."""
    assert outcome.load_balancer is not None
    pending = _load_balancer.with_fields(
        outcome.load_balancer, provisioning_status='PENDING_UPDATE'
    )
    return dataclasses.replace(
        outcome, result=Result.ACCEPTED, load_balancer=pending, error=None
    )


def _after_failure(
    proxy: _proxy.Proxy, outcome: Outcome, error: Exception
) -> Outcome:
    """Find out whether a request that failed was accepted nevertheless."""
    failed = dataclasses.replace(
        outcome, result=of_failed_request(error), error=error
    )
    is_uncertain = faults.is_uncertain(error)
    if not is_uncertain and not isinstance(
        error, exceptions.ConflictException
    ):
        return dataclasses.replace(failed, is_deleted=faults.is_gone(error))
    try:
        now, latest, is_shown = find.with_unfinished_resize(
            proxy, find.get_load_balancer(proxy, outcome.id)
        )
        if latest is None and (
            outcome.is_rebuild or now.flavor_id != outcome.new_flavor_id
        ):
            # The load balancer may be older, as it was read from a replica of
            # the database that lags.
            latest, _ = find.latest_resize(proxy, outcome.id)
    except Exception as exc:
        if faults.is_gone(exc):
            return dataclasses.replace(failed, is_deleted=True)
        return dataclasses.replace(
            failed,
            result=Result.UNKNOWN,
            doubt=exc,
            is_attached=outcome.may_attach,
        )
    seen = dataclasses.replace(failed, load_balancer=now)
    if _is_accepted(seen, now, latest) or (
        is_uncertain and _may_have_ended(outcome, now, latest)
    ):
        return dataclasses.replace(seen, result=Result.ACCEPTED, error=None)
    if outcome.may_attach and seen.status == 'PENDING_UPDATE' and not is_shown:
        return dataclasses.replace(
            seen, result=Result.ACCEPTED, error=None, is_attached=True
        )
    return seen


def _is_accepted(
    outcome: Outcome,
    now: _lb.LoadBalancer,
    latest: _resize.LoadBalancerResize | None,
) -> bool:
    if latest is not None and latest.state in _resize.UNFINISHED:
        return latest.leads_to(
            outcome.new_flavor_id, is_rebuild=outcome.is_rebuild
        )
    return (
        not outcome.is_rebuild
        and outcome.status == 'ACTIVE'
        and now.flavor_id == outcome.new_flavor_id
    )


def _may_have_ended(
    outcome: Outcome,
    now: _lb.LoadBalancer,
    latest: _resize.LoadBalancerResize | None,
) -> bool:
    """Return whether an operation that was accepted may have ended by now.

    A wait finds out how.
    """
    status = now.provisioning_status
    if status not in _load_balancer.RESIZABLE:
        return False
    if not outcome.is_rebuild:
        before = (outcome.status, outcome.previous_flavor_id)
        return (status, now.flavor_id) != before
    # A rebuild may change no field of the load balancer. A record that is not
    # older than the last update of the load balancer is that of this request.
    return (
        outcome.before is not None
        and latest is not None
        and latest.is_rebuild
        and str(latest.created_at) >= str(outcome.before.updated_at)
    )


def cancel_all(
    proxy: _proxy.Proxy,
    outcomes: Sequence[Outcome],
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Send the requests for cancels.

    :param outcomes: What :func:`plan.plan_cancel` returned.
    :param callback: See :func:`send_all`.
    :returns: The outcomes: ACCEPTED; CANCELLED if the cancel is done,
        UNCHANGED if it was before; REFUSED or FAILED with the error.
    """

    def cancel_one(outcome: Outcome) -> Outcome:
        if outcome.resize is None:
            return outcome
        callback(dataclasses.replace(outcome, result=Result.UNKNOWN))
        cancelled = _cancel(proxy, outcome, outcome.resize)
        callback(cancelled)
        return cancelled

    return wait.concurrently(cancel_one, outcomes)


def _cancel(
    proxy: _proxy.Proxy, outcome: Outcome, resize: _resize.LoadBalancerResize
) -> Outcome:
    try:
        _load_balancer.LoadBalancer.existing(id=outcome.id).cancel_resize(
            proxy, resize
        )
    except Exception as exc:
        return _after_failed_cancel(proxy, outcome, exc)
    if resize.state == 'FAILED':
        # No amphora was replaced: the service has cancelled it at once.
        return dataclasses.replace(
            _seen_now(proxy, outcome), result=Result.CANCELLED
        )
    return _accepted(outcome)


def _after_failed_cancel(
    proxy: _proxy.Proxy, outcome: Outcome, error: Exception
) -> Outcome:
    """Find out whether the resize is cancelled nevertheless.

    By an earlier request, or by this one although its answer was lost.
    """
    is_refused = isinstance(error, exceptions.ConflictException)
    latest = None
    if is_refused or faults.is_uncertain(error):
        latest = find.readable_resize(proxy, outcome.id)
    seen = _seen_now(
        proxy,
        dataclasses.replace(outcome, resize=latest or outcome.resize),
    )
    state = None if latest is None else latest.state
    if state == 'CANCELLING' or (state == 'CANCELLED' and not is_refused):
        return dataclasses.replace(
            seen,
            result=Result.ACCEPTED,
            error=error if is_refused else None,
        )
    if state == 'CANCELLED' and seen.status in _load_balancer.RESIZABLE:
        return dataclasses.replace(seen, result=Result.UNCHANGED)
    return dataclasses.replace(
        seen, result=of_failed_request(error), error=error
    )


def _seen_now(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    """Set the load balancer as it is now."""
    try:
        now = find.get_load_balancer(proxy, outcome.id)
    except Exception as exc:
        if faults.is_gone(exc):
            return dataclasses.replace(outcome, is_deleted=True)
        return dataclasses.replace(outcome, doubt=exc)
    return dataclasses.replace(outcome, load_balancer=now)
