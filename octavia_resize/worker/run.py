# SPDX-License-Identifier: Apache-2.0

"""Runs one resize from the step in its record to its end."""

from collections.abc import Callable
from typing import Any

from octavia.common import constants as octavia_constants
from oslo_config import cfg
from oslo_log import log as logging
from oslo_utils import uuidutils
from sqlalchemy import orm
from taskflow import exceptions as taskflow_exceptions
from taskflow.types import failure

from octavia_resize import notifications
from octavia_resize import opts
from octavia_resize import reasons
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from octavia_resize.lifecycle import rows
from octavia_resize.worker import arguments
from octavia_resize.worker import build_slots
from octavia_resize.worker import draining
from octavia_resize.worker import fences
from octavia_resize.worker import loading
from octavia_resize.worker import orphans
from octavia_resize.worker import retirement
from octavia_resize.worker import standby
from octavia_resize.worker import vip_move
from octavia_resize.worker.flows import build
from octavia_resize.worker.flows import delete
from octavia_resize.worker.flows import switch

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


_SINGLE = [octavia_constants.ROLE_STANDALONE]


class Run:
    """Runs the flows of one resize for its owner.

    After each flow the next step is read from the record. So a worker that
    takes a resize over continues where the previous worker has stopped, and a
    worker that is no longer the owner stops.
    """

    def __init__(
        self, claim: ownership.Claim, run_flow: Callable[..., None]
    ) -> None:
        """Prepare to run a resize.

        :param claim: The claim of the owner.
        :param run_flow: Runs a flow to its end. Its arguments are a function
            that makes the flow, the arguments of that function, and the
            flow's store.
        """
        self._owned = claim
        self._run_flow = run_flow
        #: The claim of the runner, between two flows.
        self._claim = claim
        #: Whether another worker began to clean up.
        self._resumes_clean_up = False

    def resume(self) -> None:
        """Run a resize that was taken over to its end."""
        resize = self._acquire()
        if resize is not None:
            self._resumes_clean_up = (
                rows.get_step(resize) == phases.CLEANING_UP
            )
            transaction.run(progress.resume, self._claim)
        self.run_to_end()

    def run_to_end(self) -> None:
        """Run one flow after the other until the resize has ended."""
        flows = {
            phases.BUILDING: self._build,
            phases.DRAINING: self._drain,
            phases.SWITCHING: self._switch,
            phases.CLEANING_UP: self._clean_up,
            phases.ROLLING_BACK: self._roll_back,
            phases.CANCELLING_BUILDING: self._stop_build,
            phases.CANCELLING_ROLLING_BACK: self._roll_back,
        }
        seen = None
        while (resize := self._acquire()) is not None:
            step = rows.get_step(resize)
            seen_before, seen = seen, (step, resize.ready, resize.replaced)
            if seen == seen_before or step not in flows:
                if not self._give_up(resize):
                    break
                continue
            try:
                flows[step](resize)
            except Exception:
                # Another worker continues.
                if rows.get_rule(resize).new_serve:
                    raise
                self._note_failure(resize)
        self._report_end()

    def _acquire(self) -> models.Resize | None:
        """Become the runner of the resize.

        :returns: None if the resize has ended, or another worker owns it.
        """
        claim = transaction.run(ownership.acquire, self._owned)
        if claim is None:
            return None
        self._claim = claim
        return transaction.run(self._lock)

    def _lock(self, session: orm.Session) -> models.Resize | None:
        resize = ownership.lock_unless_changed(session, self._claim)
        if resize is not None:
            session.flush()
            session.expunge(resize)
        return resize

    def _note_failure(self, resize: models.Resize) -> None:
        """Begin the rollback because of the present exception."""
        causes = _get_causes()
        explained = fences.explain(causes)
        if explained[0] is None:
            LOG.info('%s', causes[0].exception_str)
        else:
            LOG.error(
                'A step of the resize of load balancer %s failed',
                self._claim.load_balancer_id,
                exc_info=next(
                    cause
                    for cause in causes
                    if not cause.check(fences.Stopped)
                ).exc_info,
            )
            if (
                reasons.NO_AMPHORA in explained[0]
                and len(_get_roles(resize)) > 1
                and opts.get_build_together(CONF) == opts.TOGETHER
            ):
                LOG.error(
                    'If there was no room for two more servers: with '
                    '[octavia_resize] build_together = false, or auto, one is '
                    'built after the other'
                )
        claim = transaction.run(ownership.acquire, self._owned)
        if claim is not None:
            transaction.run(rollback.begin, claim, *explained)

    def _give_up(self, resize: models.Resize) -> bool:
        """Roll back a resize whose flow has ended without a result.

        :returns: Whether there is a rollback; else the resize has failed.
        """
        explained = (
            reasons.UNKNOWN,
            f'The flow for {resize.phase} has ended without a result',
        )
        if rows.get_rule(resize).rollback not in (None, rows.get_step(resize)):
            return transaction.run(rollback.begin, self._claim, *explained)
        transaction.run(progress.fail, self._claim, *explained)
        return False

    def _report_end(self) -> None:
        resize = transaction.run(self._read)
        if resize is None or resize.owner != self._owned.owner:
            LOG.info(
                'Resize %s of load balancer %s is owned by another worker',
                self._owned.resize_id,
                self._owned.load_balancer_id,
            )
            return
        LOG.info(
            'Resize of load balancer %s from flavor %s to %s ended: %s',
            self._owned.load_balancer_id,
            resize.previous_flavor_id,
            resize.new_flavor_id,
            resize.state,
        )
        if resize.state in notifications.END_EVENTS:
            notifications.send_if_wanted(
                notifications.END_EVENTS[resize.state], resize
            )

    def _read(self, session: orm.Session) -> models.Resize | None:
        resize = repository.ResizeRepository().get_by_id(
            session, self._owned.resize_id
        )
        if resize is not None:
            session.expunge(resize)
        return resize

    # Building

    def _build(self, resize: models.Resize) -> None:
        if resize.is_built:
            if not resize.drain_seconds:
                transaction.run(progress.begin_switch, self._claim)
            elif transaction.run(progress.begin_drain, self._claim):
                self._drain(resize)
            return
        if (
            len(resize.ready) == 1
            and not resize.replaced
            and len(resize.amphorae) > 1
        ):
            self._delete_standby(resize)
            return
        if resize.one_by_one and not resize.ready:
            LOG.warning(
                'There was no room for two more servers: the new amphorae of '
                'load balancer %s are built one after the other',
                self._claim.load_balancer_id,
            )
        lb = loading.get_full_load_balancer(self._claim.load_balancer_id)
        lb_dict, store = arguments.get_build_arguments(
            self._claim, lb, resize.new_flavor_id
        )
        self._run_flow(
            build.get_build_flow,
            self._owned._asdict(),
            {role: uuidutils.generate_uuid() for role in _get_roles(resize)},
            lb_dict,
            vip_move.choose(lb).isolates,
            store=store,
        )

    def _stop_build(self, resize: models.Resize) -> None:
        transaction.run(rollback.begin, self._claim)

    def _delete_standby(self, resize: models.Resize) -> None:
        """Delete the old standby, to make room for the second new amphora."""
        lb = loading.get_load_balancer(self._claim.load_balancer_id)
        old_id = standby.find_old(lb, resize)
        if transaction.run(progress.note_replaced, self._claim, old_id):
            self._run_flow(
                delete.get_clean_up_flow,
                self._owned._asdict(),
                arguments.get_amphora_dicts(lb, [old_id]),
                store=arguments.get_store(self._claim),
            )

    # Draining

    def _drain(self, resize: models.Resize) -> None:
        draining.drain(self._claim, resize)
        transaction.run(progress.begin_switch, self._claim)

    # Switching

    def _switch(self, resize: models.Resize) -> None:
        lb = loading.get_load_balancer(self._claim.load_balancer_id)
        new = arguments.get_new_amphora_dicts(lb, resize)
        how = vip_move.choose(lb)
        self._run_flow(
            switch.get_switch_flow,
            self._owned._asdict(),
            arguments.get_flavor(lb, resize.new_flavor_id),
            arguments.get_amphora_dicts(lb, resize.get_kept()),
            new,
            how,
            arguments.shares_sessions(lb),
            arguments.get_check_seconds(lb),
            how.isolates and vip_move.checks_with_vip(lb),
            store=arguments.get_switch_store(self._claim),
        )

    # Cleaning up

    def _clean_up(self, resize: models.Resize) -> None:
        old = arguments.get_amphora_dicts(
            loading.get_load_balancer(self._claim.load_balancer_id),
            resize.amphorae,
        )
        if old:
            half_built = orphans.get_half_built(old)
            if self._resumes_clean_up:
                self._end_switch(resize, old)
            try:
                build_slots.release_all(half_built)
                self._run_flow(
                    delete.get_clean_up_flow,
                    self._owned._asdict(),
                    old,
                    store=arguments.get_store(self._claim),
                )
                orphans.delete(half_built)
            except Exception:
                LOG.exception(
                    'Old amphorae of load balancer %s could not be deleted',
                    self._claim.load_balancer_id,
                )
        if self._acquire() is not None:
            transaction.run(self._complete, list(resize.amphorae))

    def _end_switch(
        self, resize: models.Resize, old: list[dict[str, Any]]
    ) -> None:
        """Do what another worker may not have done. A failure is logged."""
        try:
            lb = loading.get_load_balancer(self._claim.load_balancer_id)
            self._run_flow(
                switch.get_end_flow,
                self._owned._asdict(),
                old,
                arguments.get_new_amphora_dicts(lb, resize),
                arguments.shares_sessions(lb),
                store=arguments.get_switch_store(self._claim),
            )
        except Exception:
            LOG.exception(
                'The switch of load balancer %s did not end',
                self._claim.load_balancer_id,
            )

    def _complete(self, session: orm.Session, old_ids: list[str]) -> None:
        load_balancer_id = self._claim.load_balancer_id
        rows.lock_load_balancer(session, load_balancer_id)
        present = rows.get_amphora_statuses(session, load_balancer_id)
        left = [i for i in old_ids if i in present]
        explained = (
            (reasons.NOT_DELETED, 'Not deleted: ' + ', '.join(left))
            if left
            else (None, None)
        )
        if progress.complete(session, self._claim, *explained):
            progress.mark_children_active(session, load_balancer_id)

    # Rolling back

    def _roll_back(self, resize: models.Resize) -> None:
        failed: tuple[str, str] | tuple[None, None] = (None, None)
        try:
            faults = self._run_rollback(resize)
            # The standby that an earlier rollback has rebuilt serves.
            orphans.delete({*resize.new_amphorae} - {resize.standby_id})
            retirement.check(faults)
        except Exception:
            LOG.exception(
                'The rollback of load balancer %s failed',
                self._claim.load_balancer_id,
            )
            failed = fences.explain(_get_causes())
        if self._acquire() is not None:
            why, detail = failed
            transaction.run(
                rollback.end,
                self._claim,
                why,
                detail,
                opts.get_build_together(CONF) == opts.AUTO,
            )

    def _run_rollback(self, resize: models.Resize) -> dict[str, str]:
        """Restore the old amphorae, and delete the new ones.

        :returns: The faults of old amphorae by ID; empty if all serve.
        """
        build_slots.release_all({*resize.new_amphorae, *resize.amphorae})
        lb = loading.get_full_load_balancer(self._claim.load_balancer_id)
        if lb is None:
            return {}
        present = {
            one.id
            for one in lb.amphorae
            if one.status != octavia_constants.DELETED
        }
        surplus = present & {*resize.new_amphorae, *resize.replaced} - {
            resize.standby_id
        }
        faults = retirement.restore(self._claim, sorted(surplus))
        replace = None
        if (
            resize.reason != reasons.CHANGED
            and resize.replaced
            and resize.standby_id not in present
        ):
            replace = standby.find_new(lb, resize, sorted(surplus))
            surplus.remove(replace[octavia_constants.ID])
        if not surplus and replace is None:
            return faults
        lb_dict, store = arguments.get_build_arguments(
            self._claim,
            lb,
            resize.previous_flavor_id,
            # Octavia would leave out a listener, on the old master as well.
            must_have_secrets=replace is not None,
        )
        store[octavia_constants.VIP] = lb.vip.to_dict()
        store[octavia_constants.ADDITIONAL_VIPS] = [
            vip.to_dict() for vip in lb.additional_vips
        ]
        self._run_flow(
            delete.get_rollback_flow,
            self._owned._asdict(),
            arguments.get_amphora_dicts(lb, surplus),
            replace,
            uuidutils.generate_uuid(),
            lb_dict,
            store=store,
        )
        return faults


def _get_causes() -> list[failure.Failure]:
    """Return the failures that caused the present exception.

    They are several if both amphorae of a pair have failed.
    """
    cause = failure.Failure()
    if cause.check(taskflow_exceptions.WrappedFailure):
        return list(cause.exception)
    return [cause]


def _get_roles(resize: models.Resize) -> list[str]:
    """Return the roles of the amphorae to build next."""
    if resize.amphorae_to_build == 1:
        return _SINGLE
    if resize.ready:
        return [octavia_constants.ROLE_MASTER]
    if resize.one_by_one or opts.get_build_together(CONF) == opts.ONE_BY_ONE:
        return [octavia_constants.ROLE_BACKUP]
    return [octavia_constants.ROLE_MASTER, octavia_constants.ROLE_BACKUP]
