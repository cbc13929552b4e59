# SPDX-License-Identifier: Apache-2.0

"""Steps of Octavia's work at which somebody may have Octavia wait."""

import fcntl
from pathlib import Path

from octavia.db import api as db_api
from octavia.db import repositories
from oslo_config import cfg

from octavia_resize.worker import orphans
from resize_sandbox import state
from resize_sandbox.octavia import options
from resize_sandbox.state import Step


def pass_step(step: Step, name: str) -> None:
    """Wait while :meth:`StateDirectory.hold` keeps Octavia from a step.

    :param name: what is waited with: a server, a port or a load balancer.
    """
    directory = _directory()
    if directory is None:
        return
    state.pass_hold(state.hold_of(directory, step), name)
    if step is Step.BUILD and any(directory.glob(f'{step}-*')):
        load_balancer = _find_load_balancer(name)
        state.pass_hold(state.hold_of(directory, step, load_balancer), name)


def _find_load_balancer(server: str) -> str:
    """Return the ID of the load balancer of an amphora, empty for none."""
    with db_api.session().begin() as session:
        found = repositories.AmphoraRepository().get(
            session, id=server.removeprefix('amphora-')
        )
    return str(found and found.load_balancer_id or '')


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
    directory = _directory()
    if directory is None:
        return False
    with state.hold_of(directory, step).open('a') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _directory() -> Path | None:
    options.register(cfg.CONF)
    directory = cfg.CONF[options.GROUP].holds
    return Path(directory) if directory else None
