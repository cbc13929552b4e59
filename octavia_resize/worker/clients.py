# SPDX-License-Identifier: Apache-2.0

"""Octavia's clients of other services, which all threads of a process share.

Octavia makes each client when a task first needs it, without a lock. Two
threads at the same time can leave [neutron] half configured; the process then
cannot use Neutron until a restart.
"""

from typing import Any

from octavia.common import clients
from octavia.network.drivers.neutron import base as neutron
from oslo_config import cfg
from oslo_log import log as logging
from stevedore import driver

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


def make() -> None:
    """Make the clients, before there are threads that need them.

    No request is sent, so a service may be down meanwhile.
    """
    for make_client in (_make_neutron_client, get_compute_driver):
        try:
            make_client()
        except Exception:
            LOG.exception(
                'A client could not be made, trying again when it is needed'
            )


def _make_neutron_client() -> None:
    # Making the driver would send requests to Neutron.
    kind: Any = driver.DriverManager(
        namespace='octavia.network.drivers',
        name=CONF.controller_worker.network_driver,
    ).driver
    if issubclass(kind, neutron.BaseNeutronDriver):
        clients.NeutronAuth.get_neutron_client()


def get_compute_driver() -> Any:
    """Return Octavia's compute driver.

    It makes the clients of Nova, and of Glance and Cinder if they are used.
    """
    return driver.DriverManager(
        namespace='octavia.compute.drivers',
        name=CONF.controller_worker.compute_driver,
        invoke_on_load=True,
    ).driver
