# SPDX-License-Identifier: Apache-2.0

"""Steps of Octavia's work at which somebody may have Octavia wait."""

import fcntl
from pathlib import Path

from oslo_config import cfg

from octavia_resize.worker import orphans
from resize_sandbox import state
from resize_sandbox.octavia import options
from resize_sandbox.state import Step


def pass_step(step: Step, name: str) -> None:
    """Wait while :meth:`StateDirectory.hold` keeps Octavia from a step.

    :param name: what is waited with: a server, a port or a load balancer.
    """
    path = _find(step)
    if path is not None:
        state.pass_hold(path, name)


def pass_port(name: str) -> None:
    """Wait while somebody holds the step of a port that was created."""
    pass_step(
        Step.MEMBER_PORT
        if name.startswith(orphans.MEMBER_PORT)
        else Step.VIP_PORT,
        name,
    )


def is_held(step: Step) -> bool:
    """Return whether somebody holds a step."""
    path = _find(step)
    if path is None:
        return False
    with path.open('a') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _find(step: Step) -> Path | None:
    options.register(cfg.CONF)
    directory = cfg.CONF[options.GROUP].holds
    return Path(directory, step) if directory else None
