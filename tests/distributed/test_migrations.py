# SPDX-License-Identifier: Apache-2.0

"""The migrations, up and down, on the databases that Octavia may have."""

import os
from pathlib import Path
import pwd
import shutil
import subprocess
import tempfile
import uuid

from alembic import autogenerate
from alembic import migration
from octavia.db import models as octavia_models
import pymysql
import sqlalchemy
from sqlalchemy import orm
import testtools

from octavia_resize.db import models
from octavia_resize.db import schema
from resize_sandbox import requirements
from resize_sandbox.distributed import mariadb
from resize_sandbox.octavia import schema as octavia_schema
from tests.distributed import sandboxes

_TABLE = models.Resize.__tablename__
#: The user of Debian's package: the server refuses to run as root.
_POSTGRESQL_USER = 'postgres'


class Migrations(testtools.TestCase):
    """What is tested on each database."""

    engine: sqlalchemy.Engine

    def check_up_and_down(self) -> None:
        """Check the table with a record, and the way down."""
        lb_id = self._create_load_balancer()
        octavia = self._get_tables()
        schema.upgrade(self.engine)
        self._check_is_what_models_say()
        with orm.Session(self.engine) as session, session.begin():
            session.add(
                models.Resize(
                    load_balancer_id=lb_id,
                    id=str(uuid.uuid4()),
                    state='COMPLETED',
                    previous_status='ACTIVE',
                    new_flavor_id=str(uuid.uuid4()),
                    amphorae={},
                    new_amphorae=[],
                    ready=[],
                    retired=[],
                    replaced=[],
                )
            )
        with orm.Session(self.engine) as session, session.begin():
            session.execute(
                sqlalchemy.delete(octavia_models.LoadBalancer).where(
                    octavia_models.LoadBalancer.id == lb_id
                )
            )
            # The record goes with its load balancer.
            self.assertEqual(0, session.query(models.Resize).count())
        schema.remove(self.engine)
        self.assertEqual(octavia, self._get_tables())
        schema.upgrade(self.engine)
        self._check_is_what_models_say()

    def _create_load_balancer(self) -> str:
        lb_id = str(uuid.uuid4())
        with orm.Session(self.engine) as session, session.begin():
            session.add(
                octavia_models.LoadBalancer(
                    id=lb_id,
                    project_id=uuid.uuid4().hex,
                    provisioning_status='ACTIVE',
                    operating_status='ONLINE',
                    enabled=True,
                )
            )
        return lb_id

    def _get_tables(self) -> set[str]:
        tables = sqlalchemy.inspect(self.engine).get_table_names()
        # Alembic's own stays when nothing else is left.
        return {*tables} - {'alembic_version_resize'}

    def _check_is_what_models_say(self) -> None:
        with self.engine.connect() as connection:
            context = migration.MigrationContext.configure(
                connection,
                opts={
                    'include_name': lambda name, type_, _: (
                        type_ != 'table' or name == _TABLE
                    )
                },
            )
            self.assertEqual(
                [],
                autogenerate.compare_metadata(context, models.Base.metadata),
            )


class TestMariaDB(Migrations):
    """A database of its own, on the server of the sandbox."""

    def setUp(self) -> None:
        super().setUp()
        state = sandboxes.take().state
        # Who runs the server may administrate it.
        user = pwd.getpwuid(os.geteuid()).pw_name
        server = pymysql.connect(
            unix_socket=str(state.data / mariadb.NAME / 'mariadb.sock'),
            user=user,
        )
        self.addCleanup(server.close)
        self.cursor = server.cursor()
        self.cursor.execute('CREATE DATABASE migrations CHARACTER SET utf8mb3')
        self.addCleanup(self.cursor.execute, 'DROP DATABASE migrations')
        self.engine = sqlalchemy.create_engine(
            'mysql+pymysql://',
            creator=lambda: pymysql.connect(
                unix_socket=server.unix_socket,
                user=user,
                database='migrations',
            ),
        )
        self.addCleanup(self.engine.dispose)
        octavia_schema.create_tables(self.engine)

    def test_same_charset(self) -> None:
        self.check_up_and_down()

    def test_other_charset(self) -> None:
        """The default has changed since Octavia's tables were made."""
        for charset in ('utf8mb4', 'latin1'):
            self.cursor.execute(
                f'ALTER DATABASE migrations CHARACTER SET {charset}'
            )
            # A connection keeps the default that it has found.
            self.engine.dispose()
            self.check_up_and_down()
            schema.remove(self.engine)


class TestPostgreSQL(Migrations):
    """A server of the test's own."""

    def setUp(self) -> None:
        super().setUp()
        if missing := requirements.get_missing(requirements.MIGRATIONS):
            self.fail(f'Install first: apt-get install {" ".join(missing)}')
        self.directory = Path(tempfile.mkdtemp(prefix='postgresql-'))
        self.addCleanup(shutil.rmtree, self.directory)
        if os.geteuid() == 0:
            shutil.chown(self.directory, _POSTGRESQL_USER)
        data = self.directory / 'data'
        self._run('initdb', '--auth=trust', '--username=octavia', '-D', data)
        options = f"-c listen_addresses='' -k {self.directory}"
        log = self.directory / 'log'
        self._run('pg_ctl', '-D', data, '-l', log, '-o', options, 'start')
        self.addCleanup(
            self._run, 'pg_ctl', '-D', data, '-m', 'immediate', 'stop'
        )
        self.engine = sqlalchemy.create_engine(
            f'postgresql+psycopg2://octavia@/postgres?host={self.directory}'
        )
        self.addCleanup(self.engine.dispose)
        octavia_schema.create_tables(self.engine)

    def _run(self, program: str, *arguments: str | Path) -> None:
        path = requirements.find(program)
        assert path is not None
        subprocess.run(
            [path, *arguments],
            check=True,
            cwd=self.directory,
            user=_POSTGRESQL_USER if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    def test_up_and_down(self) -> None:
        self.check_up_and_down()
