# SPDX-License-Identifier: Apache-2.0

"""Tasks that write the VIPs of a load balancer, before amphorae are built.

Octavia's tasks then read the TLS secrets of the load balancer. They also fail
if the secret of a pool without listener is gone, which no amphora needs.
"""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import database_tasks
from sqlalchemy import orm

from octavia_resize.db import transaction

_PORT_ID = octavia_constants.PORT_ID
_SUBNET_ID = octavia_constants.SUBNET_ID
_IP_ADDRESS = octavia_constants.IP_ADDRESS


class UpdateVIP(database_tasks.UpdateVIPAfterAllocation):
    """As Octavia's, but does not return the load balancer."""

    def execute(self, loadbalancer_id: str, vip: dict[str, Any]) -> None:
        transaction.run(
            self.repos.vip.update,
            loadbalancer_id,
            port_id=vip[_PORT_ID],
            subnet_id=vip[_SUBNET_ID],
            ip_address=vip[_IP_ADDRESS],
        )


class UpdateAdditionalVIPs(database_tasks.UpdateAdditionalVIPsAfterAllocation):
    """As Octavia's, but does not return the load balancer."""

    def execute(
        self, loadbalancer_id: str, additional_vips: list[dict[str, Any]]
    ) -> None:
        transaction.run(self._update, loadbalancer_id, additional_vips)

    def _update(
        self,
        session: orm.Session,
        load_balancer_id: str,
        vips: list[dict[str, Any]],
    ) -> None:
        for vip in vips:
            self.repos.additional_vip.update(
                session,
                load_balancer_id,
                vip[_SUBNET_ID],
                ip_address=vip[_IP_ADDRESS],
                port_id=vip[_PORT_ID],
            )


def replace(node: Any) -> Any:
    """Return our replacement of a task of Octavia, or the task itself."""
    match node:
        case database_tasks.UpdateVIPAfterAllocation():
            return UpdateVIP(
                name=node.name,
                requires=(
                    octavia_constants.LOADBALANCER_ID,
                    octavia_constants.VIP,
                ),
            )
        case database_tasks.UpdateAdditionalVIPsAfterAllocation():
            return UpdateAdditionalVIPs(
                name=node.name,
                requires=(
                    octavia_constants.LOADBALANCER_ID,
                    octavia_constants.ADDITIONAL_VIPS,
                ),
            )
    return node
