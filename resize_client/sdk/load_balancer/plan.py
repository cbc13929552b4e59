# SPDX-License-Identifier: Apache-2.0

"""Check resizes and cancels before any request that changes something."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TypeVar

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from resize_client.sdk.outcome import of_failed_request

T = TypeVar('T')


def plan_resizes(
    proxy: _proxy.Proxy,
    load_balancers: Sequence[str],
    flavor: str,
    *,
    drain_seconds: int | None = None,
    dry_run: bool | None = None,
) -> list[Outcome]:
    """Check resizes before any of them is requested.

    :param load_balancers: Their names or IDs.
    :param flavor: The name or ID of the flavor to change them to.
    :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
    :param dry_run: Whether to request a dry run of each; None for when there
        are several, whose resizes begin only if all can.
    :returns: An outcome for each, once if it is named twice: NOT_STARTED if
        the resize can be requested; ACCEPTED if that very resize is in
        progress; UNCHANGED; REFUSED, NOT_FOUND, AMBIGUOUS or FORBIDDEN with
        an error.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor.
    """
    arguments = list(dict.fromkeys(load_balancers))
    run = wait.retry if len(arguments) > 1 else _once
    flavors = run(lambda: find.flavors_for(proxy, flavor))
    target = flavors.find(flavor)

    def plan(argument: str) -> Outcome:
        outcome = Outcome(
            argument,
            new_flavor_id=target.id,
            new_flavor=str(target.name),
            drain_seconds=drain_seconds,
        )
        found = run(lambda: _found(proxy, argument))
        if isinstance(found, exceptions.SDKException):
            return dataclasses.replace(
                outcome, result=_why_not_found(found), error=found
            )
        return _checked(outcome, found, flavors, target)

    outcomes = _without_duplicates(wait.concurrently(plan, arguments))
    if dry_run or (dry_run is None and len(outcomes) > 1):
        return _preview_all(proxy, outcomes, run)
    return outcomes


def _once(call: Callable[[], T]) -> T:
    return call()


def _found(
    proxy: _proxy.Proxy, argument: str
) -> find.Found | exceptions.SDKException:
    try:
        return find.with_unfinished_resize(
            proxy, find.find_load_balancer(proxy, argument)
        )
    except (
        exceptions.NotFoundException,
        exceptions.DuplicateResource,
        exceptions.ForbiddenException,
    ) as exc:
        if faults.is_transient(exc):
            raise
        return exc


def _why_not_found(exc: exceptions.SDKException) -> Result:
    if isinstance(exc, exceptions.DuplicateResource):
        return Result.AMBIGUOUS
    if isinstance(exc, exceptions.ForbiddenException):
        return Result.FORBIDDEN
    return Result.NOT_FOUND


def _without_duplicates(outcomes: list[Outcome]) -> list[Outcome]:
    """Keep one of a load balancer that is named by its name and its ID."""
    kept: dict[str, Outcome] = {}
    for outcome in outcomes:
        kept.setdefault(outcome.id or f'argument {outcome.argument}', outcome)
    return list(kept.values())


def _checked(
    outcome: Outcome,
    found: find.Found,
    flavors: find.Flavors,
    target: _flavor.Flavor,
) -> Outcome:
    load_balancer, unfinished = found
    outcome = dataclasses.replace(
        outcome,
        before=load_balancer,
        load_balancer=load_balancer,
        previous_flavor_id=load_balancer.flavor_id,
        previous_flavor=flavors.name(load_balancer.flavor_id),
        is_previous_flavor_offered=flavors.is_offered(load_balancer.flavor_id),
        resize=unfinished,
    )
    reasons = _reasons_against(outcome, target)
    if reasons:
        return dataclasses.replace(
            outcome, result=Result.REFUSED, error=Refusal(reasons)
        )
    if unfinished is not None:
        return dataclasses.replace(outcome, result=Result.ACCEPTED)
    if outcome.status == 'ACTIVE' and not outcome.changes_flavor:
        return dataclasses.replace(outcome, result=Result.UNCHANGED)
    return outcome


def _reasons_against(
    outcome: Outcome, target: _flavor.Flavor
) -> dict[str, str]:
    if outcome.resize is not None:
        return _reasons_against_another(outcome, outcome.resize)
    if outcome.status == _load_balancer.BEING_DELETED:
        return {
            'state': f'{outcome.label} is {outcome.status}: the load balancer '
            'is being deleted'
        }
    if outcome.status not in _load_balancer.RESIZABLE:
        return {
            'state': f'{outcome.label} is {outcome.status}: another operation '
            'is in progress. Run the same command again when the load '
            'balancer is ACTIVE'
        }
    if target.is_enabled is False and outcome.changes_flavor:
        return {
            'flavor': f'Flavor {target.name} ({target.id}) is disabled; '
            f'{find.LIST_FLAVORS} shows those that are enabled'
        }
    return {}


def _reasons_against_another(
    outcome: Outcome, unfinished: _resize.LoadBalancerResize
) -> dict[str, str]:
    if unfinished.leads_to(str(outcome.new_flavor_id)):
        return {}
    other = unfinished.new_flavor
    if unfinished.state == 'CANCELLING':
        return {
            'state': f'{outcome.label} is returning to flavor '
            f'{outcome.previous_flavor}, as its resize to {other} is being '
            'cancelled. Run the same command again when the load balancer is '
            'ACTIVE'
        }
    still = f'still has flavor {outcome.new_flavor} but '
    return {
        'state': f'{outcome.label} {"" if outcome.changes_flavor else still}'
        f'is being resized to {other}'
    }


def _preview_all(
    proxy: _proxy.Proxy,
    outcomes: list[Outcome],
    run: Callable[[Callable[[], Outcome]], Outcome],
) -> list[Outcome]:
    """Request a dry run of each resize that no check has refused."""

    def preview(outcome: Outcome) -> Outcome:
        return run(lambda: _preview_one(proxy, outcome))

    to_check = [o for o in outcomes if o.result is Result.NOT_STARTED]
    # If the first shows that there are no dry runs, none is sent for others.
    made = [preview(outcome) for outcome in to_check[:1]]
    if made and (made[0].preview or made[0].result is Result.REFUSED):
        made += wait.concurrently(preview, to_check[1:])
    by_id = {outcome.id: outcome for outcome in made}
    return [by_id.get(outcome.id, outcome) for outcome in outcomes]


def _preview_one(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    try:
        preview = _resize.LoadBalancerResizePreview.of(
            proxy,
            outcome.id,
            flavor_id=str(outcome.new_flavor_id),
            drain_seconds=outcome.drain_seconds,
        )
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        is_accepted = isinstance(exc, _resize.DryRunDropped)
        return dataclasses.replace(
            outcome,
            is_recorded=offer.of(proxy).record is True,
            result=Result.FAILED if is_accepted else Result.REFUSED,
            error=exc,
        )
    return dataclasses.replace(outcome, preview=preview)


def plan_cancel(
    proxy: _proxy.Proxy, load_balancer: _lb.LoadBalancer, argument: str
) -> Outcome:
    """Check the cancel of a resize.

    :param load_balancer: The load balancer as it is now.
    :param argument: As the caller has named it.
    :returns: The outcome, REFUSED or FAILED unless the service returns a
        resize.
    """
    outcome = Outcome(
        argument,
        before=load_balancer,
        load_balancer=load_balancer,
        is_cancel=True,
    )
    try:
        latest = _resize.LoadBalancerResize.of(proxy, str(load_balancer.id))
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
                f'Load balancer {load_balancer.id} has never been resized'
            ),
        )
    return dataclasses.replace(
        outcome,
        resize=latest,
        previous_flavor_id=latest.previous_flavor_id,
        previous_flavor=latest.previous_flavor,
        new_flavor_id=latest.new_flavor_id,
        new_flavor=latest.new_flavor,
    )
