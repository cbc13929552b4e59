# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.
"""Transactions on SQLite files that several processes write to."""

from collections.abc import Iterator
import contextlib
import os
import sqlite3

_LOCK_TIMEOUT_SECONDS = 60


@contextlib.contextmanager
def transaction(path: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Hold the file's write lock; what an exception interrupts is undone.

    :param path: the file, which is made if it is missing.
    """
    connection = sqlite3.connect(
        path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None
    )
    try:
        connection.execute('BEGIN IMMEDIATE')
        yield connection
        connection.execute('COMMIT')
    finally:
        # What was not committed is rolled back.
        connection.close()
