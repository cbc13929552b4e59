# SPDX-License-Identifier: Apache-2.0

"""Octavia's worker, which also fails over with a new flavor.

As the change that was proposed to Octavia has it (review 890215): the
failover flow with the new flavor, which is written down before the load
balancer becomes ACTIVE.
"""

from typing import Any

from octavia.api.drivers import utils
from octavia.common import constants
from octavia.common import rpc
from octavia.controller.queue.v2 import consumer
from octavia.controller.queue.v2 import endpoints
from octavia.controller.worker.v2 import controller_worker
from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import notification_tasks
from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_log import log as logging
import oslo_messaging as messaging
from taskflow.patterns import linear_flow

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class SendResizeNotification(notification_tasks.BaseNotificationTask):
    event_type = 'octavia.loadbalancer.resize.end'


def get_resize_flow(
    amphorae: list[dict[str, Any]], lb: dict[str, Any], flavor_id: str
) -> linear_flow.Flow:
    """Return Octavia's failover flow, whose last task sets ACTIVE.

    :param amphorae: those to replace, the first one last.
    :param lb: the load balancer, with the data of its new flavor.
    :param flavor_id: the UUID of the new flavor.
    """
    *failover, mark_active = flow_utils.get_failover_LB_flow(amphorae, lb)
    flow = linear_flow.Flow('octavia-resize-loadbalancer-flow')
    flow.add(
        *failover,
        database_tasks.UpdateLoadbalancerInDB(
            requires=constants.LOADBALANCER,
            inject={constants.UPDATE_DICT: {'flavor_id': flavor_id}},
        ),
    )
    if CONF.controller_worker.event_notifications:
        flow.add(SendResizeNotification(requires=constants.LOADBALANCER))
    return flow.add(mark_active)


class ControllerWorker(controller_worker.ControllerWorker):
    def failover_with_flavor(
        self, load_balancer_id: str, flavor_id: str
    ) -> None:
        """Replace the amphorae of a load balancer that is PENDING_UPDATE.

        A failure leaves the load balancer in ERROR, with its flavor.
        """
        try:
            self._failover_with_flavor(load_balancer_id, flavor_id)
        except Exception:
            LOG.exception(
                'Resize of load balancer %s failed', load_balancer_id
            )
            with db_apis.session().begin() as session:
                self._lb_repo.update(
                    session,
                    load_balancer_id,
                    provisioning_status=constants.ERROR,
                )

    def _failover_with_flavor(
        self, load_balancer_id: str, flavor_id: str
    ) -> None:
        session = db_apis.get_session()
        with session.begin():
            lb = self._lb_repo.get(session, id=load_balancer_id)
        amphorae = self._get_amphorae_for_failover(lb)
        with session.begin():
            flavor = self._flavor_repo.get_flavor_metadata_dict(
                session, flavor_id
            )
            zone = (
                self._az_repo.get_availability_zone_metadata_dict(
                    session, lb.availability_zone
                )
                if lb.availability_zone
                else {}
            )
        flavor[constants.LOADBALANCER_TOPOLOGY] = lb.topology
        lb_dict = utils.db_loadbalancer_to_provider_loadbalancer(lb).to_dict()
        lb_dict[constants.FLAVOR] = flavor
        self.run_flow(
            get_resize_flow,
            amphorae,
            lb_dict,
            flavor_id,
            store={
                constants.LOADBALANCER: lb_dict,
                constants.LOADBALANCER_ID: lb.id,
                constants.FLAVOR: flavor,
                constants.AVAILABILITY_ZONE: zone,
                constants.SERVER_GROUP_ID: lb.server_group_id,
                constants.BUILD_TYPE_PRIORITY: (
                    constants.LB_CREATE_FAILOVER_PRIORITY
                ),
            },
        )


class Endpoints(endpoints.Endpoints):
    """What the worker's messages call."""

    def __init__(self) -> None:
        # Not the parent's constructor: its worker is replaced.
        self.worker = ControllerWorker()

    def failover_load_balancer_with_flavor(
        self, context: Any, load_balancer_id: str, flavor_id: str
    ) -> None:
        self.worker.failover_with_flavor(load_balancer_id, flavor_id)


class ConsumerService(consumer.ConsumerService):
    """Octavia's consumer with these endpoints."""

    def run(self) -> None:
        self.endpoints = [Endpoints()]
        self.message_listener = rpc.get_server(
            messaging.Target(topic=self.topic, server=self.server),
            self.endpoints,
            access_policy=self.access_policy,
        )
        self.message_listener.start()
