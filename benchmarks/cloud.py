# SPDX-License-Identifier: Apache-2.0

"""A sandbox whose amphorae are servers of Nova with ports of Neutron.

It has the services of the distributed profile, and Glance, Placement, Nova
and Neutron. What stands in for others: Nova's fake hypervisor, a driver that
binds Neutron's ports in place of agents, and Octavia's driver for amphorae
without an agent.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import functools
from pathlib import Path
import socket
import sys

from resize_sandbox import clouds
from resize_sandbox import config
from resize_sandbox import sandbox
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Options
from resize_sandbox.deployment import Service
from resize_sandbox.distributed import gunicorn
from resize_sandbox.distributed import mariadb
from resize_sandbox.distributed import octavia
from resize_sandbox.distributed import rabbitmq
from resize_sandbox.distributed import services as distributed
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.neutron import config as neutron_config
from resize_sandbox.octavia import config as octavia_config
from resize_sandbox.seeds import identity

NEUTRON = neutron_config.NAME
NOVA = 'nova'

_PLACEMENT = 'placement'
_GLANCE = 'glance-api'
_COMPUTE = 'nova-compute'
_APIS = {
    _PLACEMENT: 'placement.wsgi.api:application',
    _GLANCE: 'glance.wsgi.api:application',
    NEUTRON: 'resize_sandbox.neutron.application:load()',
    NOVA: 'nova.wsgi.osapi_compute:application',
}
_PROGRAMS = ('nova-conductor', 'nova-scheduler', _COMPUTE)
_CELL_0 = 'nova_cell0'
_DATABASES = (*mariadb.DATABASES, *_APIS, 'nova_api', _CELL_0)
#: None of them is needed.
_LEFT_OUT = ('magnum', 'magnum-conductor', 'capi', octavia.RESIZE_WORKERS[1])
_OPTIONS = Options(profile=DISTRIBUTED)
_BIN = Path(sys.executable).parent
_ETC = Path(sys.prefix, 'etc')


def make(directory: Path, report: Callable[[str], None]) -> sandbox.Sandbox:
    """Return the sandbox, which is not started yet.

    :param directory: its state directory.
    :param report: is called with one line for each step of its start.
    """
    return sandbox.Sandbox(
        directory, options=_OPTIONS, report=report, services=_services()
    )


def _services() -> Sequence[Service]:
    services = {
        service.name: service
        for service in distributed.services(_OPTIONS)
        if service.name not in _LEFT_OUT
    }
    database = services[mariadb.NAME]
    services[mariadb.NAME] = dataclasses.replace(
        database, configure=lambda d: mariadb.write(d, _DATABASES)
    )
    for name, application in _APIS.items():
        services[name] = _api(name, application)
    for name in _PROGRAMS:
        services[name] = _program(name)
    api = services.pop(octavia.API)
    prepare_api = api.prepare
    assert prepare_api is not None
    services[octavia.API] = dataclasses.replace(
        api,
        configure=_write_octavia,
        needs=(*api.needs, *_APIS, *_PROGRAMS),
        prepare=lambda d: [_seed(d, 'resources'), *prepare_api(d)],
    )
    for name in (octavia.WORKER, octavia.RESIZE_WORKERS[0]):
        services[name] = services.pop(name)
    return list(services.values())


def _api(name: str, application: str) -> Service:
    def configure(deployment: Deployment) -> None:
        gunicorn.write(deployment, name, application)
        sections = _get_sections(deployment)[name]
        deployment.state.write(
            deployment.state.config_file(name),
            config.render({**_common(deployment, name), **sections}),
        )

    def command(
        deployment: Deployment, listener: socket.socket | None
    ) -> Sequence[str]:
        assert listener is not None
        return gunicorn.command(deployment, name, listener)

    return Service(
        name=name,
        configure=configure,
        prepare=lambda d: _prepare(d)[name],
        command=command,
        environment=_environment,
        needs=(mariadb.NAME, rabbitmq.NAME, keystone_config.NAME),
    )


def _program(name: str) -> Service:
    return Service(
        name=name,
        configure=lambda d: None,
        command=lambda d, _: _call(d, name, NOVA),
        is_ready=_has_host if name == _COMPUTE else None,
        listens=False,
        needs=tuple(_APIS),
    )


def _environment(deployment: Deployment) -> Mapping[str, str]:
    """Return where each API finds its configuration."""
    etc = str(deployment.state.etc)
    return {
        'OS_PLACEMENT_CONFIG_DIR': etc,
        'OS_GLANCE_CONFIG_DIR': etc,
        'OS_NOVA_CONFIG_DIR': etc,
        # The first one is that of the application.
        'OS_NOVA_CONFIG_FILES': f'{_ETC}/nova/api-paste.ini;{NOVA}.conf',
        neutron_config.CONFIG_FILES: str(
            deployment.state.config_file(NEUTRON)
        ),
    }


def _prepare(deployment: Deployment) -> Mapping[str, Sequence[Sequence[str]]]:
    """Return the commands that make the tables of each API."""
    nova = functools.partial(_call, deployment, 'nova-manage', NOVA)
    cell_0 = deployment.database_url(_CELL_0)
    return {
        _PLACEMENT: [
            # The services' users, before they log in.
            _seed(deployment, 'users'),
            _call(deployment, 'placement-manage', _PLACEMENT, 'db', 'sync'),
        ],
        _GLANCE: [_call(deployment, 'glance-manage', _GLANCE, 'db_sync')],
        NEUTRON: [
            _call(deployment, 'neutron-db-manage', NEUTRON, 'upgrade', 'heads')
        ],
        NOVA: [
            nova('api_db', 'sync'),
            nova('cell_v2', 'map_cell0', '--database_connection', cell_0),
            nova('cell_v2', 'create_cell', '--name', 'cell1'),
            nova('db', 'sync'),
        ],
    }


def _call(
    deployment: Deployment, program: str, name: str, *arguments: str
) -> Sequence[str]:
    path = deployment.state.config_file(name)
    return (str(_BIN / program), '--config-file', str(path), *arguments)


def _seed(deployment: Deployment, what: str) -> Sequence[str]:
    path = str(Path(__file__).with_name('cloud_seeds.py'))
    return (sys.executable, path, str(deployment.state.root), what)


def _has_host(deployment: Deployment) -> bool:
    """Return whether Nova can build servers."""
    with identity.connect(deployment.state, clouds.ADMIN_CLOUD) as admin:
        return bool(list(admin.compute.hypervisors()))


def _common(deployment: Deployment, name: str) -> config.Sections:
    state = deployment.state
    return {
        'DEFAULT': {
            'transport_url': deployment.transport_url,
            'state_path': state.data,
            'use_stderr': True,
            **_DEFAULTS.get(name, {}),
        },
        'database': {'connection': deployment.database_url(name)},
        'keystone_authtoken': keystone_config.service_auth(deployment, name),
        'oslo_concurrency': {'lock_path': state.run / 'locks'},
    }


_DEFAULTS: Mapping[str, Mapping[str, config.Value]] = {
    _GLANCE: {'enabled_backends': 'files:file'},
    NOVA: {
        'host': 'sandbox',
        'my_ip': '127.0.0.1',
        'compute_driver': 'fake.FakeDriverWithoutFakeNodes',
    },
    NEUTRON: {
        'core_plugin': 'ml2',
        'service_plugins': '',
        'api_paste_config': _ETC / 'neutron/api-paste.ini',
        'dhcp_agent_notification': False,
        'rpc_workers': 0,
    },
}


def _get_sections(deployment: Deployment) -> Mapping[str, config.Sections]:
    """Return what the configuration of each API has of its own."""

    def auth(name: str) -> Mapping[str, config.Value]:
        return keystone_config.service_auth(deployment, name)

    return {
        _PLACEMENT: {
            'placement_database': {
                'connection': deployment.database_url(_PLACEMENT)
            },
        },
        _GLANCE: {
            'glance_store': {'default_backend': 'files'},
            'files': {
                'filesystem_store_datadir': deployment.state.data / 'images'
            },
            'paste_deploy': {
                'flavor': 'keystone',
                'config_file': _ETC / 'glance/glance-api-paste.ini',
            },
        },
        NEUTRON: {
            'ml2': {
                'type_drivers': 'local',
                'tenant_network_types': 'local',
                'mechanism_drivers': 'resize_sandbox',
                'extension_drivers': 'port_security',
            },
            'nova': auth(NOVA),
        },
        NOVA: {
            'api_database': {
                'connection': deployment.database_url('nova_api')
            },
            'scheduler': {'discover_hosts_in_cells_interval': 1},
            'filter_scheduler': {'track_instance_changes': False},
            'vnc': {'enabled': False},
            'placement': auth(_PLACEMENT),
            'neutron': auth(NEUTRON),
            'glance': auth(_GLANCE),
            'service_user': {**auth(NOVA), 'send_service_user_token': True},
        },
    }


def _write_octavia(deployment: Deployment) -> None:
    """Write the configuration of an Octavia that uses Nova and Neutron."""
    octavia.write(
        deployment,
        {
            'controller_worker': {
                'compute_driver': 'compute_nova_driver',
                'network_driver': 'allowed_address_pairs_driver',
                'image_driver': 'image_glance_driver',
            },
            'nova': {'enable_anti_affinity': False},
            'neutron': keystone_config.service_auth(
                deployment, octavia_config.NAME
            ),
        },
    )
