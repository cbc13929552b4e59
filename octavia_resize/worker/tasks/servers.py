# SPDX-License-Identifier: Apache-2.0

"""Tasks that build the server of an amphora, and its ports.

They stand in for those of Octavia, which keep a build slot when a build does
not come to its end, and build twice when taskflow repeats them: with the
jobboard it does, if a worker dies before a result is saved.
"""

import functools
import time
import types
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.compute.drivers import nova_driver
from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import models as octavia_models
from oslo_config import cfg
from sqlalchemy import orm

from octavia_resize.db import transaction
from octavia_resize.worker import build_slots
from octavia_resize.worker import network
from octavia_resize.worker import orphans

CONF = cfg.CONF


class CreateServer(compute_tasks.CertComputeCreate):
    """As Octavia's, but a revert gives the build slot back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots()

    def execute(
        self,
        amphora_id: str,
        server_pem: str,
        server_group_id: str | None,
        build_type_priority: int,
        flavor: dict[str, Any],
        availability_zone: dict[str, Any],
    ) -> str:
        """Return the ID of the amphora's only server."""
        # Octavia itself writes so when it has the ID of the server.
        if not transaction.run(
            _change_amphora,
            amphora_id,
            {'status': octavia_constants.PENDING_CREATE},
            {'status': octavia_constants.AMPHORA_BOOTING},
        ):
            orphans.delete_servers(amphora_id)
        server_id: str = super().execute(
            amphora_id,
            server_pem,
            server_group_id,
            build_type_priority=build_type_priority,
            flavor=flavor,
            availability_zone=availability_zone,
        )
        return server_id

    def revert(
        self, result: Any, amphora_id: str, *args: Any, **kwargs: Any
    ) -> None:
        super().revert(result, amphora_id, *args, **kwargs)
        self.rate_limit.remove_from_build_req_queue(amphora_id)


class LetBoot(compute_tasks.BaseComputeTask):
    """Wait as long as between two polls of a server, before the first one.

    No server of Nova's is ACTIVE at once: the first poll would be in vain.
    """

    def execute(self) -> None:
        if isinstance(self.compute, nova_driver.VirtualMachineManager):
            time.sleep(CONF.controller_worker.amp_active_wait_sec)


class _Servers:
    """The servers of Nova, with as few requests as a poll needs."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def get(self, server_id: str) -> Any:
        """Return a server that lists its interfaces without Nova.

        Octavia's driver lists them at each poll, and uses those of a server
        that is ACTIVE. Nova only passes on what Neutron says.
        """
        server = self._manager.get(server_id)
        server.interface_list = functools.partial(_list_interfaces, server)
        return server


def _list_interfaces(server: Any) -> list[Any]:
    """Return the interfaces of a server as Nova lists them."""
    if server.status != octavia_constants.ACTIVE:
        return []
    return [
        types.SimpleNamespace(
            net_id=interface.network_id,
            fixed_ips=[ip.to_dict() for ip in interface.fixed_ips],
        )
        for interface in network.get_driver().get_plugged_networks(server.id)
    ]


class AwaitServer(compute_tasks.ComputeWait):
    """As Octavia's, but the build slot is given back once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots()
        if isinstance(self.compute, nova_driver.VirtualMachineManager):
            self.compute.manager = _Servers(self.compute.manager)


class CreatePort(network_tasks.CreateVIPBasePort):
    """As Octavia's, but the amphora has one such port."""

    def execute(
        self,
        vip: dict[str, Any],
        vip_sg_id: str | None,
        amphora_id: str,
        additional_vips: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Return the port."""
        _begin_port(amphora_id, vip[octavia_constants.IP_ADDRESS])
        port: dict[str, Any] = super().execute(
            vip, vip_sg_id, amphora_id, additional_vips
        )
        return port


class CreateSRIOVPort(network_tasks.CreateSRIOVBasePort):
    """As Octavia's, but the amphora has one such port."""

    def execute(
        self,
        loadbalancer: dict[str, Any],
        amphora: dict[str, Any],
        subnet: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the port."""
        _begin_port(
            amphora[octavia_constants.ID],
            loadbalancer[octavia_constants.VIP_ADDRESS],
        )
        port: dict[str, Any] = super().execute(loadbalancer, amphora, subnet)
        return port


class PlugNetworks(network_tasks.HandleNetworkDelta):
    """As Octavia's, but the amphora has one port for each network."""

    def execute(
        self, amphora: dict[str, Any], delta: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the ports that were plugged, by amphora ID."""
        amphora_id = amphora[octavia_constants.ID]
        # With the jobboard an attempt may have ended before it noted a port.
        if (
            transaction.run(_forget_member_ports, amphora_id)
            or CONF.task_flow.jobboard_enabled
        ):
            orphans.delete_ports(orphans.MEMBER_PORT, amphora_id)
        ports: dict[str, Any] = super().execute(amphora, delta)
        return ports


def _forget_member_ports(session: orm.Session, amphora_id: str) -> bool:
    """Delete what is noted of an amphora's ports; tell whether that was any.

    A new amphora has none before they are plugged.
    """
    ports = session.query(octavia_models.AmphoraMemberPort).filter_by(
        amphora_id=amphora_id
    )
    # To delete what is not there would lock a gap in MariaDB.
    return bool(ports.count() and ports.delete(synchronize_session=False))


def _begin_port(amphora_id: str, vip_address: str) -> None:
    """Delete the port that an earlier attempt may have left."""
    # Octavia itself writes so when it has the ID of the port.
    if not transaction.run(
        _change_amphora, amphora_id, {'ha_ip': None}, {'ha_ip': vip_address}
    ):
        orphans.delete_ports(orphans.VIP_PORT, amphora_id)


def _change_amphora(
    session: orm.Session,
    amphora_id: str,
    before: dict[str, str | None],
    after: dict[str, str],
) -> bool:
    """Note in the row of an amphora that a step is begun.

    :param before: What the row has until then.
    :param after: What it has from then on.
    :returns: Whether that was so: the step is not repeated.
    """
    found: int = (
        session.query(octavia_models.Amphora)
        .filter_by(id=amphora_id, **before)
        .update(after, synchronize_session=False)
    )
    return bool(found)


def replace(node: Any) -> Any:
    """Return the task of ours for a task of Octavia's, or that itself."""
    match node:
        case compute_tasks.CertComputeCreate():
            return CreateServer(
                name=node.name,
                requires=(
                    octavia_constants.AMPHORA_ID,
                    octavia_constants.SERVER_PEM,
                    octavia_constants.BUILD_TYPE_PRIORITY,
                    octavia_constants.SERVER_GROUP_ID,
                    octavia_constants.FLAVOR,
                    octavia_constants.AVAILABILITY_ZONE,
                ),
                provides=octavia_constants.COMPUTE_ID,
            )
        case compute_tasks.ComputeWait():
            return AwaitServer(
                name=node.name,
                requires=(
                    octavia_constants.COMPUTE_ID,
                    octavia_constants.AMPHORA_ID,
                ),
                provides=octavia_constants.COMPUTE_OBJ,
            )
        case network_tasks.CreateVIPBasePort():
            return CreatePort(
                name=node.name, provides=octavia_constants.BASE_PORT
            )
        case network_tasks.CreateSRIOVBasePort():
            return CreateSRIOVPort(
                name=node.name, provides=octavia_constants.BASE_PORT
            )
        case network_tasks.HandleNetworkDelta():
            return PlugNetworks(
                name=node.name, provides=octavia_constants.UPDATED_PORTS
            )
    return node
