# SPDX-License-Identifier: Apache-2.0

"""One network driver of Octavia for all tasks of a worker.

Each task of Octavia makes its own driver, and each driver sends several
requests for the list of Neutron's extensions. Threads may share a driver: all
drivers of a process share one connection to Neutron anyway.
"""

import functools
import threading
from typing import Any

from octavia.common import config  # noqa: F401, defines the options
from octavia.common import utils
from octavia.controller.worker.v2.tasks import network_tasks
from taskflow import flow

_LOCK = threading.Lock()


@functools.cache
def _make_driver() -> Any:
    return utils.get_network_driver()


def get_driver() -> Any:
    """Return the network driver of this process.

    The first call makes the driver, after a worker has forked.
    """
    with _LOCK:
        return _make_driver()


class _Driver:
    """Takes the place of the network driver, which is made on first use."""

    def __getattr__(self, name: str) -> Any:
        return getattr(get_driver(), name)


class _DisablingDriver(_Driver):
    """The network driver, but it creates disabled ports."""

    def create_port(self, *args: Any, **kwargs: Any) -> Any:
        return get_driver().create_port(
            *args, **kwargs | {'admin_state_up': False}
        )


def share_driver(one: flow.Flow) -> None:
    """Set the network driver of all tasks of a flow to that of the process."""
    for node, _ in one.iter_nodes():
        match node:
            case flow.Flow():
                share_driver(node)
            case network_tasks.BaseNetworkTask(_network_driver=None):
                node._network_driver = _Driver()


def create_disabled(task: network_tasks.BaseNetworkTask) -> None:
    """Set a network driver in a task that creates its port disabled."""
    task._network_driver = _DisablingDriver()


def disable_port(port_id: str) -> None:
    """Disable a port, and wait until Neutron reports that it is down.

    :raises octavia.common.exceptions.NetworkServiceError: Neutron has not
        disabled the port.
    """
    task = network_tasks.AdminDownPort()
    task._network_driver = _Driver()
    task.execute(port_id)
