# SPDX-License-Identifier: Apache-2.0

"""Magnum's conductor, and the clusters that it starts with."""

from oslo_service import backend

# Before Magnum is imported: it takes the default, eventlet, otherwise.
backend.init_backend(backend.BackendType.THREADING)

from collections.abc import Iterator
import contextlib
import itertools
import signal
import threading
import time
from typing import Any

from keystoneauth1 import exceptions as keystone_exceptions
from keystoneauth1 import session
from keystoneauth1.identity import v3
from magnum import objects
from magnum.common import context as magnum_context
from magnum.common import rpc
from magnum.common import service
from magnum.conductor.handlers import ca_conductor
from magnum.conductor.handlers import cluster_conductor
from magnum.conductor.handlers import conductor_listener
from magnum.conductor.handlers import credential_conductor
from magnum.conductor.handlers import federation_conductor
from magnum.conductor.handlers import nodegroup_conductor
import magnum.conf
from magnum.objects import base
from magnum.service import periodic
from magnum.servicegroup import magnum_service_periodic
import oslo_messaging
import yaml

from resize_sandbox import clouds
from resize_sandbox import wsgi
from resize_sandbox.magnum import options
from resize_sandbox.magnum import seeds

CONF = magnum.conf.CONF

#: Magnum itself polls every 10 seconds, and has no option for that.
STATUS_SYNC_SECONDS = 1.0
#: How often the health of all clusters is polled: with every so many polls of
#: the status of those that change, and with each while there are such.
#: Magnum itself reads it every minute (health_polling_interval).
_HEALTH_SYNC = 3

_LOGIN_TIMEOUT_SECONDS = 120.0


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Run the conductor, with the tenant's clusters, during the block."""
    seeds.seed(_find_owner())
    server = _start_server()
    stop = threading.Event()
    timer = threading.Thread(target=_run_periodic_tasks, args=(stop,))
    timer.start()
    try:
        yield
    finally:
        stop.set()
        timer.join()
        server.stop()
        server.wait()


def _start_server() -> oslo_messaging.MessageHandlingServer:
    # Not Magnum's own function: it starts green threads up to 22.
    server = oslo_messaging.get_rpc_server(
        rpc.TRANSPORT,
        oslo_messaging.Target(topic=CONF.conductor.topic, server=CONF.host),
        [
            cluster_conductor.Handler(),
            conductor_listener.Handler(),
            credential_conductor.Handler(),
            ca_conductor.Handler(),
            federation_conductor.Handler(),
            nodegroup_conductor.Handler(),
        ],
        serializer=rpc.RequestContextSerializer(base.MagnumObjectSerializer()),
        access_policy=oslo_messaging.DefaultRPCAccessPolicy,
    )
    server.start()
    return server


def _run_periodic_tasks(stop: threading.Event) -> None:
    tasks = periodic.MagnumPeriodicTasks(CONF)
    reports = magnum_service_periodic.MagnumServicePeriodicTasks(
        CONF, 'magnum-conductor'
    )
    for number in itertools.count():
        if stop.wait(STATUS_SYNC_SECONDS):
            return
        is_changing = _is_changing()
        tasks.sync_cluster_status(None)
        if is_changing or number % _HEALTH_SYNC == 0:
            tasks.sync_cluster_health_status(None)
        reports.run_periodic_tasks(None)


def _is_changing() -> bool:
    context = magnum_context.make_admin_context(all_tenants=True)
    in_progress = [objects.fields.ClusterStatus.UPDATE_IN_PROGRESS]
    return bool(objects.Cluster.list(context, filters={'status': in_progress}))


def _find_owner() -> seeds.Owner:
    """Return the tenant, as soon as Keystone can log them in."""
    with open(CONF[options.GROUP].clouds_file) as file:
        cloud = yaml.safe_load(file)['clouds'][clouds.MEMBER_CLOUD]
    deadline = time.monotonic() + _LOGIN_TIMEOUT_SECONDS
    while True:
        login = session.Session(auth=v3.Password(**cloud['auth']))
        try:
            user_id = login.get_user_id()
            project_id = login.get_project_id()
        except (
            keystone_exceptions.ClientException,
            keystone_exceptions.HttpError,
        ):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            assert user_id and project_id
            return seeds.Owner(user_id, project_id)


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments(with_socket=False)
    options.register(CONF)
    service.prepare_service(['magnum', '--config-file', arguments.config_file])
    ended = threading.Event()

    def end(*_: Any) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    wsgi.end_without(arguments.config_file)
    with running():
        ended.wait()


if __name__ == '__main__':
    main()
