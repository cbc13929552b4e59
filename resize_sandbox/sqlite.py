# SPDX-License-Identifier: Apache-2.0
"""Transactions on SQLite files that several processes write to."""

from collections.abc import Iterator
import contextlib
import os
import sqlite3

LOCK_TIMEOUT_SECONDS = 180


@contextlib.contextmanager
def transaction(path: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Hold the file's write lock; what an exception interrupts is undone.

    :param path: the file, which is made if it is missing.
    """
    connection = sqlite3.connect(
        path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None
    )
    try:
        # Nothing needs to survive the machine.
        connection.execute('PRAGMA synchronous = OFF')
        connection.execute('BEGIN IMMEDIATE')
        yield connection
        connection.execute('COMMIT')
    finally:
        # What was not committed is rolled back.
        connection.close()
