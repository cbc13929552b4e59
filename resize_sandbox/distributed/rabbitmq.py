# SPDX-License-Identifier: Apache-2.0

"""RabbitMQ: a broker of the sandbox's own, and the epmd that it needs."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import socket

from resize_sandbox import requirements
from resize_sandbox.deployment import RABBITMQ
from resize_sandbox.deployment import RABBITMQ_USER
from resize_sandbox.deployment import Deployment

NAME = RABBITMQ
#: The Erlang port mapper: with one of its own, a sandbox neither uses nor
#: starts the one that the whole machine shares.
EPMD = 'epmd'
#: The port at which Erlang nodes would talk to one another.
DISTRIBUTION = 'rabbitmq-distribution'

_HOST = '127.0.0.1'
_TIMEOUT_SECONDS = 2


def write(deployment: Deployment) -> None:
    """Write the broker's configuration files."""
    state = deployment.state
    (state.data / NAME).mkdir(mode=0o700, exist_ok=True)
    state.write(
        state.etc / 'rabbitmq.conf',
        '\n'.join(
            [
                f'listeners.tcp.local = {_HOST}:{deployment.ports[NAME]}',
                f'default_user = {RABBITMQ_USER}',
                f'default_pass = {deployment.rabbitmq_password}',
                'log.console = true',
                'log.console.level = warning',
                'log.file = false',
                # The whole machine's, which others fill: not our alarm.
                'disk_free_limit.absolute = 50MB',
                '',
            ]
        ),
    )
    state.write(state.etc / 'rabbitmq-plugins', '[].\n')


def command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the program and its arguments."""
    # Without the script in /usr/sbin, which changes the user and writes to
    # the directories of the system's service.
    return [requirements.get('rabbitmq-server'), '-noinput']


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the environment variables that configure the broker."""
    state = deployment.state
    return _erlang(deployment) | {
        # Run Erlang in place of the shell, so that signals reach it.
        'RABBITMQ_ALLOW_INPUT': 'true',
        'RABBITMQ_NODENAME': f'{NAME}@localhost',
        'RABBITMQ_CONF_ENV_FILE': str(state.etc / 'rabbitmq-env.conf'),
        'RABBITMQ_CONFIG_FILE': str(state.etc / 'rabbitmq.conf'),
        'RABBITMQ_ADVANCED_CONFIG_FILE': str(state.etc / 'rabbitmq.config'),
        'RABBITMQ_ENABLED_PLUGINS_FILE': str(state.etc / 'rabbitmq-plugins'),
        'RABBITMQ_MNESIA_BASE': str(state.data / NAME),
        'RABBITMQ_LOG_BASE': str(state.logs),
        'RABBITMQ_PID_FILE': str(state.run / 'rabbitmq.pid'),
        'RABBITMQ_DIST_PORT': str(deployment.ports[DISTRIBUTION]),
        'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': (
            '-kernel inet_dist_use_interface {127,0,0,1} +S 2'
        ),
    }


def is_ready(deployment: Deployment) -> bool:
    """Return whether a service can log in."""
    return _check(deployment, lambda channel: True)


def has_consumer(deployment: Deployment, queue: str) -> bool:
    """Return whether a queue has a consumer."""
    return _check(
        deployment,
        lambda channel: (
            channel.queue_declare(queue, passive=True).consumer_count > 0
        ),
    )


def epmd_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the port mapper's program and its arguments."""
    return [
        requirements.get('epmd'),
        '-port',
        str(deployment.ports[EPMD]),
        '-address',
        _HOST,
    ]


def epmd_is_ready(deployment: Deployment) -> bool:
    """Return whether the port mapper listens."""
    try:
        socket.create_connection(
            (_HOST, deployment.ports[EPMD]), timeout=_TIMEOUT_SECONDS
        ).close()
    except OSError:
        return False
    return True


def _erlang(deployment: Deployment) -> dict[str, str]:
    return {
        'ERL_EPMD_PORT': str(deployment.ports[EPMD]),
        'ERL_EPMD_ADDRESS': _HOST,
    }


def _check(deployment: Deployment, condition: Callable[..., bool]) -> bool:
    import amqp

    connection = amqp.Connection(
        f'{_HOST}:{deployment.ports[NAME]}',
        userid=RABBITMQ_USER,
        password=deployment.rabbitmq_password,
        connect_timeout=_TIMEOUT_SECONDS,
        read_timeout=_TIMEOUT_SECONDS,
    )
    try:
        with connection:
            return condition(connection.channel())
    except (amqp.AMQPError, OSError):
        return False
