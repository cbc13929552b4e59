# SPDX-License-Identifier: Apache-2.0

"""The services of the distributed profile.

What operators run on several hosts: MariaDB, RabbitMQ, several processes of
Octavia's API, an unmodified octavia-worker and two octavia-resize-workers
beside it, Keystone, and Magnum's API and conductor.
"""

from collections.abc import Callable
from collections.abc import Sequence

from resize_sandbox.capi import config as capi_config
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Options
from resize_sandbox.deployment import Service
from resize_sandbox.deployment import module_command
from resize_sandbox.distributed import magnum
from resize_sandbox.distributed import mariadb
from resize_sandbox.distributed import octavia
from resize_sandbox.distributed import rabbitmq
from resize_sandbox.distributed import redis
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.magnum import config as magnum_config

_BACKENDS = (mariadb.NAME, rabbitmq.NAME)

# cotyledon gives the flows of a worker that is stopped a minute.
_WORKER_PATIENCE_SECONDS = 70.0


def services(options: Options) -> Sequence[Service]:
    """Return the services, each after those that it needs."""
    return [
        Service(
            name=mariadb.NAME,
            configure=mariadb.write,
            prepare=mariadb.prepare,
            command=mariadb.command,
            environment=mariadb.environment,
            is_ready=mariadb.is_ready,
            scheme='mysql',
            patience=30.0,
            infrastructure=True,
            inherits_socket=False,
        ),
        Service(
            name=rabbitmq.EPMD,
            configure=_nothing,
            command=rabbitmq.epmd_command,
            is_ready=rabbitmq.epmd_is_ready,
            scheme='epmd',
            infrastructure=True,
            inherits_socket=False,
        ),
        Service(
            name=rabbitmq.NAME,
            configure=rabbitmq.write,
            command=rabbitmq.command,
            environment=rabbitmq.environment,
            is_ready=rabbitmq.is_ready,
            scheme='amqp',
            patience=30.0,
            needs=(rabbitmq.EPMD,),
            infrastructure=True,
            inherits_socket=False,
            other_ports=(rabbitmq.DISTRIBUTION,),
        ),
        *(_jobboard() if options.jobboard else ()),
        Service(
            name=keystone_config.NAME,
            configure=keystone_config.write,
            command=module_command(
                keystone_config.NAME, 'resize_sandbox.keystone'
            ),
            environment=keystone_config.environment,
            needs=(mariadb.NAME,),
        ),
        Service(
            name=octavia.API,
            configure=octavia.write,
            prepare=octavia.prepare,
            command=octavia.api_command,
            environment=octavia.api_environment,
            needs=_BACKENDS,
            patience=20.0,
        ),
        _worker(octavia.WORKER, octavia.WORKER, octavia.WORKER_TOPIC),
        *(
            _worker(name, 'octavia-resize-worker', octavia.RESIZE_TOPIC)
            for name in octavia.RESIZE_WORKERS
        ),
        Service(
            name=magnum.API,
            configure=magnum_config.write,
            prepare=magnum.prepare,
            command=magnum.api_command,
            needs=_BACKENDS,
        ),
        Service(
            name=magnum.CONDUCTOR,
            configure=_nothing,
            command=magnum.conductor_command,
            environment=capi_config.environment,
            is_ready=_consumes(magnum.QUEUE),
            listens=False,
            needs=(magnum.API,),
        ),
        Service(
            name=capi_config.NAME,
            configure=capi_config.write,
            command=module_command(capi_config.NAME, 'resize_sandbox.capi'),
        ),
    ]


def _jobboard() -> Sequence[Service]:
    return [
        Service(
            name=redis.NAME,
            configure=redis.write,
            command=redis.command,
            is_ready=redis.is_ready,
            scheme='redis',
            infrastructure=True,
            inherits_socket=False,
        )
    ]


def _worker(name: str, program: str, topic: str) -> Service:
    return Service(
        name=name,
        configure=octavia.write_worker(name),
        command=octavia.worker_command(name, program),
        is_ready=_consumes(f'{topic}.{name}'),
        listens=False,
        # Its tables are made with the API's.
        needs=(octavia.API,),
        patience=_WORKER_PATIENCE_SECONDS,
    )


def _consumes(queue: str) -> Callable[[Deployment], bool]:
    return lambda deployment: rabbitmq.has_consumer(deployment, queue)


def _nothing(deployment: Deployment) -> None:
    """Write no configuration file."""
