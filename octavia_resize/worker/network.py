# SPDX-License-Identifier: Apache-2.0

"""One network driver of Octavia's for all that a worker does.

Each of Octavia's tasks makes a driver of its own, and each driver finds out
with several requests which extensions Neutron has. All drivers of a process
share one connection to Neutron anyway, so that threads may share a driver.
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

    It is made when it is first needed, which is after a worker has forked.
    """
    with _LOCK:
        return _make_driver()


class _Driver:
    """Stands for the network driver in a task, until the task needs it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(get_driver(), name)


class _DisablingDriver(_Driver):
    """Creates ports that are disabled."""

    def create_port(self, *args: Any, **kwargs: Any) -> Any:
        return get_driver().create_port(
            *args, **kwargs | {'admin_state_up': False}
        )


def share_driver(one: flow.Flow) -> None:
    """Have all tasks of a flow use the network driver of the process."""
    for node, _ in one.iter_nodes():
        match node:
            case flow.Flow():
                share_driver(node)
            case network_tasks.BaseNetworkTask(_network_driver=None):
                node._network_driver = _Driver()


def create_disabled(task: network_tasks.BaseNetworkTask) -> None:
    """Have a task create its port disabled."""
    task._network_driver = _DisablingDriver()


def disable_port(port_id: str) -> None:
    """Disable a port, and wait until Neutron reports that it is down.

    :raises octavia.common.exceptions.NetworkServiceError: Neutron has not
        disabled the port.
    """
    task = network_tasks.AdminDownPort()
    task._network_driver = _Driver()
    task.execute(port_id)
