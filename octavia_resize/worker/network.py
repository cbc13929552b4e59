# SPDX-License-Identifier: Apache-2.0

"""One network driver of Octavia for all tasks of a worker.

Each task of Octavia makes its own driver, and each driver sends several
requests for the list of Neutron's extensions. Threads may share a driver: all
drivers of a process share one connection to Neutron anyway.
"""

from collections.abc import Callable
import functools
import threading
import time
from typing import Any

from octavia.common import config  # noqa: F401, defines the options
from octavia.common import constants as octavia_constants
from octavia.common import utils
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.network import base
from taskflow import flow

from octavia_resize.worker import failures

_LOCK = threading.Lock()
_DOWN = octavia_constants.DOWN
_PORT_SECONDS = 30
_FIRST_PORT_POLL_SECONDS = 0.1
_LAST_PORT_POLL_SECONDS = 1.0
_PORT_POLL_GROWTH = 1.5


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
    """Disable a port, and wait until Neutron reports that it is DOWN.

    :raises octavia.common.exceptions.OctaviaException: Neutron has not
        accepted the request.
    :raises PortNotDown: The port may still be connected.
    """
    try:
        get_driver().set_port_admin_state_up(port_id, False)
        is_down = poll_port(port_id, lambda status: status == _DOWN)
    except base.PortNotFound:
        return
    if not is_down:
        raise failures.PortNotDown(
            f'Neutron does not report port {port_id} DOWN'
        )


def poll_port(port_id: str, is_done: Callable[[str], bool]) -> bool:
    """Poll the status of a port for half a minute, at most.

    The first polls are soon after each other.

    :param is_done: Returns whether a status is the expected one.
    :returns: Whether the port has got an expected status.
    """
    driver = get_driver()
    end = time.monotonic() + _PORT_SECONDS
    seconds = _FIRST_PORT_POLL_SECONDS
    while not is_done(driver.get_port(port_id).status):
        if time.monotonic() > end:
            return False
        time.sleep(seconds)
        seconds = min(seconds * _PORT_POLL_GROWTH, _LAST_PORT_POLL_SECONDS)
    return True
