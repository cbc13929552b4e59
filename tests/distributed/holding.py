# SPDX-License-Identifier: Apache-2.0

"""Holds a worker where a resize is over in an instant."""

from collections.abc import Iterator
import contextlib
import sqlite3
import time

import sqlalchemy

from resize_sandbox import state as sandbox_state

_LOCK = sqlalchemy.text(
    'SELECT id FROM load_balancer WHERE id = :id FOR UPDATE'
)
_MEMBER_PORTS = sqlalchemy.text('SELECT * FROM amphora_member_port FOR UPDATE')
_RECORD = sqlalchemy.text(
    'SELECT state, phase FROM load_balancer_resize '
    'WHERE load_balancer_id = :id'
)
_STEP_SECONDS = 0.01
_TIMEOUT_SECONDS = 60
#: By when a worker has come to what it has to wait for.
_ARRIVAL_SECONDS = 3


@contextlib.contextmanager
def held_in(
    where: str,
    state: sandbox_state.StateDirectory,
    engine: sqlalchemy.Engine,
    load_balancer_id: str,
) -> Iterator[None]:
    """Have the worker of a resize wait for Nova or Neutron.

    Each change of a resize locks the row of the load balancer. So whoever
    locks the row in between lets the worker move from one change to the
    next. A worker that is to stand still must not own that lock: what stands
    in for Nova and Neutron lets the worker wait then.

    :param where: The state or phase in which the worker is to wait.
    """
    cloud = sqlite3.connect(state.data / 'cloud.db', isolation_level=None)
    with contextlib.closing(cloud):
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while not _step(where, engine, load_balancer_id, cloud):
            if time.monotonic() > deadline:
                raise AssertionError(f'The resize is never {where}')
        time.sleep(_ARRIVAL_SECONDS)
        yield


@contextlib.contextmanager
def kept_from_noting_member_ports(engine: sqlalchemy.Engine) -> Iterator[None]:
    """Have workers wait when Neutron has made a port for members."""
    with engine.begin() as connection:
        connection.execute(_MEMBER_PORTS).all()
        yield


def _step(
    where: str,
    engine: sqlalchemy.Engine,
    load_balancer_id: str,
    cloud: sqlite3.Connection,
) -> bool:
    """Wait for the next change; in the state or phase, hold the cloud."""
    row = {'id': load_balancer_id}
    with engine.begin() as connection:
        connection.execute(_LOCK, row)
        if where in connection.execute(_RECORD, row).one():
            cloud.execute('BEGIN IMMEDIATE')
            return True
        # With the lock: the worker waits for its turn meanwhile.
        time.sleep(_STEP_SECONDS)
    return False
