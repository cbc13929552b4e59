# SPDX-License-Identifier: Apache-2.0

import concurrent.futures
from pathlib import Path
from unittest import mock

import fixtures
import sqlalchemy
import testtools

from resize_sandbox import database
from resize_sandbox import sqlite

COUNTERS = sqlalchemy.Table(
    'counters',
    sqlalchemy.MetaData(),
    sqlalchemy.Column('id', sqlalchemy.Integer, primary_key=True),
    sqlalchemy.Column('value', sqlalchemy.Integer),
)
READ = sqlalchemy.select(COUNTERS.c.value)
WRITE = sqlalchemy.update(COUNTERS)


class TestInstall(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        path = Path(self.useFixture(fixtures.TempDir()).path) / 'db'
        self.engine = sqlalchemy.create_engine(
            f'sqlite:///{path}', poolclass=sqlalchemy.NullPool
        )
        database.install(self.engine)
        COUNTERS.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            connection.execute(COUNTERS.insert().values(value=0))

    def is_locked(self, connection: sqlalchemy.Connection) -> bool:
        locked: bool = connection.connection.dbapi_connection.in_transaction
        return locked

    def test_read_takes_no_lock(self) -> None:
        with self.engine.begin() as reader:
            reader.execute(READ)
            self.assertFalse(self.is_locked(reader))
            with self.engine.begin() as writer:
                writer.execute(WRITE.values(value=1))
            self.assertEqual(1, reader.execute(READ).scalar_one())

    def test_savepoint(self) -> None:
        with self.engine.begin() as connection:
            with connection.begin_nested() as savepoint:
                connection.execute(WRITE.values(value=1))
                savepoint.rollback()
            connection.execute(WRITE.values(value=COUNTERS.c.value + 5))
        with self.engine.begin() as connection:
            self.assertEqual(5, connection.execute(READ).scalar_one())

    def test_no_update_is_lost(self) -> None:
        def count(_: int) -> None:
            with self.engine.begin() as connection:
                connection.execute(READ)
                value = connection.execute(READ.with_for_update()).scalar_one()
                connection.execute(WRITE.values(value=value + 1))

        with concurrent.futures.ThreadPoolExecutor(20) as executor:
            list(executor.map(count, range(200)))
        with self.engine.begin() as connection:
            self.assertEqual(200, connection.execute(READ).scalar_one())


class TestCreateTables(testtools.TestCase):
    def test_at_once(self) -> None:
        path = Path(self.useFixture(fixtures.TempDir()).path) / 'db'
        database.create(path)

        def create(_: int) -> None:
            engine = sqlalchemy.create_engine(
                f'sqlite:///{path}', poolclass=sqlalchemy.NullPool
            )
            database.install(engine)
            database.create_tables(engine, COUNTERS.metadata)
            with engine.begin() as connection:
                connection.execute(COUNTERS.insert().values(value=0))

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(create, range(8)))

    @mock.patch.object(sqlite, 'LOCK_TIMEOUT_SECONDS', 0)
    def test_while_somebody_else_writes(self) -> None:
        path = Path(self.useFixture(fixtures.TempDir()).path) / 'db'
        engine = sqlalchemy.create_engine(f'sqlite:///{path}')
        database.install(engine)
        database.create_tables(engine, COUNTERS.metadata)
        with engine.begin() as connection:
            connection.execute(COUNTERS.insert().values(value=0))
            database.create_tables(engine, COUNTERS.metadata)


class TestOtherDatabases(testtools.TestCase):
    def test_left_alone(self) -> None:
        connection = mock.Mock(spec=['cursor'])
        database._prepare_connection(connection, None)
        cursor = mock.Mock(spec=['execute'])
        database._lock_if_needed(
            mock.Mock(), cursor, 'UPDATE counters', None, None, False
        )
        cursor.execute.assert_not_called()
