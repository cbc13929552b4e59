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

"""Tasks that octavia_resize adds to Octavia's failover flow."""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import api as db_apis
from octavia.network import base as network_base
from oslo_log import log as logging

from octavia_resize import constants
from octavia_resize import outcome
from octavia_resize import reason
from octavia_resize.db import repository
from octavia_resize.db import transaction

LOG = logging.getLogger(__name__)


class BaseResizeTask(database_tasks.BaseDatabaseTask):
    """Base of the tasks that read or change the record of a resize."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resizes = repository.ResizeRepository()


class ResizeToErrorOnRevert(BaseResizeTask):
    """Set the load balancer to ERROR when the flow is reverted.

    While a cancel is under way it stays PENDING_UPDATE: the worker then puts
    the previous flavor back.
    """

    def execute(self, resize_id: str) -> None:
        pass

    def revert(
        self, resize_id: str, flow_failures: dict[str, Any], **kwargs: Any
    ) -> None:
        outcome.fail(
            resize_id,
            constants.RUNNING,
            *reason.explain(flow_failures.values()),
        )


class CancelToErrorOnRevert(BaseResizeTask):
    """Set the load balancer to ERROR when the way back fails."""

    def execute(self, resize_id: str) -> None:
        pass

    def revert(
        self, resize_id: str, flow_failures: dict[str, Any], **kwargs: Any
    ) -> None:
        outcome.fail(
            resize_id,
            constants.CANCELLING,
            *reason.explain(flow_failures.values()),
        )


class ResizeCheckpoint(BaseResizeTask):
    """Decide whether the resize goes on, before a step of no return."""

    @transaction.repeated
    def execute(self, resize_id: str, replaces: str | None = None) -> bool:
        """Go on unless the resize was cancelled.

        :param replaces: ID of the amphora whose deletion follows, if any.
        :returns: Whether the steps after this one shall run.
        """
        running = (constants.RUNNING,), constants.RUNNING
        with db_apis.session().begin() as session:
            if replaces is None:
                return self.resizes.transition(session, resize_id, *running)
            resize = self.resizes.get_by_id(session, resize_id)
            if resize is None:
                return False
            replaced = list(resize.replaced)
            if replaces not in replaced:
                replaced.append(replaces)
            return self.resizes.transition(
                session, resize_id, *running, replaced=replaced
            )


class _MarkActive(database_tasks.MarkLBActiveInDB):
    """Octavia's last task, in one transaction with the end of the resize."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(mark_subobjects=True, **kwargs)

    def _mark_children(self, session: Any, loadbalancer_id: str) -> None:
        db_lb = self.loadbalancer_repo.get(session, id=loadbalancer_id)
        for listener in db_lb.listeners:
            self._mark_listener_status(
                session, listener, octavia_constants.ACTIVE
            )
        for pool in db_lb.pools:
            self._mark_pool_status(session, pool, octavia_constants.ACTIVE)

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Leave the children: they are as they were."""


class CompleteResize(_MarkActive):
    """Give the load balancer its new flavor and mark it ACTIVE.

    Does nothing if the resize was cancelled: the worker then goes back.
    """

    @transaction.repeated
    def execute(self, loadbalancer_id: str, resize_id: str) -> None:
        with db_apis.session().begin() as session:
            if outcome.complete(session, resize_id):
                self._mark_children(session, loadbalancer_id)


class RestoreAmphorae(BaseResizeTask):
    """Undo the marks on amphorae that a cancelled resize left in place."""

    @transaction.repeated
    def execute(self, amphora_statuses: dict[str, str]) -> None:
        """Put back their status and watch their health again.

        :param amphora_statuses: The status before the resize, by amphora ID.
        """
        with db_apis.session().begin() as session:
            for amphora_id, status in amphora_statuses.items():
                self.amphora_repo.update(session, amphora_id, status=status)
                if self.amp_health_repo.get(session, amphora_id=amphora_id):
                    self.amp_health_repo.update(
                        session, amphora_id=amphora_id, busy=False
                    )


class EnablePorts(network_tasks.BaseNetworkTask):
    """Enable VIP ports that a cancelled resize has disabled."""

    def execute(self, port_ids: list[str]) -> None:
        for port_id in port_ids:
            try:
                self.network_driver.set_port_admin_state_up(port_id, True)
            except network_base.PortNotFound:
                LOG.warning('VIP port %s of an amphora is gone', port_id)


class CompleteCancel(_MarkActive):
    """End the cancel: the load balancer is ready with its previous flavor."""

    @transaction.repeated
    def execute(
        self, loadbalancer_id: str, resize_id: str, final_status: str
    ) -> None:
        """Set the final status.

        :param final_status: ACTIVE; or ERROR if it was in ERROR before the
            resize and no amphora was replaced.
        """
        with db_apis.session().begin() as session:
            if (
                outcome.complete_cancel(session, resize_id, final_status)
                and final_status == octavia_constants.ACTIVE
            ):
                self._mark_children(session, loadbalancer_id)
