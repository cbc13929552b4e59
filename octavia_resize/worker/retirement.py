# SPDX-License-Identifier: Apache-2.0

"""Restores the old amphorae when a switch has failed."""

from collections.abc import Collection
from concurrent import futures
import datetime
import time

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_config import cfg
from oslo_log import log as logging
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import rollback
from octavia_resize.worker import amphora
from octavia_resize.worker import failures
from octavia_resize.worker import loading

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_SERVE_SECONDS = 30
_POLL_SECONDS = 1


def restore(claim: ownership.Claim, new_ids: list[str]) -> dict[str, str]:
    """Restore the old amphorae, so that they serve as before the resize.

    If the switch has taken them out of service, the VIP ports of the new
    amphorae are disabled: before the old amphora of a SINGLE load balancer
    serves, and while the old ones of a pair begin to serve. An old amphora
    that does not serve as before stays in the record, so that the next call
    retries, and is PENDING_DELETE if it was out of service. One that was dead
    before the resize need not serve. Nothing is changed if the caller does not
    run the resize, or if the new amphorae serve.

    :param new_ids: IDs of the new amphorae.
    :returns: The faults of old amphorae, by ID; empty if all serve.
    """
    retired = transaction.run(rollback.lock_old, claim)
    if not retired:
        return {}
    load_balancer = loading.get_load_balancer(
        claim.load_balancer_id, with_listeners=True
    )
    old = amphora.select(load_balancer, retired)
    new = amphora.select(
        load_balancer, new_ids if any(retired.values()) else []
    )
    dead_ids = transaction.run(_lock_dead, claim)
    with futures.ThreadPoolExecutor() as pool:
        disabled = [pool.submit(one.disable_port) for one in new]
        if load_balancer.topology == octavia_constants.TOPOLOGY_ACTIVE_STANDBY:
            # Neutron may take half a minute for a port; a keepalived that is
            # stopped releases the VIP before one of the old pair takes it.
            for one in new:
                pool.submit(one.stop_vrrp)
        else:
            futures.wait(disabled)
            if not transaction.run(rollback.lock_old, claim):
                return {}
        faults = _serve(old, retired, dead_ids)
    for amphora_id, fault in faults.items():
        LOG.error('Amphora %s does not serve as before: %s', amphora_id, fault)
    transaction.run(rollback.put_in_service, claim, faults)
    return faults


def check(faults: dict[str, str]) -> None:
    """Raise an exception if there are faults of old amphorae.

    :raises NotRestored: An old amphora does not serve as before.
    """
    if faults:
        raise failures.NotRestored(
            'These old amphorae do not serve as before: '
            + ', '.join(
                f'{amphora_id} ({fault})'
                for amphora_id, fault in sorted(faults.items())
            )
        )


def _serve(
    old_amphorae: list[amphora.Amphora],
    retired: dict[str, bool],
    dead_ids: Collection[str],
) -> dict[str, str]:
    """Wait until old amphorae serve, half a minute at most.

    :param retired: Whether an amphora is out of service, by ID.
    :param dead_ids: IDs of amphorae that need not serve.
    :returns: The faults of the others, by ID.
    """
    end = time.monotonic() + _SERVE_SECONDS
    expected = [old for old in old_amphorae if old.id not in dead_ids]
    to_start = old_amphorae
    while True:
        # At once: that one does not answer is known after seconds.
        with futures.ThreadPoolExecutor() as pool:
            started = pool.map(lambda old: _start(old, retired), to_start)
        faults = {
            old.id: fault
            for old, fault in zip(to_start, started, strict=True)
            if fault is not None and old.id not in dead_ids
        }
        # The request would reload a keepalived that runs, which then waits
        # for its first seconds again before it takes the VIP.
        to_start = [old for old in expected if old.id in faults]
        if not faults and any(retired.values()):
            faults = _find_missing_vip(expected)
        if not faults or time.monotonic() >= end:
            return faults
        time.sleep(_POLL_SECONDS)


def _start(old: amphora.Amphora, retired: dict[str, bool]) -> str | None:
    """Have an old amphora serve as before the resize.

    Only the addresses of the configuration that Octavia has made are
    announced.

    :param retired: Whether an amphora is out of service, by ID.
    :returns: The amphora's fault; None if there is none.
    """
    if retired[old.id]:
        old.enable_port()
    fault = None
    is_restored = old.restore_configuration()
    if retired[old.id]:
        is_started = old.announce_vip()
        fault = old.find_fault()
        if fault is None and not is_started:
            fault = 'its agent did not start the programs that serve'
    if fault is None and not is_restored:
        fault = 'haproxy does not have its configuration back'
    return fault


def _find_missing_vip(old_amphorae: list[amphora.Amphora]) -> dict[str, str]:
    """Return the fault that none of the old amphorae has the VIP, by ID.

    A master of a pair takes the VIP some seconds after its start.
    """
    if not any(old.needs_vip for old in old_amphorae) or any(
        old.holds_vip() for old in old_amphorae
    ):
        return {}
    return {old.id: 'it does not have the VIP' for old in old_amphorae}


def _lock_dead(session: orm.Session, claim: ownership.Claim) -> set[str]:
    """Return the IDs of amphorae that were dead before the resize.

    An amphora is dead if its last heartbeat was older than the timeout when
    the resize was requested. The API and the health manager have different
    clocks, so the heartbeat must also be that much older than the newest
    heartbeat of all amphorae.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None:
        return set()
    health = octavia_models.AmphoraHealth
    newest = session.query(sa.func.max(health.last_update)).scalar()
    if newest is None:
        return set()
    timeout = datetime.timedelta(seconds=CONF.health_manager.heartbeat_timeout)
    rows = session.query(health.amphora_id).filter(
        health.amphora_id.in_(list(resize.amphorae)),
        health.last_update < min(newest, resize.created_at) - timeout,
    )
    return {amphora_id for (amphora_id,) in rows}
