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

"""What the proxies of both services have in common."""

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import contextlib
import contextvars
import re
from typing import Any
from typing import TypeVar
from urllib import parse

from keystoneauth1 import exceptions as ks_exceptions
from openstack import connection
from openstack import exceptions
from openstack import proxy
from openstack import resource
import requests

from resize_client.sdk import faults

#: How many requests are under way at a time; the session keeps ten connections
CONCURRENT_REQUESTS = 8

#: Seconds after which a request without an answer is given up
REQUEST_TIMEOUT = 60.0

#: What a request is made with that must not be made twice, whatever retries
#: are configured: a request whose answer was lost may have been taken.
ONCE = {'connect_retries': 0, 'status_code_retries': 0}

_answer_within = contextvars.ContextVar(
    'answer_within', default=REQUEST_TIMEOUT
)

# openstacksdk has its own only since 4.8.
ProxyT = TypeVar('ProxyT', bound=proxy.Proxy)
Item = TypeVar('Item')
Found = TypeVar('Found')

_UP_TO_VERSION = re.compile(r'^.*?/v\d+(\.\d+)?(?=/)')
_VERSION = re.compile(r'/v\d+(\.\d+)?$')


@contextlib.contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Give requests up sooner than usual while in the context.

    :param seconds: Seconds after which a request without an answer is given
        up.
    """
    before = _answer_within.set(min(seconds, REQUEST_TIMEOUT))
    try:
        yield
    finally:
        _answer_within.reset(before)


class BoundedProxy(proxy.Proxy):
    """A proxy none of whose requests waits for its answer for ever.

    What isn't an answer of the service, although its status says so, raises
    :class:`ValueError`.
    """

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        bounds = [_answer_within.get()]
        if self.session.timeout is not None:
            bounds.append(self.session.timeout)
        kwargs.setdefault('timeout', min(bounds))
        response = super().request(
            _of_this_service(url), method, *args, **kwargs
        )
        if method == 'GET' and response.ok:
            _demand_object(response)
        return response

    def _list(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> Generator[resource.ResourceT, None, None]:
        try:
            yield from super()._list(resource_type, *args, **kwargs)
        except KeyError as exc:
            raise ValueError(f'there is no {exc} in it') from exc
        except (AttributeError, TypeError) as exc:
            raise ValueError('it is no list of what was asked for') from exc

    def _get(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> resource.ResourceT:
        try:
            found: resource.ResourceT = super()._get(
                resource_type, *args, **kwargs
            )
        except (AttributeError, TypeError) as exc:
            raise ValueError('it is not what was asked for') from exc
        return found


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


def _of_this_service(url: str) -> str:
    """Take of a link only what it says to the service that was asked.

    The link to the next page of a list names the host under which the service
    knows itself, which may be unknown here, or another's; the token must not
    go there.
    """
    parts = parse.urlsplit(url)
    if not parts.netloc:
        return url
    path = _UP_TO_VERSION.sub('', parts.path)
    return parse.urlunsplit(('', '', path, parts.query, ''))


def _demand_object(response: requests.Response) -> None:
    """Refuse the page of somebody on the way to the service."""
    try:
        body = response.json()
    except ValueError as exc:
        raise ValueError('it is not JSON') from exc
    if not isinstance(body, dict):
        raise ValueError('it is not a JSON object')


def demand_accepted(response: requests.Response) -> None:
    """Refuse a success that isn't the service's own.

    :param response: The answer to a request that starts something.
    :raises: ValueError unless its status is 202.
    """
    if response.status_code != 202:
        raise ValueError(f'its status is {response.status_code}, not 202')


def demand(found: resource.ResourceT, field: str) -> resource.ResourceT:
    """Refuse an answer that isn't one.

    openstacksdk takes any JSON for a resource without attributes.

    :param found: What the service has answered.
    :param field: The name of a field that it always has, be its value null.
    :returns: The same.
    :raises: ValueError without that field.
    """
    if field not in found._body.attributes:
        raise ValueError(f'there is no {field} in it')
    return found


@contextlib.contextmanager
def in_its_words() -> Iterator[None]:
    """Let what a service has said stand in the exceptions that are raised.

    openstacksdk doesn't read Magnum's errors, nor any that isn't an object.

    :returns: A context manager.
    :raises: ValueError for an answer in which openstacksdk stumbles.
    """
    try:
        yield
    except exceptions.HttpException as exc:
        if exc.response is not None:
            exc.details = faults.words(exc) or exc.details
        raise
    except (AttributeError, TypeError) as exc:
        raise ValueError('it is not what was asked for') from exc


def side_by_side(
    call: Callable[[Item], Found], items: Sequence[Item]
) -> list[Found]:
    """Call a function for each item, several at a time.

    :param call: What to call. Its requests may share the session.
    :param items: What to call it with.
    :returns: What it has returned, in the order of the items.
    :raises: What the first call that fails has raised; calls that haven't
        begun by then, or by an interrupt, aren't made.
    """
    # A thread costs more than it saves for a single one.
    if len(items) < 2:
        return [call(item) for item in items]
    pool = futures.ThreadPoolExecutor(CONCURRENT_REQUESTS)
    try:
        # Also in a thread, answered_within counts.
        contexts = [contextvars.copy_context() for _ in items]
        return list(
            pool.map(
                lambda item, context: context.run(call, item), items, contexts
            )
        )
    finally:
        pool.shutdown(cancel_futures=True)


def id_of(value: str | resource.Resource) -> str:
    """Give the ID of a resource that is passed as itself or by its ID.

    :param value: The resource or its ID.
    :returns: The ID.
    """
    return value if isinstance(value, str) else str(value.id)


def in_path(value: str | resource.Resource) -> str:
    """Give what names a resource in a URL's path.

    openstacksdk puts an ID there as it is; a name may contain anything.

    :param value: The resource, its ID or its name.
    :returns: The ID or name, quoted.
    """
    return parse.quote(id_of(value), safe='')
