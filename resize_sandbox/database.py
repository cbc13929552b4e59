# SPDX-License-Identifier: Apache-2.0

"""SQLite that bears concurrent writers as OpenStack's services expect it.

The services are written for a server that locks rows: reads never wait, and
``SELECT ... FOR UPDATE`` and changes wait for one another. SQLite ignores
``FOR UPDATE``, and refuses a change ("database is locked") in a transaction
that has begun with a read when another has changed something since. So here
a transaction takes SQLite's one write lock with its first ``FOR UPDATE`` or
its first change, and waits for it. Reads outside of such a transaction see
what was committed last.
"""

import collections
import contextlib
import os
import sqlite3
import threading
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from resize_sandbox import sqlite

# By database: a thread that holds one's write lock may need another's.
_turns: dict[str, threading.Lock] = collections.defaultdict(threading.Lock)

# A connection to each database that stays open: when the last connection is
# closed, SQLite writes its log back and deletes it, which takes its time.
_kept_open: dict[str, sqlite3.Connection] = {}

_READS = ('SELECT', 'PRAGMA', 'EXPLAIN', 'WITH', 'VALUES')


def install(target: type[Engine] | Engine = Engine) -> None:
    """Make SQLite engines work as described.

    To be called once, before the engines connect.

    :param target: an engine, or the class for every engine of the process.
    """
    event.listen(target, 'connect', _prepare_connection)
    event.listen(target, 'begin', _begin)
    event.listen(target, 'before_cursor_execute', _lock_if_needed)


def create(path: os.PathLike[str]) -> None:
    """Create a database that several processes may open, if it is missing.

    Only its owner may read it.

    To switch its journal's mode at its first opening can fail when several
    processes do it at once.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute('PRAGMA journal_mode = WAL')


def create_tables(engine: Engine, metadata: sqlalchemy.MetaData) -> None:
    """Create the tables that are missing, one process at a time.

    :param engine: one that :func:`install` was called for.
    """
    present = sqlalchemy.inspect(engine).get_table_names()
    if set(metadata.tables) <= set(present):
        # Somebody else may hold the write lock for long.
        return
    with engine.begin() as connection:
        # Before it checks which tables are missing.
        driver_connection: Any = connection.connection.driver_connection
        driver_connection.execute('BEGIN IMMEDIATE')
        metadata.create_all(connection)


def _prepare_connection(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        # The class of all engines is also that of other databases.
        return
    # sqlite3 must not begin transactions of its own.
    connection.isolation_level = None
    for pragma in (
        f'busy_timeout = {sqlite.LOCK_TIMEOUT_SECONDS * 1000}',
        'journal_mode = WAL',
        # Nothing needs to survive the machine.
        'synchronous = OFF',
    ):
        connection.execute(f'PRAGMA {pragma}')
    (_, _, path) = connection.execute('PRAGMA database_list').fetchone()
    if path and path not in _kept_open:
        kept = sqlite3.connect(path, check_same_thread=False)
        kept.execute('SELECT * FROM sqlite_master').fetchone()
        _kept_open[path] = kept


def _begin(connection: Connection) -> None:
    # With this mark, oslo.db doesn't emit a BEGIN of its own for SQLite.
    connection.info['in_transaction'] = True


def _lock_if_needed(
    connection: Connection,
    cursor: Any,
    statement: str,
    _parameters: Any,
    context: Any,
    _executemany: bool,
) -> None:
    if not isinstance(cursor, sqlite3.Cursor):
        return
    if cursor.connection.in_transaction:
        return
    if is_change(statement) or _is_for_update(context):
        # SQLite lets waiters try again after a while, whoever waits
        # longest last. In turns, none of them starves.
        with _turns[str(connection.engine.url.database)]:
            cursor.execute('BEGIN IMMEDIATE')


def is_change(statement: str) -> bool:
    """Return whether an SQL statement needs the write lock."""
    return not statement.lstrip().upper().startswith(_READS)


def _is_for_update(context: Any) -> bool:
    compiled = getattr(context, 'compiled', None)
    statement = getattr(compiled, 'statement', None)
    return getattr(statement, '_for_update_arg', None) is not None
