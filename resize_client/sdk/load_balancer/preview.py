# SPDX-License-Identifier: Apache-2.0

"""Have the service check what is planned, without doing it."""

from collections.abc import Callable
import dataclasses

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy

from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result


def preview_all(
    proxy: _proxy.Proxy,
    outcomes: list[Outcome],
    run: Callable[[Callable[[], Outcome]], Outcome],
) -> list[Outcome]:
    """Request a dry run of each that no check has refused.

    :param run: Calls a function, and may retry.
    """

    def preview(outcome: Outcome) -> Outcome:
        return run(lambda: _preview_one(proxy, outcome))

    to_check = [o for o in outcomes if o.result is Result.NOT_STARTED]
    # If the first shows that there are no dry runs, none is sent for others.
    made = [preview(outcome) for outcome in to_check[:1]]
    if made and (made[0].preview or made[0].result is Result.REFUSED):
        made += wait.concurrently(preview, to_check[1:])
    by_key = {outcome.key: outcome for outcome in made}
    return [by_key.get(outcome.key, outcome) for outcome in outcomes]


def _preview_one(proxy: _proxy.Proxy, outcome: Outcome) -> Outcome:
    try:
        preview = _request_preview(proxy, outcome)
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        is_accepted = isinstance(exc, _resize.DryRunDropped)
        return dataclasses.replace(
            outcome,
            is_recorded=offer.of(proxy).record is True,
            result=Result.FAILED if is_accepted else Result.REFUSED,
            error=exc,
            is_deleted=faults.is_gone(exc),
        )
    return dataclasses.replace(outcome, preview=preview)


def _request_preview(
    proxy: _proxy.Proxy, outcome: Outcome
) -> (
    _resize.LoadBalancerResizePreview
    | _resize.LoadBalancerRebuildPreview
    | None
):
    if outcome.is_rebuild:
        return _resize.LoadBalancerRebuildPreview.of(
            proxy, outcome.id, drain_seconds=outcome.drain_seconds
        )
    return _resize.LoadBalancerResizePreview.of(
        proxy,
        outcome.id,
        flavor_id=str(outcome.new_flavor_id),
        drain_seconds=outcome.drain_seconds,
    )
