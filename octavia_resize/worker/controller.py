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

from collections.abc import Iterator
import contextlib
from typing import Any

from octavia.api.drivers import utils as provider_utils
from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2 import controller_worker
from octavia.db import api as db_apis
from octavia.db import models as octavia_models
from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import log as logging
from taskflow.types import failure
import tenacity

from octavia_resize import constants
from octavia_resize import notifications
from octavia_resize import outcome
from octavia_resize import reason
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.worker import flows
from octavia_resize.worker import jobboard
from octavia_resize.worker import way_back

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class ResizeWorker(controller_worker.ControllerWorker):
    """Octavia's controller worker, for resizes."""

    def __init__(self) -> None:
        super().__init__()
        self.resizes = repository.ResizeRepository()
        #: IDs of the resizes that this worker runs.
        self.running: set[str] = set()

    def resize_load_balancer(
        self, load_balancer_id: str, resize_id: str
    ) -> None:
        """Run a queued resize to its end.

        Does nothing if it was cancelled meanwhile or is run already. A failure
        is recorded, not raised; if the database stays away for that, another
        worker takes over.

        :param load_balancer_id: UUID of the load balancer.
        :param resize_id: UUID of the resize.
        """
        resize = self._take(load_balancer_id, resize_id)
        if resize is None:
            return
        with self._alive(resize_id):
            self._notify(notifications.START, resize)
            try:
                self._run_resize(resize)
            except Exception:
                LOG.exception(
                    'Resize of load balancer %s failed', load_balancer_id
                )
                outcome.fail(
                    resize_id,
                    constants.RUNNING,
                    *reason.explain([failure.Failure()]),
                )
            self._finish(load_balancer_id, resize_id)

    def recover(self, resize: models.Resize) -> None:
        """See to the end of a resize that another worker has left.

        :param resize: The resize, which the caller has taken over.
        """
        # Every line of this thread's log names the request by it.
        oslo_context.RequestContext(
            request_id=resize.request_id,
            resource_uuid=resize.load_balancer_id,
        )
        LOG.warning(
            'Resize %s of load balancer %s is %s and its worker shows no '
            'sign of life. Taking it over.',
            resize.id,
            resize.load_balancer_id,
            resize.state,
        )
        if resize.state == constants.QUEUED:
            self.resize_load_balancer(resize.load_balancer_id, resize.id)
            return
        with self._alive(resize.id):
            if CONF.task_flow.jobboard_enabled:
                self.services_controller.wait_for_resize(resize.id)
            outcome.fail(resize.id, constants.RUNNING, reason.WORKER_STOPPED)
            self._finish(resize.load_balancer_id, resize.id)

    @contextlib.contextmanager
    def _alive(self, resize_id: str) -> Iterator[None]:
        """Have signs of life written for a resize."""
        self.running.add(resize_id)
        try:
            yield
        finally:
            self.running.discard(resize_id)

    @property
    def services_controller(self) -> jobboard.ServiceController:
        return jobboard.ServiceController(self.jobboard_driver)

    def _take(
        self, load_balancer_id: str, resize_id: str
    ) -> models.Resize | None:
        """Claim a queued resize for this worker."""
        retrying = transaction.retrying(
            retry=(
                tenacity.retry_if_result(lambda found: found is None)
                | tenacity.retry_if_exception_type()
            )
        )
        try:
            resize, is_taken = retrying(self._start, resize_id)
        except tenacity.RetryError as e:
            if e.last_attempt.failed:
                LOG.error(
                    'Resize %s of load balancer %s has not begun, and will be '
                    'taken over: %s',
                    resize_id,
                    load_balancer_id,
                    e.last_attempt.exception(),
                )
                return None
            LOG.warning(
                'Resize %s of load balancer %s is not in the database: the '
                'API has not committed it. Nothing was changed.',
                resize_id,
                load_balancer_id,
            )
            return None
        if not is_taken:
            LOG.info(
                'Resize %s of load balancer %s is no longer queued, '
                'skipping it.',
                resize_id,
                load_balancer_id,
            )
            return None
        return resize

    @transaction.repeated
    def _start(self, resize_id: str) -> tuple[models.Resize, bool] | None:
        """Return the resize, if it is there, and whether this took it."""
        with db_apis.session().begin() as session:
            is_taken = outcome.start(session, resize_id)
            resize = self.resizes.get_by_id(session, resize_id)
            if resize is None:
                return None
            session.expunge(resize)
            return resize, is_taken

    @transaction.repeated
    def _record_amphorae(
        self, resize: models.Resize, amps: list[dict[str, Any]]
    ) -> bool:
        """Note the amphorae as they are, unless it was cancelled."""
        with db_apis.session().begin() as session:
            return self.resizes.transition(
                session,
                resize.id,
                (constants.RUNNING,),
                constants.RUNNING,
                amphorae={
                    amp[octavia_constants.ID]: amp[octavia_constants.STATUS]
                    for amp in amps
                },
            )

    def _run_resize(self, resize: models.Resize) -> None:
        session = db_apis.get_session()
        with session.begin():
            lb = self._lb_repo.get(session, id=resize.load_balancer_id)
        amps = self._get_amphorae_for_failover(lb)
        if not self._record_amphorae(resize, amps):
            LOG.info(
                'Resize of load balancer %s was cancelled before it began',
                resize.load_balancer_id,
            )
            return
        lb_dict, store = self._failover_arguments(
            lb, resize, resize.new_flavor_id
        )
        self.run_flow(
            flows.get_resize_load_balancer_flow, amps, lb_dict, store=store
        )

    def _failover_arguments(
        self,
        lb: octavia_models.LoadBalancer,
        resize: models.Resize,
        flavor_id: str | None,
        with_secrets: bool = True,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what Octavia's failover flows take, for a given flavor.

        :param with_secrets: Whether to fetch the certificates of listeners,
            which new amphorae need.
        :returns: The load balancer's provider dict and the flow's store.
        """
        session = db_apis.get_session()
        flavor: dict[str, Any] = {}
        availability_zone: dict[str, Any] = {}
        with session.begin():
            if flavor_id:
                flavor = self._flavor_repo.get_flavor_metadata_dict(
                    session, flavor_id
                )
            if lb.availability_zone:
                availability_zone = (
                    self._az_repo.get_availability_zone_metadata_dict(
                        session, lb.availability_zone
                    )
                )
        # The amphorae are configured by it, also where the flavor leaves
        # the topology to the configuration.
        flavor[octavia_constants.LOADBALANCER_TOPOLOGY] = lb.topology
        lb_dict = provider_utils.db_loadbalancer_to_provider_loadbalancer(
            lb, for_delete=not with_secrets
        ).to_dict()
        lb_dict[octavia_constants.FLAVOR] = flavor
        store = {
            constants.RESIZE_ID: resize.id,
            octavia_constants.LOADBALANCER: lb_dict,
            octavia_constants.LOADBALANCER_ID: lb.id,
            octavia_constants.BUILD_TYPE_PRIORITY: (
                octavia_constants.LB_CREATE_FAILOVER_PRIORITY
            ),
            octavia_constants.SERVER_GROUP_ID: lb.server_group_id,
            octavia_constants.FLAVOR: flavor,
            octavia_constants.AVAILABILITY_ZONE: availability_zone,
        }
        return lb_dict, store

    def _finish(self, load_balancer_id: str, resize_id: str) -> None:
        """Go back if it was cancelled, and tell how it ended."""
        resize = self._get(resize_id)
        if resize is not None and resize.state == constants.CANCELLING:
            try:
                self._run_cancel(resize)
            except Exception:
                LOG.exception(
                    'Cancel of the resize of load balancer %s failed',
                    load_balancer_id,
                )
                outcome.fail(
                    resize_id,
                    constants.CANCELLING,
                    *reason.explain([failure.Failure()]),
                )
            resize = self._get(resize_id)
        if resize is None:
            return
        LOG.info(
            'Resize of load balancer %s from flavor %s to %s ended: %s',
            load_balancer_id,
            resize.previous_flavor_id,
            resize.new_flavor_id,
            resize.state,
        )
        event = {
            constants.COMPLETED: notifications.END,
            constants.CANCELLED: notifications.CANCEL,
            constants.FAILED: notifications.ERROR,
        }.get(resize.state)
        if event:
            self._notify(event, resize)

    def _get(self, resize_id: str) -> models.Resize | None:
        with db_apis.session().begin() as session:
            resize = self.resizes.get_by_id(session, resize_id)
            if resize is not None:
                session.expunge(resize)
            return resize

    def _run_cancel(self, resize: models.Resize) -> None:
        session = db_apis.get_session()
        with session.begin():
            lb = self._lb_repo.get(session, id=resize.load_balancer_id)
        plan = way_back.find(
            resize.amphorae,
            resize.replaced,
            self._get_amphorae_for_failover(lb),
        )
        lb_dict, store = self._failover_arguments(
            lb,
            resize,
            resize.previous_flavor_id,
            with_secrets=plan.replaces,
        )
        if plan.replace_one is not None:
            store[octavia_constants.VIP] = lb.vip.to_dict()
            store[octavia_constants.ADDITIONAL_VIPS] = [
                vip.to_dict() for vip in lb.additional_vips
            ]
        store['amphora_statuses'] = plan.statuses
        store['port_ids'] = plan.ports
        store['final_status'] = (
            octavia_constants.ACTIVE
            if resize.replaced
            else resize.previous_status
        )
        self.run_flow(
            flows.get_cancel_resize_flow,
            plan.replace_all,
            lb_dict,
            plan.replace_one,
            plan.surplus,
            store=store,
        )

    def _notify(self, event_type: str, resize: models.Resize) -> None:
        if not notifications.are_sent():
            return
        try:
            with db_apis.session().begin() as session:
                project_id = self.resizes.get_project_id(session, resize)
            if project_id is not None:
                notifications.send(event_type, resize, project_id)
        except Exception:
            # The resize goes on.
            LOG.exception(
                'Notification %s about load balancer %s was not sent',
                event_type,
                resize.load_balancer_id,
            )
