# SPDX-License-Identifier: Apache-2.0

"""Users, roles, projects and the service catalog."""

from collections.abc import Sequence

import openstack
from openstack.connection import Connection
from openstack.identity.v3 import _proxy as _proxy_v3

from resize_sandbox import clouds
from resize_sandbox.capi import config as capi_config
from resize_sandbox.deployment import Deployment
from resize_sandbox.heat import config as heat_config
from resize_sandbox.heat import stack_domain
from resize_sandbox.magnum import config as magnum_config
from resize_sandbox.magnum import trustee
from resize_sandbox.neutron.config import NAME as NEUTRON
from resize_sandbox.state import StateDirectory

_DOMAIN_ID = 'default'

#: Services with a user of their own, by catalog type: name, and the path of
#: the API.
_SERVICES = {
    'load-balancer': ('octavia', ''),
    'container-infra': ('magnum', '/v1'),
    'key-manager': ('barbican', ''),
    'network': (NEUTRON, ''),
    'orchestration': (heat_config.NAME, '/v1/%(tenant_id)s'),
    'compute': ('nova', '/v2.1'),
    'placement': ('placement', ''),
    'image': ('glance-api', ''),
}

#: What stands in for others: the name that Magnum knows.
_STAND_INS = {
    'network': NEUTRON,
    'image': 'glance',
    'block-storage': 'cinder',
    'compute': 'nova',
}
#: Those that no user needs.
_INTERNAL = {'image', 'block-storage', 'compute'}


def connect(state: StateDirectory, cloud: str) -> Connection:
    """Return an SDK connection to the sandbox.

    :param cloud: a cloud of its clouds.yaml.
    """
    return openstack.connection.Connection(
        config=openstack.config.OpenStackConfig(
            config_files=[str(state.clouds_yaml)],
            secure_files=[],
            vendor_files=[],
            load_envvars=False,
        ).get_one(cloud=cloud)
    )


def seed(deployment: Deployment) -> None:
    """Create what is missing; the catalog follows the services' ports.

    :param deployment: one whose Keystone answers.
    """
    services = [name for name, _ in _get_services(deployment).values()]
    users = [*clouds.TENANTS, *map(clouds.service_user, services)]
    with connect(deployment.state, clouds.ADMIN_CLOUD) as connection:
        _create_catalog(deployment, connection)
        _create_users(deployment, connection, users)
        if magnum_config.NAME in deployment.ports:
            trustee.create(deployment.state, _proxy(connection))
        if deployment.options.heat:
            stack_domain.create(deployment.state, _proxy(connection))


def _get_services(deployment: Deployment) -> dict[str, tuple[str, str]]:
    """Return the name and the URL of each service by its catalog type."""
    return {
        kind: (name, f'{deployment.url(name)}{path}')
        for kind, (name, path) in _SERVICES.items()
        if name in deployment.ports
    }


def _proxy(connection: Connection) -> _proxy_v3.Proxy:
    assert isinstance(connection.identity, _proxy_v3.Proxy)
    return connection.identity


def _create_users(
    deployment: Deployment,
    connection: Connection,
    users: Sequence[clouds.User],
) -> None:
    identity = _proxy(connection)
    roles = {role.name: role.id for role in identity.roles()}
    projects = {project.name: project.id for project in identity.projects()}
    accounts = {account.name: account.id for account in identity.users()}
    for user in users:
        if user.project not in projects:
            projects[user.project] = identity.create_project(
                name=user.project, domain_id=_DOMAIN_ID
            ).id
        if user.name not in accounts:
            accounts[user.name] = identity.create_user(
                name=user.name,
                domain_id=_DOMAIN_ID,
                default_project_id=projects[user.project],
                password=deployment.state.secret(f'password of {user.name}'),
            ).id
        for name in user.roles:
            if name not in roles:
                roles[name] = identity.create_role(name=name).id
            identity.assign_project_role_to_user(
                projects[user.project], accounts[user.name], roles[name]
            )


def _create_catalog(deployment: Deployment, connection: Connection) -> None:
    identity = _proxy(connection)
    real = _get_services(deployment)
    catalog = dict(real)
    if capi_config.NAME in deployment.ports:
        for kind, url in capi_config.catalog(deployment).items():
            catalog.setdefault(kind, (_STAND_INS[kind], url))
    services = {service.type: service.id for service in identity.services()}
    endpoints = {
        (endpoint.service_id, endpoint.interface): endpoint
        for endpoint in identity.endpoints()
    }
    for kind, (name, url) in catalog.items():
        if kind not in services:
            services[kind] = identity.create_service(type=kind, name=name).id
        for interface in (
            ('internal',)
            if kind in _INTERNAL - set(real)
            else ('public', 'internal')
        ):
            endpoint = endpoints.get((services[kind], interface))
            if endpoint is None:
                identity.create_endpoint(
                    service_id=services[kind],
                    interface=interface,
                    region_id=clouds.REGION,
                    url=url,
                )
            elif endpoint.url != url:
                identity.update_endpoint(endpoint, url=url)
