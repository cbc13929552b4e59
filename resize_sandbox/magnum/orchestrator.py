# SPDX-License-Identifier: Apache-2.0

"""The infrastructure below the sandbox's Magnum driver.

It takes the place that Cluster API has for a real driver: it gets the wanted
number of nodes of a nodegroup, takes its time, and returns its progress.
"""

import dataclasses
import enum
import sqlite3
import time

from resize_sandbox import sqlite

#: A nodegroup can't grow beyond: the request is taken, and fails later. In
#: the management cluster it is tried for ever.
NODE_QUOTA = 9
#: More nodes than this are refused at once.
MAX_NODES = 50

_TABLE = """
CREATE TABLE IF NOT EXISTS nodegroups (
    id TEXT PRIMARY KEY,
    previous_count INTEGER NOT NULL,
    wanted_count INTEGER NOT NULL,
    ready_at REAL NOT NULL
)
"""


class Refused(Exception):
    """The orchestrator doesn't take a request; the text says why."""


class Phase(enum.Enum):
    """How far the orchestrator is with a nodegroup."""

    SCALING = 'scaling'
    READY = 'ready'
    FAILED = 'failed'


@dataclasses.dataclass(frozen=True)
class NodeGroupState:
    """What the orchestrator knows of a nodegroup."""

    phase: Phase
    #: The number of nodes that was requested last.
    wanted_count: int
    #: Nodes that are there.
    node_count: int
    #: Why it failed, or None.
    reason: str | None = None


class Orchestrator:
    """Keeps the node counts of nodegroups in an SQLite file.

    :param database: the path of the file.
    :param seconds: how long it takes to reach a node count.
    """

    def __init__(self, database: str, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        with sqlite.transaction(self._database) as connection:
            connection.execute(_TABLE)

    def scale(
        self, nodegroup: str, node_count: int, *, at_once: bool = False
    ) -> None:
        """Start to bring a nodegroup to a number of nodes.

        :param nodegroup: its ID; a new one begins with no nodes.
        :param node_count: the nodes that it shall have.
        :param at_once: take no time.
        :raises Refused: when it is more than :data:`MAX_NODES`.
        """
        if node_count > MAX_NODES:
            raise Refused(
                f'{node_count} nodes are more than the {MAX_NODES} that a '
                f'nodegroup can have'
            )
        now = time.time()
        with sqlite.transaction(self._database) as connection:
            state = self._state(connection, nodegroup, now)
            connection.execute(
                'REPLACE INTO nodegroups VALUES (?, ?, ?, ?)',
                (
                    nodegroup,
                    state.node_count if state else 0,
                    node_count,
                    now if at_once else now + self._seconds,
                ),
            )

    def state(self, nodegroup: str) -> NodeGroupState | None:
        """Return how far a nodegroup is, or None when it doesn't exist."""
        with sqlite.transaction(self._database) as connection:
            return self._state(connection, nodegroup, time.time())

    def delete(self, nodegroup: str) -> None:
        """Remove a nodegroup and its nodes, if it exists."""
        with sqlite.transaction(self._database) as connection:
            connection.execute(
                'DELETE FROM nodegroups WHERE id = ?', (nodegroup,)
            )

    def _state(
        self, connection: sqlite3.Connection, nodegroup: str, now: float
    ) -> NodeGroupState | None:
        row = connection.execute(
            'SELECT previous_count, wanted_count, ready_at'
            ' FROM nodegroups WHERE id = ?',
            (nodegroup,),
        ).fetchone()
        if row is None:
            return None
        previous, wanted, ready_at = row
        if now < ready_at:
            return NodeGroupState(Phase.SCALING, wanted, previous)
        if wanted > NODE_QUOTA:
            return NodeGroupState(
                Phase.FAILED,
                wanted,
                previous,
                f'Quota exceeded: {wanted} nodes requested, '
                f'{NODE_QUOTA} allowed',
            )
        return NodeGroupState(Phase.READY, wanted, wanted)
