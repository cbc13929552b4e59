# SPDX-License-Identifier: Apache-2.0

"""Check what is requested, before any request that changes something."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TypeVar

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import preview
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_get
from resize_client.sdk.outcome import of_failed_request
from resize_client.sdk.outcome import without_duplicates

T = TypeVar('T')


def unchecked_resize(
    proxy: _proxy.Proxy,
    load_balancer: str | _lb.LoadBalancer,
    flavor_id: str,
    *,
    drain_seconds: int | None = None,
) -> Outcome:
    """Return the plan of a resize that only the service checks.

    :param load_balancer: The load balancer, as it was just read, or its ID.
    :param flavor_id: The ID of the flavor to change to.
    :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
    """
    before = find.as_seen(proxy, load_balancer)
    return Outcome(
        str(before.id),
        before=before,
        load_balancer=before,
        previous_flavor_id=before.flavor_id,
        new_flavor_id=flavor_id,
        drain_seconds=drain_seconds,
    )


def unchecked_rebuild(
    proxy: _proxy.Proxy,
    load_balancer: str | _lb.LoadBalancer,
    *,
    drain_seconds: int | None = None,
) -> Outcome:
    """Return the plan of a rebuild that only the service checks.

    :param load_balancer: The load balancer, as it was just read, or its ID.
    :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
    """
    before = find.as_seen(proxy, load_balancer)
    planned = unchecked_resize(
        proxy, before, before.flavor_id, drain_seconds=drain_seconds
    )
    return dataclasses.replace(planned, is_rebuild=True)


def plan_resizes(
    proxy: _proxy.Proxy,
    load_balancers: Sequence[str | _lb.LoadBalancer],
    flavor: str,
    *,
    drain_seconds: int | None = None,
    dry_run: bool = False,
    may_attach: bool = False,
) -> list[Outcome]:
    """Check resizes before any of them is requested.

    :param load_balancers: Their names or IDs, or load balancers that were just
        listed: such a selection continues without one that was deleted since,
        or is in another operation.
    :param flavor: The name or ID of the flavor to change them to.
    :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
    :param dry_run: Whether to request a dry run of one, too; with several,
        whose resizes begin only if all can, each gets one.
    :param may_attach: Whether a resize that cannot begin, as the load balancer
        is in an operation which the service does not show, is requested all
        the same, to wait for that operation.
    :returns: An outcome for each, once if it is named twice: NOT_STARTED if
        the resize can be requested; ACCEPTED if that very resize is in
        progress; UNCHANGED; REFUSED, NOT_FOUND, AMBIGUOUS or FORBIDDEN with
        an error.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor.
    """
    run = _retrying(load_balancers)
    flavors = run(lambda: find.flavors_for(proxy, flavor))
    target = flavors.find(flavor)
    planned = Outcome(
        '',
        new_flavor_id=target.id,
        new_flavor=str(target.name),
        drain_seconds=drain_seconds,
        may_attach=may_attach,
    )
    outcomes = _plan(proxy, load_balancers, planned, flavors, target)
    if dry_run or len(outcomes) > 1:
        outcomes = preview.preview_all(proxy, outcomes, run)
    is_any_unchanged = any(o.result is Result.UNCHANGED for o in outcomes)
    if not is_any_unchanged or not find.may_rebuild(proxy):
        return outcomes
    return [
        dataclasses.replace(o, can_rebuild=o.result is Result.UNCHANGED)
        for o in outcomes
    ]


def plan_rebuilds(
    proxy: _proxy.Proxy,
    load_balancers: Sequence[str | _lb.LoadBalancer],
    *,
    only_outdated: bool = False,
    drain_seconds: int | None = None,
    dry_run: bool = False,
) -> list[Outcome]:
    """Check rebuilds before any of them is requested.

    :param load_balancers: See :func:`plan_resizes`.
    :param only_outdated: Whether to leave alone those that are ACTIVE and
        have what a rebuild would give them, which dry runs show.
    :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
    :param dry_run: See :func:`plan_resizes`.
    :returns: See :func:`plan_resizes`.
    """
    planned = Outcome('', is_rebuild=True, drain_seconds=drain_seconds)
    flavors = find.readable_flavors(proxy)
    outcomes = _plan(proxy, load_balancers, planned, flavors)
    if dry_run or only_outdated or len(outcomes) > 1:
        outcomes = preview.preview_all(
            proxy, outcomes, _retrying(load_balancers)
        )
    if not only_outdated:
        return outcomes
    return [
        dataclasses.replace(o, result=Result.UNCHANGED)
        if o.status == 'ACTIVE' and _is_up_to_date(o)
        else o
        for o in outcomes
    ]


def _is_up_to_date(outcome: Outcome) -> bool:
    made = outcome.preview
    return (
        isinstance(made, _resize.LoadBalancerRebuildPreview)
        and not made.is_outdated
    )


def _plan(
    proxy: _proxy.Proxy,
    load_balancers: Sequence[str | _lb.LoadBalancer],
    planned: Outcome,
    flavors: find.Flavors,
    target: _flavor.Flavor | None = None,
) -> list[Outcome]:
    """Find the load balancers, and check what is planned for each."""
    run = _retrying(load_balancers)
    listed = {
        str(lb.id): lb for lb in load_balancers if not isinstance(lb, str)
    }
    arguments = _arguments(load_balancers)
    known = listed or run(lambda: find.find_load_balancers(proxy, arguments))

    def plan(argument: str) -> Outcome:
        outcome = dataclasses.replace(
            planned, argument=argument, is_selected=argument in listed
        )
        try:
            found = run(
                lambda: find.with_unfinished_resize(
                    proxy,
                    known.get(argument)
                    or find.find_load_balancer(proxy, argument),
                )
            )
        except exceptions.SDKException as exc:
            if of_failed_get(exc) is None:
                raise
            return _not_found(outcome, exc)
        return _checked(outcome, found, flavors, target)

    return without_duplicates(wait.concurrently(plan, arguments))


def _arguments(load_balancers: Sequence[str | _lb.LoadBalancer]) -> list[str]:
    return list(dict.fromkeys(http.id_of(named) for named in load_balancers))


def _retrying(
    load_balancers: Sequence[str | _lb.LoadBalancer],
) -> Callable[[Callable[[], T]], T]:
    """Return what calls a function, and retries where there are several."""
    return wait.retry if len(_arguments(load_balancers)) > 1 else wait.once


def _not_found(outcome: Outcome, error: Exception) -> Outcome:
    return dataclasses.replace(
        outcome,
        result=of_failed_get(error) or of_failed_request(error),
        error=error,
        is_deleted=faults.is_gone(error),
    )


def _checked(
    outcome: Outcome,
    found: find.Found,
    flavors: find.Flavors,
    target: _flavor.Flavor | None,
) -> Outcome:
    load_balancer, unfinished, is_shown = found
    outcome = dataclasses.replace(
        outcome,
        before=load_balancer,
        load_balancer=load_balancer,
        previous_flavor_id=load_balancer.flavor_id,
        previous_flavor=flavors.name(load_balancer.flavor_id),
        is_previous_flavor_offered=flavors.is_offered(load_balancer.flavor_id),
        resize=unfinished,
    )
    if outcome.is_rebuild:
        outcome = dataclasses.replace(
            outcome,
            new_flavor_id=outcome.previous_flavor_id,
            new_flavor=outcome.previous_flavor,
        )
    reasons = _reasons_against(outcome, target, is_shown=is_shown)
    if reasons:
        return dataclasses.replace(
            outcome, result=Result.REFUSED, error=Refusal(reasons)
        )
    if unfinished is not None:
        return dataclasses.replace(outcome, result=Result.ACCEPTED)
    if (
        outcome.status == 'ACTIVE'
        and not outcome.changes_flavor
        and not outcome.is_rebuild
    ):
        return dataclasses.replace(outcome, result=Result.UNCHANGED)
    return outcome


def _reasons_against(
    outcome: Outcome, target: _flavor.Flavor | None, *, is_shown: bool
) -> dict[str, str]:
    if outcome.resize is not None:
        return _reasons_against_another(outcome, outcome.resize)
    if outcome.status == _load_balancer.BEING_DELETED:
        return {
            'state': f'{outcome.label} is {outcome.status}: the load balancer '
            'is being deleted'
        }
    may_be_this = (
        outcome.status == 'PENDING_UPDATE'
        and outcome.changes_flavor
        and not is_shown
    )
    if outcome.status not in _load_balancer.RESIZABLE and not (
        may_be_this and outcome.may_attach
    ):
        other = 'another operation is in progress'
        if may_be_this:
            other = 'an operation is in progress, which may be this resize'
        return {
            'state': f'{outcome.label} is {outcome.status}: {other}. Run the '
            'same command again when the load balancer is ACTIVE'
        }
    if (
        target is not None
        and target.is_enabled is False
        and outcome.changes_flavor
    ):
        return {
            'flavor': f'Flavor {target.name} ({target.id}) is disabled; '
            f'{find.LIST_FLAVORS} shows those that are enabled'
        }
    return {}


def _reasons_against_another(
    outcome: Outcome, unfinished: _resize.LoadBalancerResize
) -> dict[str, str]:
    if unfinished.leads_to(
        outcome.new_flavor_id, is_rebuild=outcome.is_rebuild
    ):
        return {}
    other = unfinished.new_flavor
    again = '. Run the same command again when the load balancer is ACTIVE'
    if unfinished.is_rebuild:
        does = (
            'is keeping its amphorae, as its rebuild is being cancelled'
            if unfinished.state == 'CANCELLING'
            else 'is being rebuilt'
        )
    elif unfinished.state == 'CANCELLING':
        does = (
            f'is returning to flavor {outcome.previous_flavor}, as its resize '
            f'to {other} is being cancelled'
        )
    elif outcome.is_rebuild:
        does = f'is being resized to {other}'
    else:
        still = f'still has flavor {outcome.new_flavor} but '
        does = f'{"" if outcome.changes_flavor else still}is being resized to '
        does, again = f'{does}{other}', ''
    return {'state': f'{outcome.label} {does}{again}'}


def plan_cancels(
    proxy: _proxy.Proxy, load_balancers: Sequence[str]
) -> list[Outcome]:
    """Check cancels before any of them is requested.

    :param load_balancers: Their names or IDs.
    :returns: As :func:`plan_cancel`, for each; also NOT_FOUND, AMBIGUOUS,
        FORBIDDEN or FAILED with the error, without a load balancer.
    """
    run = _retrying(load_balancers)

    def plan(argument: str) -> Outcome:
        try:
            found = run(lambda: find.find_load_balancer(proxy, argument))
        except Exception as exc:
            return _not_found(Outcome(argument, is_cancel=True), exc)
        return plan_cancel(proxy, found, argument)

    arguments = list(dict.fromkeys(load_balancers))
    return without_duplicates(wait.concurrently(plan, arguments))


def plan_cancel(
    proxy: _proxy.Proxy,
    load_balancer: str | _lb.LoadBalancer,
    argument: str | None = None,
) -> Outcome:
    """Check the cancel of a resize or a rebuild.

    :param load_balancer: The load balancer as it is now, or its ID.
    :param argument: As the caller has named it, None for its ID.
    :returns: The outcome, REFUSED or FAILED unless the service returns a
        resize.
    """
    before = find.as_seen(proxy, load_balancer)
    outcome = Outcome(
        argument or str(before.id),
        before=before,
        load_balancer=before,
        is_cancel=True,
    )
    try:
        latest = _resize.LoadBalancerResize.of(proxy, outcome.id)
    except Exception as exc:
        return dataclasses.replace(
            outcome,
            result=of_failed_request(exc),
            error=exc,
            is_deleted=faults.is_gone(exc),
        )
    if latest is None:
        return dataclasses.replace(
            outcome,
            result=Result.REFUSED,
            error=exceptions.ConflictException(
                f'Load balancer {outcome.id} has never been resized'
            ),
        )
    return dataclasses.replace(
        outcome,
        is_rebuild=latest.is_rebuild,
        resize=latest,
        previous_flavor_id=latest.previous_flavor_id,
        previous_flavor=latest.previous_flavor,
        new_flavor_id=latest.new_flavor_id,
        new_flavor=latest.new_flavor,
    )
