# SPDX-License-Identifier: Apache-2.0


"""Runs the resizes that the API has queued."""

from octavia.controller.worker.v2 import controller_worker
from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import log as logging
import tenacity

from octavia_resize import notifications
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.worker import claims
from octavia_resize.worker import engine
from octavia_resize.worker import jobboard
from octavia_resize.worker import run

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class ResizeWorker(controller_worker.ControllerWorker):
    """Octavia's controller worker, for resizes."""

    def __init__(self) -> None:
        super().__init__()
        self.tf_engine = engine.FlowEngine()
        self.resizes = repository.ResizeRepository()
        self.claims = claims.Claims()

    def resize_load_balancer(
        self, load_balancer_id: str, resize_id: str
    ) -> None:
        """Run a queued resize to its end.

        Does nothing if the resize was cancelled meanwhile, if a worker runs
        the resize already, or if this worker is about to stop. A failure is
        recorded, not raised. If the database does not answer for too long,
        another worker takes the resize over.

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
        claim = ownership.Claim(
            load_balancer_id, resize_id, self.claims.make_owner()
        )
        with self.claims.keep_alive(claim):
            resize = self._take(claim)
            if resize is not None:
                notifications.send_if_wanted(notifications.START, resize)
                run.Run(claim, self.run_flow).run_to_end()

    def recover(self, resize: models.Resize, claim: ownership.Claim) -> None:
        """Run a resize of another worker to its end.

        :param resize: The resize as it was before it was taken over.
        :param claim: The claim of the new owner.
        """
        # All log lines of this thread get the ID of the request.
        oslo_context.RequestContext(
            request_id=resize.request_id,
            resource_uuid=resize.load_balancer_id,
        )
        LOG.warning(
            'Resize %s of load balancer %s is %s (%s), and the heartbeat of '
            'its worker has stopped. Taking the resize over.',
            resize.id,
            resize.load_balancer_id,
            resize.state,
            resize.phase,
        )
        if resize.owner is None:
            self.resize_load_balancer(resize.load_balancer_id, resize.id)
            return
        if CONF.task_flow.jobboard_enabled and claim.owner == resize.owner:
            claim = self._outlast_job(claim)
        with self.claims.keep_alive(claim):
            run.Run(claim, self.run_flow).resume()

    def _outlast_job(self, claim: ownership.Claim) -> ownership.Claim:
        """Wait for the job of a resize, then change the owner of the resize.

        If a job runs that was not found, the next task of the job stops.
        """
        owner = self.claims.make_owner()
        with self.claims.keep_alive(claim):
            self.services_controller.wait_for_resize(claim.resize_id)
            transaction.run(ownership.change_owner, claim, owner)
        return claim._replace(owner=owner)

    @property
    def services_controller(self) -> jobboard.ServiceController:
        return jobboard.ServiceController(self.jobboard_driver)

    def _take(self, claim: ownership.Claim) -> models.Resize | None:
        """Start a queued resize, which makes this worker its owner."""
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

    @transaction.retry_on_conflict
    def _start(
        self, claim: ownership.Claim
    ) -> tuple[models.Resize, bool] | None:
        """Return a resize and whether it was started; None without record."""
        with db_apis.session().begin() as session:
            taken = progress.start(session, claim)
            resize = taken or self.resizes.get_by_id(session, claim.resize_id)
            if resize is None:
                return None
            session.flush()
            session.expunge(resize)
            return resize, taken is not None
