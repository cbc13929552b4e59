# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Where a service is, told without asking the service for its versions."""

import contextlib
import re
from typing import TypeVar

from keystoneauth1 import exceptions as ks_exceptions
from openstack import connection
from openstack import exceptions
from openstack import proxy

# openstacksdk has its own only since 4.8.
ProxyT = TypeVar('ProxyT', bound=proxy.Proxy)

_VERSION = re.compile(r'/v\d+(\.\d+)?$')


def make_proxy(
    conn: connection.Connection,
    service_type: str,
    proxy_class: type[ProxyT],
    version: str,
) -> ProxyT:
    """Make the proxy of a service without asking it for its versions.

    :param conn: The connection to use.
    :param service_type: The service's official type.
    :param proxy_class: What to make.
    :param version: The API's major version as it stands in its URLs, such
        as ``v1``; a URL in the catalog which has none gets this one.
    :returns: The proxy.
    :raises: :class:`~openstack.exceptions.EndpointNotFound` when the catalog
        has no such service.
    """
    config = conn.config
    region = config.get_region_name(service_type)
    url = config.get_endpoint(service_type)
    if url is None:
        adapter = proxy.Proxy(
            conn.session,
            service_type=config.get_service_type(service_type),
            service_name=config.get_service_name(service_type),
            interface=config.get_interface(service_type),
            region_name=region,
        )
        # Depending on what the catalog has instead, it may also return None.
        with contextlib.suppress(ks_exceptions.CatalogException):
            url = adapter.get_endpoint()
    if not url:
        raise exceptions.EndpointNotFound(_why_no_endpoint(conn, service_type))
    # Without a version of ours, one in clouds.yaml such as 2.0 is taken for a
    # microversion, which openstacksdk then asks the service for.
    made = config.get_session_client(
        service_type, version.lstrip('v')[0], constructor=proxy_class
    )
    url = url.rstrip('/')
    made.endpoint_override = (
        url if _VERSION.search(url) else f'{url}/{version}'
    )
    return made


def _why_no_endpoint(conn: connection.Connection, service_type: str) -> str:
    """Tell what the catalog lacks."""
    config = conn.config
    get_access = getattr(conn.session.auth, 'get_access', None)
    access = None if get_access is None else get_access(conn.session)
    if (
        access is not None
        and access.project_id is None
        and not access.service_catalog.catalog
    ):
        return (
            f'The token for cloud {config.name} is for no project, and has no '
            'catalog of services: name a project'
        )
    region = config.get_region_name(service_type)
    interface = config.get_interface(service_type)
    found = (
        []
        if access is None
        else [
            endpoint
            for endpoints in access.service_catalog.get_endpoints(
                service_type=service_type
            ).values()
            for endpoint in endpoints
        ]
    )
    if found:
        there = ', '.join(
            sorted(f'{e["interface"]} in {e["region"]}' for e in found)
        )
        return (
            f'The {service_type} service in the catalog of cloud '
            f'{config.name} has no endpoint {interface} in {region}; it has: '
            f'{there}'
        )
    return (
        f'There is no {service_type} service in the catalog of cloud '
        f'{config.name}' + (f', region {region}' if region else '')
    )
