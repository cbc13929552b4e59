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

"""Look before resizes: at the load balancers, and with the dry run."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TYPE_CHECKING
from typing import TypeVar

from openstack import exceptions
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import concurrency
from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import preview as _preview
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

if TYPE_CHECKING:
    from resize_client.sdk.load_balancer import _proxy

T = TypeVar('T')


class Refusal(exceptions.ConflictException):
    """A resize that isn't asked for, as was seen before any request.

    :param message: What speaks against it, a sentence.
    :param subject: What that is about, ``flavor`` or ``state``.
    """

    def __init__(self, message: str, subject: str):
        super().__init__(message)
        self.subject = subject


def plan_resizes(
    proxy: '_proxy.Proxy',
    load_balancers: Sequence[str],
    flavor: str,
    *,
    dry_run: bool | None = None,
) -> list[Outcome]:
    """Look at load balancers before any is resized.

    :param proxy: The load balancing service.
    :param load_balancers: Their names or IDs.
    :param flavor: The name or ID of the flavor to change them to.
    :param dry_run: Whether to ask the service for a dry run of each; None for
        when there are several, whose resizes begin only if all can.
    :returns: An outcome for each, once if it is named twice: NOT_STARTED if
        it can be asked for; ACCEPTED if that very resize is going on already;
        UNCHANGED; REFUSED, NOT_FOUND, AMBIGUOUS or FORBIDDEN with an error.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor.
    """
    arguments = list(dict.fromkeys(load_balancers))
    several = len(arguments) > 1
    ask = wait.ask_patiently if several else _ask_once
    flavors = ask(lambda: find.flavors_for(proxy, flavor))
    target = flavors.find(flavor)
    outcomes = _without_twins(
        concurrency.side_by_side(
            lambda argument: _look(
                Outcome(
                    argument,
                    new_flavor_id=target.id,
                    new_flavor=str(target.name),
                ),
                ask(lambda: _found(proxy, argument)),
                flavors,
                target,
            ),
            arguments,
        )
    )
    if dry_run or (dry_run is None and len(outcomes) > 1):
        return _preview_all(proxy, outcomes, ask)
    return outcomes


def _ask_once(look: Callable[[], T]) -> T:
    return look()


_Found = tuple[_lb.LoadBalancer, _resize.LoadBalancerResize | None]


def _found(
    proxy: '_proxy.Proxy', argument: str
) -> _Found | exceptions.SDKException:
    try:
        return with_unfinished(proxy, find.find_load_balancer(proxy, argument))
    except (
        exceptions.NotFoundException,
        exceptions.DuplicateResource,
        exceptions.ForbiddenException,
    ) as exc:
        if faults.is_transient(exc):
            raise
        return exc


def _without_twins(outcomes: list[Outcome]) -> list[Outcome]:
    """Keep the first of those that are one, named by its name and its ID."""
    kept: dict[str, Outcome] = {}
    for outcome in outcomes:
        kept.setdefault(outcome.id or f'argument {outcome.argument}', outcome)
    return list(kept.values())


def _look(
    outcome: Outcome,
    found: _Found | exceptions.SDKException,
    flavors: find.Flavors,
    target: _flavor.Flavor,
) -> Outcome:
    if isinstance(found, exceptions.SDKException):
        return dataclasses.replace(
            outcome, result=_why_not_found(found), error=found
        )
    load_balancer, unfinished = found
    if unfinished is not None and not unfinished.new_flavor_name:
        # Older services don't tell the names of flavors.
        unfinished.new_flavor_name = flavors.name(unfinished.new_flavor_id)
    outcome = dataclasses.replace(
        outcome,
        before=load_balancer,
        load_balancer=load_balancer,
        previous_flavor_id=load_balancer.flavor_id,
        previous_flavor=flavors.name(load_balancer.flavor_id),
        is_previous_flavor_offered=flavors.is_offered(load_balancer.flavor_id),
        resize=unfinished,
    )
    refusal = _refusal(outcome, target)
    if refusal is not None:
        return dataclasses.replace(
            outcome, result=Result.REFUSED, error=refusal
        )
    if unfinished is not None:
        return dataclasses.replace(outcome, result=Result.ACCEPTED)
    if outcome.status == 'ACTIVE' and not outcome.changes_flavor:
        return dataclasses.replace(outcome, result=Result.UNCHANGED)
    return outcome


def _why_not_found(exc: exceptions.SDKException) -> Result:
    if isinstance(exc, exceptions.DuplicateResource):
        return Result.AMBIGUOUS
    if isinstance(exc, exceptions.ForbiddenException):
        return Result.FORBIDDEN
    return Result.NOT_FOUND


def _refusal(outcome: Outcome, target: _flavor.Flavor) -> Refusal | None:
    """Tell what speaks against it, None if nothing that is seen here."""
    if outcome.resize is not None:
        return _refusal_of_unfinished(outcome, outcome.resize)
    if outcome.status == _load_balancer.BEING_DELETED:
        return Refusal(
            f'{outcome.label} is {outcome.status}: the load balancer is being '
            'deleted',
            'state',
        )
    if outcome.status not in _load_balancer.RESIZABLE:
        return Refusal(
            f'{outcome.label} is {outcome.status}: another operation is '
            'going on. Run the same command again when the load balancer is '
            'ACTIVE',
            'state',
        )
    if target.is_enabled is False and outcome.changes_flavor:
        return Refusal(
            f'Flavor {target.name} ({target.id}) is disabled; '
            f'{find.LIST_FLAVORS} shows those that are enabled',
            'flavor',
        )
    return None


def _refusal_of_unfinished(
    outcome: Outcome, unfinished: _resize.LoadBalancerResize
) -> Refusal | None:
    if unfinished.leads_to(str(outcome.new_flavor_id)):
        return None
    other = unfinished.new_flavor_name
    if unfinished.state == 'CANCELLING':
        return Refusal(
            f'{outcome.label} is returning to flavor '
            f'{outcome.previous_flavor}, as its resize to {other} is being '
            'cancelled. Run the same command again when the load balancer is '
            'ACTIVE',
            'state',
        )
    still = f'still has flavor {outcome.new_flavor} but '
    return Refusal(
        f'{outcome.label} {"" if outcome.changes_flavor else still}is being '
        f'resized to {other}',
        'state',
    )


def with_unfinished(
    proxy: '_proxy.Proxy', load_balancer: _lb.LoadBalancer
) -> _Found:
    """Find the resize of a load balancer that is going on.

    :param proxy: The load balancing service.
    :param load_balancer: The load balancer as it was just found.
    :returns: The load balancer, as it is now if its resize has ended since;
        and the resize, None when none is going on, or the service doesn't
        tell.
    :raises: :class:`~openstack.exceptions.NotFoundException` when it has been
        deleted since.
    """
    if load_balancer.provisioning_status != 'PENDING_UPDATE':
        return load_balancer, None
    unfinished = unfinished_resize(proxy, load_balancer)
    if unfinished is None:
        return proxy.get_load_balancer(load_balancer), None
    return load_balancer, unfinished


def unfinished_resize(
    proxy: '_proxy.Proxy', load_balancer: _lb.LoadBalancer
) -> _resize.LoadBalancerResize | None:
    """Ask for the resize of a load balancer that is going on.

    :param proxy: The load balancing service.
    :param load_balancer: The load balancer.
    :returns: The resize, None when none is going on, or the service doesn't
        tell.
    :raises: What the request has raised, if that passes by itself.
    """
    try:
        latest = proxy.get_load_balancer_resize(load_balancer)
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        return None
    if latest is None or latest.state not in _resize.UNFINISHED:
        return None
    return latest


def _preview_all(
    proxy: '_proxy.Proxy',
    outcomes: list[Outcome],
    ask: Callable[[Callable[[], Outcome]], Outcome],
) -> list[Outcome]:
    """Have the service make a dry run of each that can be asked for."""

    def preview(outcome: Outcome) -> Outcome:
        return ask(lambda: _preview_one(proxy, outcome))

    to_come = [o for o in outcomes if o.result is Result.NOT_STARTED]
    # Where the first shows that there are no dry runs, the others are spared.
    made = [preview(outcome) for outcome in to_come[:1]]
    if made and (made[0].preview or made[0].result is Result.REFUSED):
        made += concurrency.side_by_side(preview, to_come[1:])
    by_id = {outcome.id: outcome for outcome in made}
    return [by_id.get(outcome.id, outcome) for outcome in outcomes]


def _preview_one(proxy: '_proxy.Proxy', outcome: Outcome) -> Outcome:
    try:
        return dataclasses.replace(
            outcome,
            preview=proxy.preview_load_balancer_resize(
                outcome.id, str(outcome.new_flavor_id)
            ),
        )
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        is_taken = isinstance(exc, _preview.DryRunDropped)
        return dataclasses.replace(
            outcome,
            result=Result.FAILED if is_taken else Result.REFUSED,
            error=exc,
        )
