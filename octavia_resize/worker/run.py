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

"""One resize, from where its record says it is, to its end."""

from collections.abc import Callable

from octavia.common import constants as octavia_constants
from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_log import log as logging
from sqlalchemy import orm
from taskflow import exceptions as taskflow_exceptions
from taskflow.types import failure

from octavia_resize import constants
from octavia_resize import notifications
from octavia_resize import reason
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rows
from octavia_resize.worker import amphora
from octavia_resize.worker import arguments
from octavia_resize.worker import build_slots
from octavia_resize.worker import handover
from octavia_resize.worker import leftovers
from octavia_resize.worker import retirement
from octavia_resize.worker import standby
from octavia_resize.worker.flows import build
from octavia_resize.worker.flows import delete
from octavia_resize.worker.flows import switch
from octavia_resize.worker.tasks import record

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


_SINGLE = [octavia_constants.ROLE_STANDALONE]


class Run:
    """Runs the flows of one resize for its owner.

    What comes next is read from the record after each flow. So a worker that
    takes a resize over goes on where the one before has stopped, and one
    that has lost a resize stops.
    """

    def __init__(
        self, claim: ownership.Claim, run_flow: Callable[..., None]
    ) -> None:
        """Prepare to run a resize.

        :param claim: What names the resize and its owner.
        :param run_flow: Runs a flow to its end; takes a function that makes
            the flow, the arguments of that function, and the flow's store.
        """
        self._claim = claim
        self._run_flow = run_flow
        self._resizes = repository.ResizeRepository()

    def go_on(self) -> None:
        """Run one flow after the other until the resize has ended."""
        steps = {
            constants.PHASE_BUILDING: self._build,
            constants.PHASE_SWITCHING: self._switch,
            constants.PHASE_CLEANING_UP: self._clean_up,
            constants.PHASE_GOING_BACK: self._roll_back,
        }
        seen = None
        while (resize := self._get_owned()) is not None:
            seen_before, seen = (
                seen,
                (
                    resize.state,
                    resize.phase,
                    resize.amphorae_built,
                    resize.replaced,
                ),
            )
            if seen == seen_before or resize.phase not in steps:
                self._fail(
                    reason.UNKNOWN,
                    f'The flow for {resize.phase} has ended without a result',
                )
                break
            try:
                steps[resize.phase](resize)
            except Exception:
                # The new amphorae serve: there is no rollback, and another
                # worker goes on.
                if resize.phase == constants.PHASE_CLEANING_UP:
                    raise
                self._note_failure(resize)
        self._tell_end()

    def _get_owned(self) -> models.Resize | None:
        """Return the resize, or None if it has ended or is others'."""
        resize = transaction.make_persistently(self._read)
        if (
            resize is None
            or resize.owner != self._claim.owner
            or resize.state not in constants.IN_PROGRESS_STATES
        ):
            return None
        return resize

    def _read(self, session: orm.Session) -> models.Resize | None:
        resize = self._resizes.get_by_id(session, self._claim.resize_id)
        if resize is not None:
            session.expunge(resize)
        return resize

    def _note_failure(self, resize: models.Resize) -> None:
        """Begin the rollback, because of the exception that is handled."""
        causes = _get_causes()
        failures = [c for c in causes if not c.check(record.Stopped)]
        explained: tuple[str, str] | tuple[None, None] = (None, None)
        if not failures:
            LOG.info('%s', causes[0].exception_str)
        else:
            LOG.error(
                'A step of the resize of load balancer %s failed',
                self._claim.load_balancer_id,
                exc_info=failures[0].exc_info,
            )
            explained = reason.explain(failures)
            if (
                reason.NO_AMPHORA in explained[0]
                and len(_get_roles(resize)) > 1
            ):
                LOG.error(
                    'If there was no room for two more servers: with '
                    '[octavia_resize] build_together = false one is built '
                    'after the other'
                )
        transaction.make_persistently(
            progress.begin_rollback, self._claim, *explained
        )

    def _fail(self, why: str, detail: str) -> None:
        transaction.make_persistently(progress.fail, self._claim, why, detail)

    def _tell_end(self) -> None:
        with db_apis.session().begin() as session:
            resize = self._read(session)
        if resize is None or resize.owner != self._claim.owner:
            LOG.info(
                'Resize %s of load balancer %s is in other hands',
                self._claim.resize_id,
                self._claim.load_balancer_id,
            )
            return
        LOG.info(
            'Resize of load balancer %s from flavor %s to %s ended: %s',
            self._claim.load_balancer_id,
            resize.previous_flavor_id,
            resize.new_flavor_id,
            resize.state,
        )
        notifications.send_if_wanted(
            notifications.END_EVENTS[resize.state], resize
        )

    # Building

    def _build(self, resize: models.Resize) -> None:
        if resize.state == constants.CANCELLING:
            with db_apis.session().begin() as session:
                progress.begin_rollback(session, self._claim)
            return
        missing = resize.amphorae_to_build - resize.amphorae_built
        if not missing:
            with db_apis.session().begin() as session:
                progress.begin_switch(session, self._claim)
            return
        if (
            resize.amphorae_built == missing == 1
            and not resize.replaced
            and len(resize.amphorae) > 1
        ):
            self._delete_standby(resize)
            return
        lb = arguments.get_load_balancer(self._claim.load_balancer_id)
        lb_dict, store = arguments.get_build_arguments(
            self._claim, lb, resize.new_flavor_id, with_secrets=True
        )
        self._run_flow(
            build.get_build_flow,
            _get_roles(resize),
            lb_dict,
            handover.choose(lb).isolates,
            store=store,
        )

    def _delete_standby(self, resize: models.Resize) -> None:
        """Make room for the second new amphora of a pair."""
        lb = amphora.load(self._claim.load_balancer_id)
        old_id = standby.find_old(lb, resize)
        with db_apis.session().begin() as session:
            if not progress.replace(session, self._claim, old_id):
                return
        self._run_flow(
            delete.get_clean_up_flow,
            arguments.get_amphorae(lb, [old_id]),
            store=arguments.get_store(self._claim),
        )

    # Switching

    def _switch(self, resize: models.Resize) -> None:
        lb = amphora.load(self._claim.load_balancer_id)
        new = sorted(
            arguments.get_amphorae(lb, resize.built),
            key=lambda a: a[octavia_constants.ROLE],
            reverse=True,
        )
        store = arguments.get_store(self._claim)
        store[octavia_constants.LOADBALANCER] = {
            octavia_constants.LOADBALANCER_ID: lb.id
        }
        self._run_flow(
            switch.get_switch_flow,
            arguments.get_flavor(lb, resize.new_flavor_id),
            arguments.get_amphorae(lb, resize.get_kept()),
            new,
            handover.choose(lb),
            arguments.shares_sessions(lb),
            arguments.get_check_seconds(lb),
            store=store,
        )

    # Cleaning up

    def _clean_up(self, resize: models.Resize) -> None:
        old = arguments.get_amphorae(
            amphora.load(self._claim.load_balancer_id), resize.amphorae
        )
        if old:
            try:
                self._run_flow(
                    delete.get_clean_up_flow,
                    old,
                    store=arguments.get_store(self._claim),
                )
            except Exception:
                LOG.exception(
                    'Old amphorae of load balancer %s could not be deleted',
                    self._claim.load_balancer_id,
                )
        transaction.make_persistently(self._complete, list(resize.amphorae))

    def _complete(self, session: orm.Session, old_ids: list[str]) -> None:
        load_balancer_id = self._claim.load_balancer_id
        present = rows.get_amphorae(session, load_balancer_id)
        left = [i for i in old_ids if i in present]
        explained = (
            (reason.LEFT_OVER, 'Not deleted: ' + ', '.join(left))
            if left
            else (None, None)
        )
        if progress.complete(session, self._claim, *explained):
            progress.mark_children_active(session, load_balancer_id)

    # Going back

    def _roll_back(self, resize: models.Resize) -> None:
        try:
            faults = self._run_rollback(resize)
            leftovers.delete(resize.built)
            retirement.check(faults)
        except Exception:
            LOG.exception(
                'The rollback of load balancer %s failed',
                self._claim.load_balancer_id,
            )
            self._fail(*reason.explain(_get_causes()))
            return
        transaction.make_persistently(progress.end_rollback, self._claim)

    def _run_rollback(self, resize: models.Resize) -> dict[str, str]:
        """Undo what was built.

        :returns: What :func:`retirement.restore` has.
        """
        for amphora_id in resize.built:
            transaction.make_persistently(build_slots.release, amphora_id)
        lb = arguments.get_load_balancer(self._claim.load_balancer_id)
        if lb is None:
            return {}
        is_ours = resize.reason != reason.CHANGED
        present = {
            amphora.id: amphora.status
            for amphora in lb.amphorae
            if amphora.status != octavia_constants.DELETED
        }
        kept = resize.get_kept()
        surplus_ids = [
            i
            for i in present
            if i in resize.built or (is_ours and i not in kept)
        ]
        faults = {}
        if is_ours and {i: present.get(i) for i in kept} != kept:
            faults = retirement.restore(self._claim, surplus_ids)
        replace = None
        if is_ours and resize.replaced:
            replace = standby.find_new(lb, resize, surplus_ids)
            surplus_ids.remove(replace[octavia_constants.ID])
        if not surplus_ids and replace is None:
            return faults
        lb_dict, store = arguments.get_build_arguments(
            self._claim,
            lb,
            resize.previous_flavor_id,
            with_secrets=replace is not None,
        )
        store[octavia_constants.VIP] = lb.vip.to_dict()
        store[octavia_constants.ADDITIONAL_VIPS] = [
            vip.to_dict() for vip in lb.additional_vips
        ]
        self._run_flow(
            delete.get_rollback_flow,
            arguments.get_amphorae(lb, surplus_ids),
            replace,
            lb_dict,
            store=store,
        )
        return faults


def _get_causes() -> list[failure.Failure]:
    """Return the failures behind the exception that is handled.

    They are several where both amphorae of a pair have failed.
    """
    cause = failure.Failure()
    if cause.check(taskflow_exceptions.WrappedFailure):
        return list(cause.exception)
    return [cause]


def _get_roles(resize: models.Resize) -> list[str]:
    """Return the roles of the amphorae to build next."""
    if resize.amphorae_to_build == 1:
        return _SINGLE
    if resize.amphorae_built == 1:
        return [octavia_constants.ROLE_MASTER]
    if not CONF.octavia_resize.build_together:
        return [octavia_constants.ROLE_BACKUP]
    return [octavia_constants.ROLE_MASTER, octavia_constants.ROLE_BACKUP]
