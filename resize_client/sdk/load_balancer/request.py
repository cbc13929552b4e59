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

"""Ask for resizes: once, and again only what the service hasn't taken."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
from typing import TYPE_CHECKING

from openstack import exceptions

from resize_client.sdk import concurrency
from resize_client.sdk import faults
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

if TYPE_CHECKING:
    from resize_client.sdk.load_balancer import _proxy

# How often a resize is asked for whose request is broken off
_TRIES = 3


def ask(
    proxy: '_proxy.Proxy',
    outcomes: Sequence[Outcome],
    tell: Callable[[Outcome], None],
) -> list[Outcome]:
    """Ask for resizes, and find out what the service has made of each.

    A service under load closes connections on which there are requests. It is
    asked again where a load balancer is as it was; should the service learn
    of the first request late, it refuses the other.

    :param proxy: The load balancing service.
    :param outcomes: The load balancers, each as it was seen before.
    :param tell: Called with each when it is asked for, UNKNOWN, and when it
        is answered; from threads.
    :returns: The outcomes: ACCEPTED; FAILED with the error if the service
        hasn't taken it; UNKNOWN if that can't be told.
    """
    asked = list(outcomes)
    for _ in range(_TRIES):
        again = [o for o in asked if _is_to_be_asked(o)]
        answers = concurrency.side_by_side(
            lambda outcome: _ask_once(proxy, outcome, tell), again
        )
        by_id = {answer.id: answer for answer in answers}
        asked = [by_id.get(outcome.id, outcome) for outcome in asked]
    return asked


def _is_to_be_asked(outcome: Outcome) -> bool:
    if outcome.result is Result.NOT_STARTED:
        return True
    return (
        outcome.result is Result.FAILED
        and faults.is_broken_off(outcome.error)
        and not outcome.is_deleted
        and outcome.status in _load_balancer.RESIZABLE
    )


def _ask_once(
    proxy: '_proxy.Proxy',
    outcome: Outcome,
    tell: Callable[[Outcome], None],
) -> Outcome:
    tell(dataclasses.replace(outcome, result=Result.UNKNOWN))
    assert outcome.load_balancer is not None
    try:
        _load_balancer.LoadBalancer.existing(id=outcome.id).resize(
            proxy, flavor_id=str(outcome.new_flavor_id)
        )
    except Exception as exc:
        answer = _look_after(proxy, outcome, exc)
    else:
        answer = accepted(outcome)
    tell(answer)
    return answer


def accepted(outcome: Outcome) -> Outcome:
    """Enter that the service has taken a request.

    :param outcome: What was asked for.
    :returns: The same, ACCEPTED, with the load balancer PENDING_UPDATE: that
        is what the service has made of it before it answered.
    """
    assert outcome.load_balancer is not None
    fields = outcome.load_balancer.to_dict(computed=False)
    fields['provisioning_status'] = 'PENDING_UPDATE'
    return dataclasses.replace(
        outcome,
        result=Result.ACCEPTED,
        load_balancer=_load_balancer.LoadBalancer.existing(**fields),
        error=None,
    )


def _look_after(
    proxy: '_proxy.Proxy', outcome: Outcome, error: Exception
) -> Outcome:
    """Find out whether a request that failed was taken nevertheless."""
    failed = dataclasses.replace(outcome, result=Result.FAILED, error=error)
    is_uncertain = faults.is_uncertain(error)
    if not is_uncertain and not isinstance(
        error, exceptions.ConflictException
    ):
        return dataclasses.replace(failed, is_deleted=faults.is_gone(error))
    try:
        now, unfinished = plan.with_unfinished(
            proxy, proxy.get_load_balancer(outcome.id)
        )
        if unfinished is None and now.flavor_id != outcome.new_flavor_id:
            # What was read of the load balancer may be older, from a replica
            # of the database that is behind.
            unfinished = plan.unfinished_resize(proxy, now)
    except Exception as exc:
        if faults.is_gone(exc):
            return dataclasses.replace(failed, is_deleted=True)
        return dataclasses.replace(failed, result=Result.UNKNOWN, doubt=exc)
    seen = dataclasses.replace(failed, load_balancer=now)
    facts = (seen.status, now.flavor_id)
    if (
        facts == ('ACTIVE', outcome.new_flavor_id)
        or (
            unfinished is not None
            and unfinished.leads_to(str(outcome.new_flavor_id))
        )
        # A resize that was taken may have failed by now: a wait will tell.
        or (
            is_uncertain
            and seen.status in _load_balancer.RESIZABLE
            and facts != (outcome.status, outcome.previous_flavor_id)
        )
    ):
        return dataclasses.replace(seen, result=Result.ACCEPTED, error=None)
    return seen
