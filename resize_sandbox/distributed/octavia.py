# SPDX-License-Identifier: Apache-2.0

"""Octavia with its API, its worker and our workers in their own processes."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
import socket
import sys

from resize_sandbox import config
from resize_sandbox.deployment import Deployment
from resize_sandbox.distributed import gunicorn
from resize_sandbox.distributed import redis
from resize_sandbox.octavia import config as octavia_config

API = octavia_config.NAME
WORKER = 'octavia-worker'
RESIZE_WORKERS = ('octavia-resize-worker-1', 'octavia-resize-worker-2')

WORKER_TOPIC = 'octavia_provisioning_v2'
RESIZE_TOPIC = 'octavia_resize_v1'

#: Seconds without a heartbeat after which a resize is taken over.
ABANDONED_AFTER = 10
#: Seconds after which another worker takes the job of one that is gone.
JOB_EXPIRATION = 10


def write(
    deployment: Deployment, others: config.Sections | None = None
) -> None:
    """Write the configuration that all of Octavia's processes share.

    :param others: sections to add.
    """
    # Imported late: a "resize-sandbox status" needs no SQLAlchemy.
    from resize_sandbox import database

    database.create(deployment.state.data / 'cloud.db')
    octavia_config.write(
        deployment, {**_sections(deployment), **(others or {})}
    )
    application = 'octavia_resize.wsgi.api:application'
    if deployment.options.traffic:
        application = 'resize_sandbox.dataplane.api:create_application()'
    gunicorn.write(deployment, API, application)


def _sections(deployment: Deployment) -> config.Sections:
    sections: dict[str, dict[str, config.Value]] = {
        'oslo_messaging_notifications': {'driver': 'messagingv2'},
        'octavia_resize': {
            'topic': RESIZE_TOPIC,
            'heartbeat_interval': 1,
            'abandoned_after': ABANDONED_AFTER,
        },
    }
    if deployment.options.jobboard:
        sections['task_flow'] = {
            'jobboard_enabled': True,
            'jobboard_backend_driver': 'redis_taskflow_driver',
            'jobboard_backend_hosts': '127.0.0.1',
            'jobboard_backend_port': deployment.ports[redis.NAME],
            'jobboard_backend_password': redis.password(deployment),
            'jobboard_expiration_time': JOB_EXPIRATION,
            'persistence_connection': deployment.database_url(
                'octavia_persistence'
            ),
        }
    return sections


def prepare(deployment: Deployment) -> Sequence[Sequence[str]]:
    """Return the commands that bring the tables up to date."""
    options = ['--config-file', str(deployment.state.config_file(API))]
    commands = [
        [_program('octavia-db-manage'), *options, 'upgrade', 'head'],
        [_program('octavia-resize-db-manage'), *options, 'upgrade'],
    ]
    if deployment.options.jobboard:
        commands.append(
            [_program('octavia-db-manage'), *options, 'upgrade_persistence']
        )
    return commands


def api_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the API's program and its arguments."""
    assert listener is not None
    return gunicorn.command(deployment, API, listener)


def api_environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the variable that names the API's configuration file."""
    return {'OS_OCTAVIA_CONFIG_FILES': str(deployment.state.config_file(API))}


def write_worker(name: str) -> Callable[[Deployment], None]:
    """Return what writes a worker's own configuration file."""

    def write(deployment: Deployment) -> None:
        deployment.state.write(
            deployment.state.config_file(name),
            config.render({'DEFAULT': {'host': name}}),
        )

    return write


def worker_command(name: str, program: str) -> Callable[..., Sequence[str]]:
    """Return what returns a worker's program and its arguments."""

    def command(
        deployment: Deployment, listener: socket.socket | None
    ) -> Sequence[str]:
        return [
            _program(program),
            '--config-file',
            str(deployment.state.config_file(API)),
            '--config-file',
            str(deployment.state.config_file(name)),
        ]

    return command


def _program(name: str) -> str:
    # A console script of the environment that the sandbox runs in.
    return str(Path(sys.executable).parent / name)
