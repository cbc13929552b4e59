# SPDX-License-Identifier: Apache-2.0

"""Tasks that create the server of an amphora and its ports.

They replace Octavia's tasks, which do not release the build slot of a build
that fails, and which create a second server or port when taskflow repeats
them. With the jobboard taskflow repeats a task if a worker dies before it has
saved the result.
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
from octavia_resize.worker import fences
from octavia_resize.worker import network
from octavia_resize.worker import orphans

CONF = cfg.CONF


class CreateServer(compute_tasks.CertComputeCreate):
    """As Octavia's, but a revert releases the build slot."""

    def __init__(self, fence: fences.Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots(
            functools.partial(fence.check, stops_on_change=True)
        )
        self._fence = fence

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
        # Octavia sets this status when it has the ID of the server.
        if not transaction.run(
            _change_amphora,
            self._fence,
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


class AwaitFirstPoll(compute_tasks.BaseComputeTask):
    """Wait for one interval before the first poll of a server.

    No server of Nova is ACTIVE at once, so an earlier poll would be useless.
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
    """As Octavia's, but the build slot is released once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots()
        if isinstance(self.compute, nova_driver.VirtualMachineManager):
            self.compute.manager = _Servers(self.compute.manager)


class CreatePort(network_tasks.CreateVIPBasePort):
    """As Octavia's, but the amphora has one such port."""

    def __init__(self, fence: fences.Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fence = fence

    def execute(
        self,
        vip: dict[str, Any],
        vip_sg_id: str | None,
        amphora_id: str,
        additional_vips: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Return the port."""
        _begin_port(self._fence, amphora_id, vip[octavia_constants.IP_ADDRESS])
        port: dict[str, Any] = super().execute(
            vip, vip_sg_id, amphora_id, additional_vips
        )
        return port


class CreateSRIOVPort(network_tasks.CreateSRIOVBasePort):
    """As Octavia's, but the amphora has one such port."""

    def __init__(self, fence: fences.Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fence = fence

    def execute(
        self,
        loadbalancer: dict[str, Any],
        amphora: dict[str, Any],
        subnet: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the port."""
        _begin_port(
            self._fence,
            amphora[octavia_constants.ID],
            loadbalancer[octavia_constants.VIP_ADDRESS],
        )
        port: dict[str, Any] = super().execute(loadbalancer, amphora, subnet)
        return port


class PlugNetworks(network_tasks.HandleNetworkDelta):
    """As Octavia's, but the amphora has one port for each network."""

    def __init__(self, fence: fences.Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fence = fence

    def execute(
        self, amphora: dict[str, Any], delta: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the ports that were plugged, by amphora ID."""
        amphora_id = amphora[octavia_constants.ID]
        if transaction.run(_is_repeated, self._fence, amphora_id):
            orphans.delete_ports(orphans.MEMBER_PORT, amphora_id)
        ports: dict[str, Any] = super().execute(amphora, delta)
        return ports


def _is_repeated(
    session: orm.Session, fence: fences.Fence, amphora_id: str
) -> bool:
    """Return whether an earlier attempt may have plugged member ports.

    Rows of such ports are deleted: a new amphora has none before its ports
    are plugged. With the jobboard, an attempt may have ended before it saved
    the ID of a port.
    """
    ports = session.query(octavia_models.AmphoraMemberPort).filter_by(
        amphora_id=amphora_id
    )
    are_there = bool(ports.count())
    if not are_there and not CONF.task_flow.jobboard_enabled:
        return False
    fence.hold(session)
    # Deleting rows that do not exist would lock a gap in MariaDB.
    if are_there:
        ports.delete(synchronize_session=False)
    return True


def _begin_port(
    fence: fences.Fence, amphora_id: str, vip_address: str
) -> None:
    """Delete the port that an earlier attempt may have created."""
    # Octavia sets this address when it has the ID of the port.
    if not transaction.run(
        _change_amphora,
        fence,
        amphora_id,
        {'ha_ip': None},
        {'ha_ip': vip_address},
    ):
        orphans.delete_ports(orphans.VIP_PORT, amphora_id)


def _change_amphora(
    session: orm.Session,
    fence: fences.Fence,
    amphora_id: str,
    before: dict[str, str | None],
    after: dict[str, str],
) -> bool:
    """Note in the row of an amphora that a step begins.

    :param before: The values of the row before the step.
    :param after: The new values.
    :returns: False if the row has other values: the step is repeated.
    """
    found: int = (
        session.query(octavia_models.Amphora)
        .filter_by(id=amphora_id, **before)
        .update(after, synchronize_session=False)
    )
    if not found:
        fence.hold(session)
    return bool(found)


def replace(node: Any, fence: fences.Fence) -> Any:
    """Return our replacement of a task of Octavia, or the task itself.

    :param fence: Of the flow that gets the task.
    """
    match node:
        case compute_tasks.CertComputeCreate():
            return CreateServer(
                fence,
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
                fence, name=node.name, provides=octavia_constants.BASE_PORT
            )
        case network_tasks.CreateSRIOVBasePort():
            return CreateSRIOVPort(
                fence, name=node.name, provides=octavia_constants.BASE_PORT
            )
        case network_tasks.HandleNetworkDelta():
            return PlugNetworks(
                fence, name=node.name, provides=octavia_constants.UPDATED_PORTS
            )
    return node
