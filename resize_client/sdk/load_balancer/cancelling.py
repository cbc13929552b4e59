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

"""Cancel a resize, and find out whether the service has taken the cancel."""

import dataclasses
from typing import TYPE_CHECKING

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import Result

if TYPE_CHECKING:
    from resize_client.sdk.load_balancer import _proxy


def plan_cancel(
    proxy: '_proxy.Proxy', load_balancer: _lb.LoadBalancer, argument: str
) -> Outcome:
    """Look at the resize that is to be cancelled.

    :param proxy: The load balancing service.
    :param load_balancer: The load balancer as it is now.
    :param argument: As the caller has named it.
    :returns: The outcome, FAILED if there is no resize that is told of.
    """
    outcome = Outcome(
        argument,
        before=load_balancer,
        load_balancer=load_balancer,
        is_cancel=True,
    )
    try:
        latest = proxy.get_load_balancer_resize(load_balancer)
    except Exception as exc:
        return dataclasses.replace(
            outcome,
            result=Result.FAILED,
            error=exc,
            is_deleted=faults.is_gone(exc),
        )
    if latest is None:
        return dataclasses.replace(
            outcome,
            result=Result.FAILED,
            error=exceptions.ConflictException(
                f'Load balancer {load_balancer.id} has never been resized'
            ),
        )
    return dataclasses.replace(
        outcome,
        resize=latest,
        previous_flavor_id=latest.previous_flavor_id,
        previous_flavor=latest.previous_flavor_name
        or latest.previous_flavor_id,
        new_flavor_id=latest.new_flavor_id,
        new_flavor=latest.new_flavor_name or latest.new_flavor_id,
    )


def ask(proxy: '_proxy.Proxy', outcome: Outcome) -> Outcome:
    """Ask for the cancel.

    :param proxy: The load balancing service.
    :param outcome: What :func:`plan_cancel` has given.
    :returns: The outcome: ACCEPTED; CANCELLED if that is done, UNCHANGED if it
        was before; FAILED with the error.
    """
    if outcome.resize is None:
        return outcome
    try:
        _load_balancer.LoadBalancer.existing(id=outcome.id).cancel_resize(
            proxy, outcome.resize
        )
    except Exception as exc:
        return _look_after(proxy, outcome, exc)
    if outcome.resize.state == 'FAILED':
        # Nothing was replaced: the service has cancelled the resize at once.
        return dataclasses.replace(
            _seen(proxy, outcome), result=Result.CANCELLED
        )
    return request.accepted(outcome)


def _look_after(
    proxy: '_proxy.Proxy', outcome: Outcome, error: Exception
) -> Outcome:
    """Find out whether the resize is cancelled nevertheless.

    An earlier run may have asked for it, or this one although the answer was
    lost.
    """
    is_refused = isinstance(error, exceptions.ConflictException)
    latest = None
    if is_refused or faults.is_uncertain(error):
        latest = _latest(proxy, outcome)
    seen = _seen(
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
    return dataclasses.replace(seen, result=Result.FAILED, error=error)


def _latest(
    proxy: '_proxy.Proxy', outcome: Outcome
) -> _resize.LoadBalancerResize | None:
    try:
        return proxy.get_load_balancer_resize(outcome.id)
    except Exception:
        return None


def _seen(proxy: '_proxy.Proxy', outcome: Outcome) -> Outcome:
    """Enter what the load balancer is now."""
    try:
        now = proxy.get_load_balancer(outcome.id)
    except Exception as exc:
        if faults.is_gone(exc):
            return dataclasses.replace(outcome, is_deleted=True)
        return dataclasses.replace(outcome, doubt=exc)
    return dataclasses.replace(outcome, load_balancer=now)
