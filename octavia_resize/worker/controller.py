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


"""Runs the resizes that the API has queued."""

from collections.abc import Collection
from typing import Any

from octavia.api.drivers import utils as provider_utils
from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2 import controller_worker
from octavia.db import api as db_apis
from octavia.db import models as octavia_models
from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import log as logging
import sqlalchemy as sa
from taskflow.types import failure
import tenacity

from octavia_resize import constants
from octavia_resize import lifecycle
from octavia_resize import notifications
from octavia_resize import reason
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.worker import claims
from octavia_resize.worker import flows
from octavia_resize.worker import jobboard
from octavia_resize.worker import old_amphora
from octavia_resize.worker import switch
from octavia_resize.worker import tasks

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class ResizeWorker(controller_worker.ControllerWorker):
    """Octavia's controller worker, for resizes.

    What comes next is read from the record after each flow. So a worker that
    takes a resize over goes on where the one before has stopped, and one
    that has lost a resize stops.
    """

    def __init__(self) -> None:
        super().__init__()
        self.resizes = repository.ResizeRepository()
        self.claims = claims.Claims()

    def resize_load_balancer(
        self, load_balancer_id: str, resize_id: str
    ) -> None:
        """Run a queued resize to its end.

        Does nothing if it was cancelled meanwhile or is run already, or if
        this worker is about to stop. A failure is recorded, not raised; if
        the database stays away for that, another worker takes over.

        :param load_balancer_id: UUID of the load balancer.
        :param resize_id: UUID of the resize.
        """
        if self.claims.is_closed:
            LOG.info(
                'Resize %s of load balancer %s is left to another worker: '
                'this one is about to stop.',
                resize_id,
                load_balancer_id,
            )
            return
        claim = lifecycle.Claim(
            load_balancer_id, resize_id, self.claims.make_owner()
        )
        with self.claims.held(claim):
            resize = self._take(claim)
            if resize is not None:
                notifications.send_if_wanted(notifications.START, resize)
                self._carry_on(claim)

    def recover(self, resize: models.Resize, claim: lifecycle.Claim) -> None:
        """See to the end of a resize that another worker has left.

        :param resize: The resize as it was left.
        :param claim: What the caller got when it took the resize over.
        """
        # Every line of this thread's log names the request by it.
        oslo_context.RequestContext(
            request_id=resize.request_id,
            resource_uuid=resize.load_balancer_id,
        )
        LOG.warning(
            'Resize %s of load balancer %s is %s (%s) and its worker shows '
            'no sign of life. Taking it over.',
            resize.id,
            resize.load_balancer_id,
            resize.state,
            resize.phase,
        )
        if resize.state == constants.QUEUED:
            self.resize_load_balancer(resize.load_balancer_id, resize.id)
            return
        if CONF.task_flow.jobboard_enabled and claim.owner == resize.owner:
            with self.claims.held(claim):
                self.services_controller.wait_for_resize(resize.id)
            claim = claim._replace(owner=self.claims.make_owner())
        with self.claims.held(claim):
            self._begin_recovery(claim, resize.owner)
            self._carry_on(claim)

    @transaction.repeated
    def _begin_recovery(
        self, claim: lifecycle.Claim, previous_owner: str | None
    ) -> None:
        """Go back if new amphorae were being built; else go on."""
        with db_apis.session().begin() as session:
            resize = lifecycle.hold(
                session, claim._replace(owner=previous_owner)
            ) or lifecycle.hold(session, claim)
            if resize is None:
                return
            resize.owner = claim.owner
            session.flush()
            if (
                resize.phase == constants.PHASE_BUILDING
                and resize.amphorae_built < resize.amphorae_to_build
            ):
                lifecycle.go_back(session, claim, reason.WORKER_STOPPED)

    @property
    def services_controller(self) -> jobboard.ServiceController:
        return jobboard.ServiceController(self.jobboard_driver)

    def _take(self, claim: lifecycle.Claim) -> models.Resize | None:
        """Claim a queued resize for this worker."""
        retrying = transaction.retrying(
            retry=(
                tenacity.retry_if_result(lambda found: found is None)
                | tenacity.retry_if_exception_type()
            )
        )
        try:
            resize, is_taken = retrying(self._start, claim)
        except tenacity.RetryError as e:
            if e.last_attempt.failed:
                LOG.error(
                    'Resize %s of load balancer %s has not begun, and will be '
                    'taken over: %s',
                    claim.resize_id,
                    claim.load_balancer_id,
                    e.last_attempt.exception(),
                )
                return None
            LOG.warning(
                'Resize %s of load balancer %s is not in the database: the '
                'API has not committed it. Nothing was changed.',
                claim.resize_id,
                claim.load_balancer_id,
            )
            return None
        if not is_taken:
            LOG.info(
                'Resize %s of load balancer %s is no longer queued, '
                'skipping it.',
                claim.resize_id,
                claim.load_balancer_id,
            )
            return None
        return resize

    @transaction.repeated
    def _start(
        self, claim: lifecycle.Claim
    ) -> tuple[models.Resize, bool] | None:
        """Return the resize, if it is there, and whether this took it."""
        with db_apis.session().begin() as session:
            taken = lifecycle.start(session, claim)
            resize = taken or self.resizes.get_by_id(session, claim.resize_id)
            if resize is None:
                return None
            session.flush()
            session.expunge(resize)
            return resize, taken is not None

    def _carry_on(self, claim: lifecycle.Claim) -> None:
        """Run one flow after the other until the resize has ended."""
        steps = {
            constants.PHASE_BUILDING: self._build,
            constants.PHASE_SWITCHING: self._switch,
            constants.PHASE_CLEANING_UP: self._clean_up,
            constants.PHASE_GOING_BACK: self._go_back,
        }
        done = None
        while (resize := self._get_owned(claim)) is not None:
            progress = (
                resize.state,
                resize.phase,
                resize.amphorae_built,
                resize.replaced,
            )
            if progress == done or resize.phase not in steps:
                lifecycle.fail(
                    claim,
                    reason.UNKNOWN,
                    f'The flow for {resize.phase} has ended without a result',
                )
                break
            done = progress
            try:
                steps[resize.phase](claim, resize)
            except Exception:
                # The new amphorae serve: there is no way back, and another
                # worker goes on.
                if resize.phase == constants.PHASE_CLEANING_UP:
                    raise
                self._note_failure(claim)
        self._tell_end(claim)

    def _get_owned(self, claim: lifecycle.Claim) -> models.Resize | None:
        """Return the resize, or None if it has ended or is others'."""
        for attempt in transaction.retrying(reraise=True):
            with attempt, db_apis.session().begin() as session:
                resize = self.resizes.get_by_id(session, claim.resize_id)
                if resize is not None:
                    session.expunge(resize)
        if (
            resize is None
            or resize.owner != claim.owner
            or resize.state not in constants.IN_PROGRESS_STATES
        ):
            return None
        return resize

    def _note_failure(self, claim: lifecycle.Claim) -> None:
        """Begin the way back; a failure of the way back is the end."""
        cause = failure.Failure()
        if cause.check(tasks.Stopped):
            LOG.info('%s', cause.exception_str)
            explained: tuple[str, str] | tuple[None, None] = (None, None)
        else:
            LOG.error(
                'A step of the resize of load balancer %s failed',
                claim.load_balancer_id,
                exc_info=cause.exc_info,
            )
            explained = reason.explain([cause])
        for attempt in transaction.retrying(reraise=True):
            with attempt, db_apis.session().begin() as session:
                lifecycle.go_back(session, claim, *explained)

    # Steps

    def _build(self, claim: lifecycle.Claim, resize: models.Resize) -> None:
        if resize.state == constants.CANCELLING:
            with db_apis.session().begin() as session:
                lifecycle.go_back(session, claim)
            return
        missing = resize.amphorae_to_build - resize.amphorae_built
        if not missing:
            with db_apis.session().begin() as session:
                lifecycle.begin_switch(session, claim)
            return
        if (
            resize.amphorae_built == missing == 1
            and not resize.replaced
            and len(resize.amphorae) > 1
        ):
            self._delete_standby(claim, resize)
            return
        lb_dict, store = self._get_arguments(
            claim,
            self._get_load_balancer(claim),
            resize.new_flavor_id,
            with_secrets=True,
        )
        self.run_flow(
            flows.get_build_flow,
            self._get_roles(resize),
            lb_dict,
            store=store,
        )

    def _get_roles(self, resize: models.Resize) -> list[str]:
        """Return the roles of the amphorae to build next."""
        if resize.amphorae_to_build == 1:
            return [octavia_constants.ROLE_STANDALONE]
        if resize.amphorae_built == 1:
            return [octavia_constants.ROLE_MASTER]
        if not CONF.octavia_resize.build_together:
            return [octavia_constants.ROLE_BACKUP]
        return [octavia_constants.ROLE_MASTER, octavia_constants.ROLE_BACKUP]

    def _delete_standby(
        self, claim: lifecycle.Claim, resize: models.Resize
    ) -> None:
        """Make room for the second new amphora of a pair."""
        lb = old_amphora.load(claim.load_balancer_id)
        old = old_amphora.select(lb, resize.amphorae)
        standby = next((a.id for a in old if not a.holds_vip()), old[-1].id)
        with db_apis.session().begin() as session:
            if not lifecycle.replace(session, claim, standby):
                return
        self.run_flow(
            flows.get_clean_up_flow,
            _select(lb, [standby]),
            store=_get_store(claim),
        )

    def _switch(self, claim: lifecycle.Claim, resize: models.Resize) -> None:
        lb = old_amphora.load(claim.load_balancer_id)
        new = sorted(
            _select(lb, resize.built),
            key=lambda a: a[octavia_constants.ROLE],
            reverse=True,
        )
        store = _get_store(claim)
        store[octavia_constants.LOADBALANCER] = {
            octavia_constants.LOADBALANCER_ID: lb.id
        }
        self.run_flow(
            flows.get_switch_flow,
            self._get_flavor(lb, resize.new_flavor_id),
            _select(lb, resize.get_kept()),
            new,
            store=store,
        )

    def _clean_up(self, claim: lifecycle.Claim, resize: models.Resize) -> None:
        old = _select(
            old_amphora.load(claim.load_balancer_id), resize.amphorae
        )
        if old:
            try:
                self.run_flow(
                    flows.get_clean_up_flow, old, store=_get_store(claim)
                )
            except Exception:
                LOG.exception(
                    'Old amphorae of load balancer %s could not be deleted',
                    claim.load_balancer_id,
                )
        self._complete(claim, list(resize.amphorae))

    def _complete(self, claim: lifecycle.Claim, old_ids: list[str]) -> None:
        for attempt in transaction.retrying(reraise=True):
            with attempt:
                self._complete_once(claim, old_ids)

    @transaction.repeated
    def _complete_once(
        self, claim: lifecycle.Claim, old_ids: list[str]
    ) -> None:
        with db_apis.session().begin() as session:
            present = lifecycle.get_amphorae(session, claim.load_balancer_id)
            left = [i for i in old_ids if i in present]
            explained = (
                (reason.LEFT_OVER, 'Not deleted: ' + ', '.join(left))
                if left
                else (None, None)
            )
            if lifecycle.complete(session, claim, *explained):
                lifecycle.mark_children_active(session, claim.load_balancer_id)

    def _go_back(self, claim: lifecycle.Claim, resize: models.Resize) -> None:
        try:
            self._run_way_back(claim, resize)
        except Exception:
            LOG.exception(
                'The way back of load balancer %s failed',
                claim.load_balancer_id,
            )
            explained = reason.explain([failure.Failure()])
            lifecycle.fail(claim, *explained)
            return
        self._end_way_back(claim)

    @transaction.repeated
    def _end_way_back(self, claim: lifecycle.Claim) -> None:
        with db_apis.session().begin() as session:
            lifecycle.end_way_back(session, claim)

    def _run_way_back(
        self, claim: lifecycle.Claim, resize: models.Resize
    ) -> None:
        lb = self._get_load_balancer(claim)
        if lb is None:
            return
        is_ours = resize.reason != reason.CHANGED
        present = {
            amphora.id: amphora.status
            for amphora in lb.amphorae
            if amphora.status != octavia_constants.DELETED
        }
        surplus_ids = [
            i
            for i in present
            if i in resize.built or (is_ours and i not in resize.amphorae)
        ]
        kept = resize.get_kept()
        if is_ours and {i: present.get(i) for i in kept} != kept:
            switch.give_back(claim, surplus_ids)
        replace = None
        if is_ours and resize.replaced:
            replace = self._find_new_standby(lb, resize)
            surplus_ids.remove(replace[octavia_constants.ID])
        if not surplus_ids and replace is None:
            return
        lb_dict, store = self._get_arguments(
            claim,
            lb,
            resize.previous_flavor_id,
            with_secrets=replace is not None,
        )
        store[octavia_constants.VIP] = lb.vip.to_dict()
        store[octavia_constants.ADDITIONAL_VIPS] = [
            vip.to_dict() for vip in lb.additional_vips
        ]
        self.run_flow(
            flows.get_go_back_flow,
            _select(lb, surplus_ids),
            replace,
            lb_dict,
            store=store,
        )

    def _find_new_standby(
        self, lb: octavia_models.LoadBalancer, resize: models.Resize
    ) -> dict[str, Any]:
        for amphora in _select(lb, resize.built):
            if amphora[octavia_constants.ROLE] == (
                octavia_constants.ROLE_BACKUP
            ):
                return amphora
        raise RuntimeError('There is no new standby to build the old one from')

    # What flows take

    def _get_load_balancer(
        self, claim: lifecycle.Claim
    ) -> octavia_models.LoadBalancer:
        session = db_apis.get_session()
        with session.begin():
            return self._lb_repo.get(session, id=claim.load_balancer_id)

    def _get_flavor(
        self, lb: octavia_models.LoadBalancer, flavor_id: str | None
    ) -> dict[str, Any]:
        flavor: dict[str, Any] = {}
        if flavor_id:
            with db_apis.session().begin() as session:
                flavor = self._flavor_repo.get_flavor_metadata_dict(
                    session, flavor_id
                )
        # The amphorae are configured by it, also where the flavor leaves
        # the topology to the configuration.
        flavor[octavia_constants.LOADBALANCER_TOPOLOGY] = lb.topology
        return flavor

    def _get_arguments(
        self,
        claim: lifecycle.Claim,
        lb: octavia_models.LoadBalancer,
        flavor_id: str | None,
        with_secrets: bool = False,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what Octavia's failover flows take, for a given flavor.

        :param with_secrets: Whether to fetch the certificates of listeners,
            which new amphorae need.
        :returns: The load balancer's provider dict and the flow's store.
        """
        flavor = self._get_flavor(lb, flavor_id)
        availability_zone: dict[str, Any] = {}
        if lb.availability_zone:
            with db_apis.session().begin() as session:
                availability_zone = (
                    self._az_repo.get_availability_zone_metadata_dict(
                        session, lb.availability_zone
                    )
                )
        lb_dict = provider_utils.db_loadbalancer_to_provider_loadbalancer(
            lb, for_delete=not with_secrets
        ).to_dict()
        lb_dict[octavia_constants.FLAVOR] = flavor
        return lb_dict, {
            **_get_store(claim),
            octavia_constants.LOADBALANCER: lb_dict,
            octavia_constants.BUILD_TYPE_PRIORITY: (
                octavia_constants.LB_CREATE_FAILOVER_PRIORITY
            ),
            octavia_constants.SERVER_GROUP_ID: lb.server_group_id,
            octavia_constants.FLAVOR: flavor,
            octavia_constants.AVAILABILITY_ZONE: availability_zone,
        }

    # What others learn

    def _tell_end(self, claim: lifecycle.Claim) -> None:
        with db_apis.session().begin() as session:
            resize = self.resizes.get_by_id(session, claim.resize_id)
            if resize is not None:
                session.expunge(resize)
        if resize is None or resize.owner != claim.owner:
            LOG.info(
                'Resize %s of load balancer %s is in other hands',
                claim.resize_id,
                claim.load_balancer_id,
            )
            return
        LOG.info(
            'Resize of load balancer %s from flavor %s to %s ended: %s',
            claim.load_balancer_id,
            resize.previous_flavor_id,
            resize.new_flavor_id,
            resize.state,
        )
        event = {
            constants.COMPLETED: notifications.END,
            constants.CANCELLED: notifications.CANCEL,
            constants.FAILED: notifications.ERROR,
        }[resize.state]
        notifications.send_if_wanted(event, resize)


def _get_store(claim: lifecycle.Claim) -> dict[str, Any]:
    """Return what every flow of a resize takes."""
    return {
        octavia_constants.LOADBALANCER_ID: claim.load_balancer_id,
        constants.RESIZE_ID: claim.resize_id,
        constants.OWNER: claim.owner,
    }


def _select(
    lb: octavia_models.LoadBalancer, amphora_ids: Collection[str]
) -> list[dict[str, Any]]:
    """Return some amphorae that are not deleted, as flows take them.

    Octavia's own conversion is another one in each release, and has times,
    which no job on the jobboard can hold.
    """
    names = [
        column.name
        for column in octavia_models.Amphora.__table__.columns
        if not isinstance(column.type, sa.DateTime)
    ]
    return [
        {name: getattr(amphora, name) for name in names}
        for amphora in lb.amphorae
        if amphora.id in amphora_ids
        and amphora.status != octavia_constants.DELETED
    ]
