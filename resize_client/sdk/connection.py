# SPDX-License-Identifier: Apache-2.0

"""Give a connection of openstacksdk the methods that resize."""

import contextlib
import functools
import re
from typing import Any
from typing import TypeVar
from typing import cast

from keystoneauth1 import exceptions as ks_exceptions
from openstack import connection
from openstack import exceptions
from openstack import proxy
from openstack.config import cloud_region

from resize_client.sdk import http
from resize_client.sdk.container_infra import _proxy as _container_infra
from resize_client.sdk.load_balancer import _proxy as _load_balancer

# openstacksdk has its own only since 4.8.
ProxyT = TypeVar('ProxyT', bound=proxy.Proxy)

_VERSION = re.compile(r'/v\d+(\.\d+)?$')

# What the URL of a service must not have: it would spoil the paths
_ODD = re.compile(r'[?#]|%\((?!(project|user)_id\)s).*')

# The path of a request begins with it, after the version.
_LBAAS = re.compile(r'/lbaas/*$')

# keystoneauth formats addresses, with the project's ID for example.
_PERCENT = re.compile(r'%%|%(?!\()')


class ResizeConnection(connection.Connection):
    """A connection whose two proxies can resize.

    Made from an existing connection by :func:`extend`, or directly with the
    arguments of :class:`openstack.connection.Connection`.
    """

    # The proxies are made at their first use, and without a request: both
    # APIs have one major version, so that there is nothing to discover.
    # openstacksdk declares plain attributes, which mypy lets no property
    # override.

    @functools.cached_property
    def load_balancer(self) -> _load_balancer.Proxy:  # type: ignore[override]
        """The load balancing service.

        :raises: :class:`~openstack.exceptions.EndpointNotFound` when the
            cloud's catalog has none.
        """
        return _make_proxy(self, 'load-balancer', _load_balancer.Proxy, 'v2.0')

    @functools.cached_property
    def container_infrastructure_management(  # type: ignore[override]
        self,
    ) -> _container_infra.Proxy:
        """The container infrastructure management service.

        :raises: :class:`~openstack.exceptions.EndpointNotFound` when the
            cloud's catalog has none.
        """
        return _make_proxy(
            self,
            'container-infrastructure-management',
            _container_infra.Proxy,
            'v1',
        )


def extend(conn: connection.Connection) -> ResizeConnection:
    """Give an existing connection the methods that resize.

    Other connections are not changed, nor the methods which this one already
    has. No request is sent.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        web = conn.load_balancer.find_load_balancer(
            'web', ignore_missing=False
        )
        print(conn.load_balancer.get_load_balancer_resize(web))

    :param conn: The connection.
    :returns: The same object, for the sake of its type.
    """
    if not isinstance(conn, ResizeConnection):
        # Connection.add_service would change the class, and with it every
        # other connection of the program. mypy takes how instances are
        # hashed for how the class is.
        conn.__class__ = _extended(type(conn))  # type: ignore[arg-type]
    return cast(ResizeConnection, conn)


@functools.cache
def _extended(cls: type[Any]) -> type[ResizeConnection]:
    if cls is connection.Connection:
        return ResizeConnection
    return type(cls.__name__, (ResizeConnection, cls), {})


def _make_proxy(
    conn: connection.Connection,
    service_type: str,
    proxy_class: type[ProxyT],
    version: str,
) -> ProxyT:
    """Make the proxy of a service without discovery of its versions.

    :param version: The API's major version as in its URLs, such as ``v1``,
        for a URL in the catalog which has none.
    :raises: :class:`~openstack.exceptions.EndpointNotFound` when the catalog
        has no such service.
    """
    # Made now, the session knows its connection, which openstacksdk's proxies
    # take from there.
    session = conn.session
    # The requests name the microversions that they need. A default makes
    # openstacksdk discover versions, which takes a URL that not every cloud
    # has.
    config = _without_default_microversions(conn.config)
    url = config.get_endpoint(service_type)
    if url is None:
        adapter = proxy.Proxy(
            session,
            service_type=config.get_service_type(service_type),
            service_name=config.get_service_name(service_type),
            interface=config.get_interface(service_type),
            region_name=config.get_region_name(service_type),
        )
        # Depending on what the catalog has instead, it may also return None.
        with contextlib.suppress(ks_exceptions.CatalogException):
            try:
                url = adapter.get_endpoint()
            except ValueError as exc:
                raise exceptions.EndpointNotFound(
                    f'The address of the {service_type} service in the '
                    f'catalog of cloud {config.name} is none: {exc}'
                ) from exc
    if not url:
        raise exceptions.EndpointNotFound(_why_no_endpoint(conn, service_type))
    odd = _ODD.search(url)
    if odd is not None:
        raise exceptions.EndpointNotFound(
            f'The address of the {service_type} service in the catalog or in '
            f'clouds.yaml, {url}, has "{odd.group()}" in it, which it must not'
        )
    if service_type == 'load-balancer' and _LBAAS.search(url):
        raise exceptions.EndpointNotFound(
            f'The address of the {service_type} service in the catalog or in '
            f'clouds.yaml, {url}, must not end with "/lbaas": leave that out'
        )
    # Without a version of ours, one in clouds.yaml such as 2.0 is taken for a
    # microversion, which openstacksdk then sends to the service.
    made = config.get_session_client(
        service_type, version.lstrip('v')[0], constructor=proxy_class
    )
    url = url.rstrip('/')
    url = url if _VERSION.search(url) else f'{url}/{version}'
    made.endpoint_override = _PERCENT.sub('%%', url)
    # As openstacksdk does: the session has a weak reference only.
    made._connection = conn
    return made


def _without_default_microversions(
    config: cloud_region.CloudRegion,
) -> cloud_region.CloudRegion:
    # copy.copy of one recurses without end in openstacksdk 4.7.
    without = object.__new__(type(config))
    vars(without).update(vars(config))
    without.config = {
        name: value
        for name, value in config.config.items()
        if not name.endswith('default_microversion')
    }
    return without


def _why_no_endpoint(conn: connection.Connection, service_type: str) -> str:
    """Return what the catalog lacks, a sentence."""
    config = conn.config
    access = http.access_of(conn.session)
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
    configured_type = config.get_service_type(service_type)
    name = config.get_service_name(service_type)
    service = f'{configured_type} service' + (f' named {name}' if name else '')
    if name or configured_type != service_type:
        service += ', as configured for this cloud,'
    found = (
        []
        if access is None
        else [
            endpoint
            for endpoints in access.service_catalog.get_endpoints(
                service_type=configured_type, service_name=name
            ).values()
            for endpoint in endpoints
            if endpoint is not None
        ]
    )
    if found:
        there = ', '.join(
            sorted(f'{e["interface"]} in {e["region"]}' for e in found)
        )
        return (
            f'The {service} in the catalog of cloud {config.name} has no '
            f'endpoint {interface} in {region}; it has: {there}'
        )
    return f'There is no {service} in the catalog of cloud {config.name}' + (
        f', region {region}' if region else ''
    )
