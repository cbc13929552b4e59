# SPDX-License-Identifier: Apache-2.0

"""Deletes servers and ports of amphorae whose IDs are not in the database.

A worker that is killed between the response of Nova or Neutron and its next
transaction leaves them. They are found by their names.
"""

from collections.abc import Iterable
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.network import base as network_base
from oslo_log import log as logging

from octavia_resize.worker import clients
from octavia_resize.worker import network

LOG = logging.getLogger(__name__)

#: Octavia's names are these prefixes and the ID of the amphora.
_SERVER = 'amphora-'
VIP_PORT = octavia_constants.AMP_BASE_PORT_PREFIX
MEMBER_PORT = 'octavia-lb-member-'


def delete(amphora_ids: Iterable[str]) -> None:
    """Delete all servers and ports of some amphorae.

    This function may be called again.

    :raises: What the drivers of Octavia raise, if a service refuses.
    """
    for amphora_id in amphora_ids:
        delete_servers(amphora_id)
        for prefix in (VIP_PORT, MEMBER_PORT):
            delete_ports(prefix, amphora_id)


def get_half_built(amphorae: Iterable[dict[str, Any]]) -> list[str]:
    """Return the IDs of amphorae whose builds did not end.

    An operator reset the load balancer during their build, and the record of
    the next resize replaced the record that names them. Such amphorae may have
    servers and ports that are not in the database, and build slots.

    :param amphorae: Dicts of old amphorae.
    """
    return [
        amphora[octavia_constants.ID]
        for amphora in amphorae
        if not amphora[octavia_constants.COMPUTE_ID]
        or not amphora[octavia_constants.VRRP_PORT_ID]
    ]


def delete_servers(amphora_id: str) -> None:
    """Delete the servers that have the name of an amphora.

    Servers that Nova is deleting already are ignored. With random names, see
    [nova] random_amphora_name_length, none is found.
    """
    driver = clients.get_compute_driver()
    # Octavia's drivers cannot search by name. Its driver for Nova and those of
    # the sandbox have novaclient's manager, which takes a regular expression.
    manager = getattr(driver, 'manager', None)
    if manager is None:
        return
    name = f'{_SERVER}{amphora_id}'
    for server in manager.list(search_opts={'name': f'^{name}$'}):
        if getattr(server, 'OS-EXT-STS:task_state', None) == 'deleting':
            continue
        LOG.warning('Deleting orphaned server %s', name)
        driver.delete(server.id)


def delete_ports(prefix: str, amphora_id: str) -> None:
    """Delete the ports that are named by a prefix and an amphora."""
    driver = network.get_driver()
    name = f'{prefix}{amphora_id}'
    deleted: set[str] = set()
    while (port_id := _find_port(driver, name)) is not None:
        # Octavia's noop driver returns ports that are deleted.
        if port_id in deleted:
            return
        LOG.warning('Deleting orphaned port %s (%s)', name, port_id)
        driver.delete_port(port_id)
        deleted.add(port_id)


def _find_port(
    driver: network_base.AbstractNetworkDriver, name: str
) -> str | None:
    try:
        port_id: str = driver.get_port_by_name(name).id
    except network_base.PortNotFound:
        return None
    return port_id
