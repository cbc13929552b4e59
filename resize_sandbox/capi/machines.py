# SPDX-License-Identifier: Apache-2.0

"""The machines of a control plane or a machine deployment, one by one.

What happens between two requests is made up for at the second one: the file
has the times at which each machine is ready or gone.
"""

from collections.abc import Sequence
import dataclasses
import enum
import math
import sqlite3

from resize_sandbox.capi import names

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS machines (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        fault TEXT,
        ready_at REAL NOT NULL,
        gone_at REAL NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS faults (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        fault TEXT NOT NULL,
        seconds REAL NOT NULL
    )
    """,
)

_NEVER = math.inf


class Fault(enum.StrEnum):
    """What a machine can be made to do."""

    #: It gets no node.
    HANG = 'hang'
    #: Its node is there, and its member of etcd doesn't work.
    FAIL = 'fail'
    #: It is ready, but late.
    LATE = 'late'


@dataclasses.dataclass(frozen=True)
class Machine:
    """A machine, as it is at one time."""

    name: str
    fault: Fault | None
    is_ready: bool
    is_leaving: bool

    def describe(self) -> str:
        """Return its state."""
        if self.is_leaving:
            return 'leaving'
        if self.is_ready:
            return 'ready'
        return self.fault or 'starting'


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables, if missing."""
    for table in _TABLES:
        connection.execute(table)


class Machines:
    """The machines of one owner.

    :param connection: to the file, in a transaction.
    :param owner: the path of the owner in the API.
    """

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    def begin(self, count: int, now: float) -> None:
        """Have a number of machines at once, all of them ready."""
        for _ in range(count):
            self._insert(None, now)

    def advance(
        self, wanted: int, since: float, pace: float, now: float
    ) -> Sequence[Machine]:
        """Bring the machines to what they are now.

        As Cluster API does with a control plane: one after the other, none
        is added while another one isn't ready, and those that aren't ready
        leave first.

        :param wanted: how many there shall be.
        :param since: when that was requested.
        :param pace: seconds that each takes to come or to leave.
        """
        while True:
            rows = self._rows()
            leaving = [row for row in rows if row['gone_at'] < _NEVER]
            unready = [row for row in rows if row['ready_at'] > now]
            if leaving and leaving[0]['gone_at'] <= now:
                since = max(since, leaving[0]['gone_at'])
                self._connection.execute(
                    'DELETE FROM machines WHERE number = ?',
                    (leaving[0]['number'],),
                )
            elif not leaving and len(rows) > wanted:
                self._connection.execute(
                    'UPDATE machines SET gone_at = ? WHERE number = ?',
                    (since + pace, (unready or rows)[-1]['number']),
                )
            elif not leaving and not unready and len(rows) < wanted:
                begun = max([since, *(row['ready_at'] for row in rows)])
                self._add(begun, pace)
            else:
                return [_machine(row, now) for row in rows]

    def plan(self, fault: Fault, seconds: float = 0.0) -> None:
        """Say what the next machine does; each call is about another one.

        :param seconds: after how many a late one is ready.
        """
        self._connection.execute(
            'INSERT INTO faults (owner, fault, seconds) VALUES (?, ?, ?)',
            (self._owner, fault, seconds),
        )

    def break_last(self, fault: Fault) -> None:
        """Have the last machine, which is there, hang or fail."""
        self._connection.execute(
            'UPDATE machines SET ready_at = ?, fault = ? WHERE number = ?',
            (_NEVER, fault, self._rows()[-1]['number']),
        )

    def mend(self, now: float) -> None:
        """Have all machines be ready, and forget what was planned."""
        self._connection.execute(
            'UPDATE machines SET ready_at = min(ready_at, ?), fault = NULL'
            ' WHERE owner = ?',
            (now, self._owner),
        )
        self._connection.execute(
            'DELETE FROM faults WHERE owner = ?', (self._owner,)
        )

    def delete(self) -> None:
        """Delete all of them at once."""
        self._connection.execute(
            'DELETE FROM machines WHERE owner = ?', (self._owner,)
        )

    def _add(self, begun: float, pace: float) -> None:
        planned = self._connection.execute(
            'SELECT * FROM faults WHERE owner = ? ORDER BY number LIMIT 1',
            (self._owner,),
        ).fetchone()
        if planned is None:
            self._insert(None, begun + pace)
            return
        self._connection.execute(
            'DELETE FROM faults WHERE number = ?', (planned['number'],)
        )
        fault = Fault(planned['fault'])
        is_late = fault is Fault.LATE
        self._insert(fault, begun + planned['seconds'] if is_late else _NEVER)

    def _insert(self, fault: Fault | None, ready_at: float) -> None:
        inserted = self._connection.execute(
            'INSERT INTO machines (owner, name, fault, ready_at, gone_at)'
            ' VALUES (?, ?, ?, ?, ?)',
            (self._owner, '', fault, ready_at, _NEVER),
        )
        prefix = self._owner.rpartition('/')[2]
        number = inserted.lastrowid
        self._connection.execute(
            'UPDATE machines SET name = ? WHERE number = ?',
            (f'{prefix}-{names.suffix(f"{prefix} {number}")}', number),
        )

    def _rows(self) -> list[sqlite3.Row]:
        return self._connection.execute(
            'SELECT * FROM machines WHERE owner = ? ORDER BY number',
            (self._owner,),
        ).fetchall()


def _machine(row: sqlite3.Row, now: float) -> Machine:
    return Machine(
        row['name'],
        Fault(row['fault']) if row['fault'] else None,
        row['ready_at'] <= now,
        row['gone_at'] < _NEVER,
    )
