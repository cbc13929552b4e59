# SPDX-License-Identifier: Apache-2.0

"""Redis: the server of the jobboard."""

from collections.abc import Sequence
import socket

from resize_sandbox import requirements
from resize_sandbox.deployment import Deployment

NAME = 'redis'

_HOST = '127.0.0.1'
_TIMEOUT_SECONDS = 2


def password(deployment: Deployment) -> str:
    """Return what its clients log in with."""
    return deployment.state.secret(f'{NAME} password')


def write(deployment: Deployment) -> None:
    """Write the server's configuration file."""
    state = deployment.state
    (state.data / NAME).mkdir(mode=0o700, exist_ok=True)
    state.write(
        state.config_file(NAME),
        '\n'.join(
            [
                f'bind {_HOST}',
                f'port {deployment.ports[NAME]}',
                f'dir "{state.data / NAME}"',
                f'requirepass {password(deployment)}',
                # Jobs outlive the server.
                'appendonly yes',
                'save ""',
                '',
            ]
        ),
    )


def command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the program and its arguments."""
    return [
        requirements.get('redis-server'),
        str(deployment.state.config_file(NAME)),
    ]


def is_ready(deployment: Deployment) -> bool:
    """Return whether Redis answers."""
    import redis

    client = redis.Redis(
        host=_HOST,
        port=deployment.ports[NAME],
        password=password(deployment),
        socket_timeout=_TIMEOUT_SECONDS,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
