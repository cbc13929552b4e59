# SPDX-License-Identifier: Apache-2.0

"""MariaDB: a server of the sandbox's own, with a database per service."""

from collections.abc import Mapping
from collections.abc import Sequence
import os
import pwd
import socket

from resize_sandbox import requirements
from resize_sandbox.deployment import MARIADB
from resize_sandbox.deployment import Deployment

NAME = MARIADB

#: Octavia's second one is for the flows of the jobboard.
DATABASES = ('keystone', 'octavia', 'octavia_persistence', 'magnum')

_HOST = '127.0.0.1'
_TIMEOUT_SECONDS = 2


def write(
    deployment: Deployment, databases: Sequence[str] = DATABASES
) -> None:
    """Write the statements that the server runs whenever it starts.

    :param databases: Names of the databases to create.
    """
    statements = []
    for database in databases:
        user = f"'{database}'@'{_HOST}'"
        password = deployment.database_password(database)
        statements += [
            f'CREATE DATABASE IF NOT EXISTS `{database}`'
            ' CHARACTER SET utf8mb4;',
            f"CREATE OR REPLACE USER {user} IDENTIFIED BY '{password}';",
            f'GRANT ALL ON `{database}`.* TO {user};',
        ]
    deployment.state.write(
        deployment.state.etc / 'mariadb-init.sql', '\n'.join(statements)
    )


def prepare(deployment: Deployment) -> Sequence[Sequence[str]]:
    """Return the commands that create the server's own tables."""
    directory = deployment.state.data / NAME
    if directory.exists():
        return []
    return [
        [
            requirements.get('mariadb-install-db'),
            '--no-defaults',
            f'--datadir={directory}',
            f'--user={_system_user()}',
            '--skip-test-db',
            # Nobody can log in as root but the user who runs the sandbox.
            '--auth-root-authentication-method=socket',
            f'--auth-root-socket-user={_system_user()}',
        ]
    ]


def command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the program and its arguments."""
    return [
        requirements.get('mariadbd'),
        '--no-defaults',
        f'--datadir={deployment.state.data / NAME}',
        f'--user={_system_user()}',
        f'--bind-address={_HOST}',
        f'--port={deployment.ports[NAME]}',
        # Within the data directory: a longer path might be too long.
        '--socket=mariadb.sock',
        '--pid-file=mariadb.pid',
        f'--init-file={deployment.state.etc / "mariadb-init.sql"}',
        '--skip-name-resolve',
        '--max-connections=500',
        # Nothing is kept that a crash of the whole machine would lose.
        '--innodb-flush-log-at-trx-commit=2',
        '--innodb-buffer-pool-size=64M',
    ]


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the variables by which only the owner may read its files."""
    return {'UMASK': '0600', 'UMASK_DIR': '0700'}


def is_ready(deployment: Deployment) -> bool:
    """Return whether a service can log in."""
    import pymysql

    database = DATABASES[0]
    try:
        connection = pymysql.connect(
            host=_HOST,
            port=deployment.ports[NAME],
            user=database,
            password=deployment.database_password(database),
            database=database,
            connect_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
        )
    except pymysql.Error:
        return False
    connection.close()
    return True


def _system_user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
