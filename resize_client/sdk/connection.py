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

"""Give a connection of openstacksdk the methods that resize."""

import functools
from typing import Any
from typing import cast

from openstack import connection

from resize_client.sdk import endpoint
from resize_client.sdk.container_infra import _proxy as _container_infra
from resize_client.sdk.load_balancer import _proxy as _load_balancer


class ResizeConnection(connection.Connection):
    """A connection whose two proxies can resize.

    Made from an existing connection by :func:`extend`, or directly with the
    arguments of :class:`openstack.connection.Connection`.
    """

    # The proxies are made when first asked for and without a request of
    # their own: both APIs have one major version, so that there is nothing
    # to discover. openstacksdk declares plain attributes, which mypy lets no
    # property override.

    @functools.cached_property
    def load_balancer(self) -> _load_balancer.Proxy:  # type: ignore[override]
        """The load balancing service.

        :raises: :class:`~openstack.exceptions.EndpointNotFound` when the
            cloud's catalog has none.
        """
        return endpoint.make_proxy(
            self, 'load-balancer', _load_balancer.Proxy, 'v2.0'
        )

    @functools.cached_property
    def container_infrastructure_management(  # type: ignore[override]
        self,
    ) -> _container_infra.Proxy:
        """The container infrastructure management service.

        :raises: :class:`~openstack.exceptions.EndpointNotFound` when the
            cloud's catalog has none.
        """
        return endpoint.make_proxy(
            self,
            'container-infrastructure-management',
            _container_infra.Proxy,
            'v1',
        )


def extend(conn: connection.Connection) -> ResizeConnection:
    """Give an existing connection the methods that resize.

    Other connections stay as they are, and so do the methods which this one
    already has. No request is sent.

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
