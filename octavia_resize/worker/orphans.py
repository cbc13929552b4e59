# SPDX-License-Identifier: Apache-2.0

"""Servers and ports of amphorae that nobody has noted, found by their names.

A worker that is killed between the answer of Nova or Neutron and the note in
the database leaves them.
"""

from collections.abc import Iterable

from octavia.common import constants as octavia_constants
from octavia.network import base as network_base
from oslo_log import log as logging

from octavia_resize.worker import clients
from octavia_resize.worker import network

LOG = logging.getLogger(__name__)

#: Octavia names what it makes by these and the ID of the amphora.
_SERVER = 'amphora-'
VIP_PORT = octavia_constants.AMP_BASE_PORT_PREFIX
MEMBER_PORT = 'octavia-lb-member-'


def delete(amphora_ids: Iterable[str]) -> None:
    """Delete all servers and ports of some amphorae.

    Nothing is done about what is not there: it may be called again.

    :raises: What the drivers of Octavia raise, if a service refuses.
    """
    for amphora_id in amphora_ids:
        delete_servers(amphora_id)
        for prefix in (VIP_PORT, MEMBER_PORT):
            delete_ports(prefix, amphora_id)


def delete_servers(amphora_id: str) -> None:
    """Delete the servers that have the name of an amphora.

    Those that Nova is deleting are left alone, and none is found where
    [nova] random_amphora_name_length has Octavia invent names.
    """
    driver = clients.get_compute_driver()
    # Octavia's drivers have no look-up by name; that of Nova, and those of
    # the sandbox, show the servers of novaclient. Its filter is an expression.
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
        # Octavia's driver for tests finds what it has deleted.
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
