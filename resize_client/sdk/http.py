# SPDX-License-Identifier: Apache-2.0

"""Requests that end, go to one service only, and have checked answers."""

from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import contextvars
import copy
import re
from typing import Any
from typing import Self
from urllib import parse

from keystoneauth1 import access
from keystoneauth1 import exceptions as ks_exceptions
from keystoneauth1 import session as ks_session
from openstack import exceptions
from openstack import proxy
from openstack import resource
import requests

from resize_client.sdk import faults

# The fields of load balancers, flavors, clusters and nodegroups that are read,
# without an "id", which is a number in Magnum
_TYPES: dict[str, type] = {
    **dict.fromkeys(('uuid', 'name', 'project_id', 'role', 'flavor_id'), str),
    **dict.fromkeys(('status', 'status_reason', 'provisioning_status'), str),
    **dict.fromkeys(('node_count', 'min_node_count', 'max_node_count'), int),
    **dict.fromkeys(('is_default', 'enabled', 'master_lb_enabled'), bool),
}

_TYPE_NAMES = {
    **{str: 'text', int: 'a whole number', bool: 'true or false'},
    dict: 'a JSON object',
}

_ENDLESS = (
    'A list of the service has no end: the link to its next page leads to one '
    'that was read before'
)

# How many requests in a row, each redirected to the next, are sent
_REDIRECTS = 5

# Where access rules are documented
_ABOUT_RULES = '"Application credentials" in the user guide, about scripting'

_UP_TO_VERSION = re.compile(r'^.*?/v\d+(\.\d+)?(?=/)')

_answer_within = contextvars.ContextVar(
    'answer_within', default=faults.REQUEST_TIMEOUT
)


@contextlib.contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Shorten the timeout of requests while in the context.

    :param seconds: Seconds after which a request without an answer fails.
    """
    before = _answer_within.set(min(seconds, faults.REQUEST_TIMEOUT))
    try:
        yield
    finally:
        _answer_within.reset(before)


class BoundedProxy(proxy.Proxy):
    """A proxy whose requests all have a timeout.

    A response whose status says success, but whose body isn't the service's,
    raises :class:`ValueError`. :class:`~openstack.exceptions.SDKException` is
    raised for an address to which no request can be sent, for a redirect to
    another host or port, for one that would make a change another request, and
    for a list without end.
    """

    #: The requests that the commands make, as access rules name them
    requests_made: tuple[str, ...] = ()

    # The requests for the pages of a list, while there is one
    _pages: set[str] | None = None

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        bounds = [_answer_within.get()]
        if self.session.timeout is not None:
            bounds.append(self.session.timeout)
        kwargs.setdefault('timeout', min(bounds))
        url = _of_this_service(url)
        if self._pages is not None:
            self._raise_if_repeated(f'{method} {url} {kwargs.get("params")}')
        response = self._follow(url, method, *args, **kwargs)
        if response.status_code == 401 and self._has_other_token(response):
            response = self._follow(url, method, *args, **kwargs)
        if response.status_code == 401 and self._has_access_rules():
            raise self._without_access_rule(response)
        if method == 'GET' and response.ok:
            _raise_unless_object(response)
        return response

    def _has_other_token(self, refused: requests.Response) -> bool:
        """Return whether there is another token than a request was sent with.

        Of several threads that are answered 401 at the same time, keystoneauth
        gets a token for one, and no other sends its request again.
        """
        used = refused.request.headers.get('X-Auth-Token')
        return used is not None and self.get_token() != used

    def _has_access_rules(self) -> bool:
        rules = 'application_credential_access_rules'
        return getattr(access_of(self.session), rules, None) is not None

    def _without_access_rule(
        self, response: requests.Response
    ) -> exceptions.HttpException:
        path = parse.urlsplit(str(response.url)).path
        return exceptions.HttpException(
            f'{response.request.method} {path} was answered 401: the access '
            'rules of the application credential may lack that request. The '
            f'commands for this service make {", ".join(self.requests_made)} '
            f'({_ABOUT_RULES})',
            http_status=401,
        )

    def _follow(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request, and follow redirects that may have the token.

        keystoneauth sends the token along to whatever host.
        """
        kwargs['redirect'] = False
        for _ in range(_REDIRECTS):
            with self._address_named():
                response = super().request(url, method, *args, **kwargs)
            if not response.is_redirect:
                break
            before = str(response.url)
            url = parse.urljoin(before, response.headers['Location'])
            self._raise_unless_followed(method, before, url)
            kwargs['params'] = {}
        return response

    def _raise_unless_followed(
        self, method: str, before: str, url: str
    ) -> None:
        rules: Any = requests.Session()
        if rules.should_strip_auth(before, url):
            raise exceptions.SDKException(
                f'{before} redirects to {url}, which does not get the token. '
                f'If that is the {self.service_type} service, its address in '
                'the catalog or in clouds.yaml is outdated'
            )
        if method != 'GET' and not _is_same_request(before, url):
            raise exceptions.SDKException(
                f'{method} {before} redirects to {url}, which is another '
                'request and was not sent'
            )

    @contextlib.contextmanager
    def _address_named(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError:
            # Of a name or ID
            raise
        except (ValueError, ks_exceptions.UnknownConnectionError) as exc:
            reason = getattr(exc, 'original', exc)
            if not isinstance(reason, ValueError):
                raise
            raise exceptions.SDKException(
                f'No request can be sent to {self.endpoint_override}, the '
                f'address of the {self.service_type} service in the catalog '
                f'or in clouds.yaml: {reason}'
            ) from exc

    def _list(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> Generator[resource.ResourceT, None, None]:
        one_list = self._for_one_list()
        assert one_list._pages is not None
        seen: set[str] = set()
        page, has_news = 1, True
        with service_messages():
            for found in proxy.Proxy._list(
                one_list, resource_type, *args, **kwargs
            ):
                if len(one_list._pages) > page:
                    if not has_news:
                        raise exceptions.SDKException(_ENDLESS)
                    page, has_news = len(one_list._pages), False
                has_news = has_news or found.id not in seen
                seen.add(str(found.id))
                yield found

    def _find(  # type: ignore[override]
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> resource.ResourceT | None:
        with service_messages():
            found: resource.ResourceT | None = proxy.Proxy._find(
                self._for_one_list(), resource_type, *args, **kwargs
            )
        return found

    def _get(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> resource.ResourceT:
        with service_messages():
            found: resource.ResourceT = super()._get(
                resource_type, *args, **kwargs
            )
        return found

    def _for_one_list(self) -> Self:
        """Return a copy of the proxy, which knows the pages of one list."""
        for_one = copy.copy(self)
        for_one._pages = set()
        return for_one

    def _raise_if_repeated(self, page: str) -> None:
        assert self._pages is not None
        if page in self._pages:
            raise exceptions.SDKException(_ENDLESS)
        self._pages.add(page)


def access_of(session: ks_session.Session) -> access.AccessInfo | None:
    """Return what a session's token is for, None if it has no such token."""
    get_access = getattr(session.auth, 'get_access', None)
    return None if get_access is None else get_access(session)


def has_value(found: resource.Resource, name: str, wanted: Any) -> bool:
    """Return whether a field has a value, one of several, or all of some tags.

    In upper or lower case: most databases compare without case.
    """
    value = getattr(found, name)
    if isinstance(value, list):
        tags = {str(tag).casefold() for tag in value}
        return tags.issuperset(wanted.casefold().split(','))
    several = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    return str(value).casefold() in (str(each).casefold() for each in several)


#: The ID of a resource, or the text itself
id_of = resource.Resource._get_id


def in_path(value: str | resource.Resource) -> str:
    """Return the ID or name of a resource, quoted for the path of a URL.

    openstacksdk puts an ID there as it is; a name may contain anything.
    """
    return parse.quote(id_of(value), safe='')


def _of_this_service(url: str) -> str:
    """Remove the host from a link.

    The link to the next page of a list names the host under which the service
    knows itself. That host may be unknown here, or be another one's, which
    must not get the token.
    """
    parts = parse.urlsplit(url)
    if not parts.netloc:
        return url
    path = _UP_TO_VERSION.sub('', parts.path)
    return parse.urlunsplit(('', '', path, parts.query, ''))


def _is_same_request(before: str, after: str) -> bool:
    """Return whether a redirect keeps the path and the query of a request.

    Without the query a dry run becomes a resize, and where the service has no
    resize, a cancel deletes the load balancer.
    """
    return _of_this_service(before) == _of_this_service(after)


def _raise_unless_object(response: requests.Response) -> None:
    try:
        body = response.json()
    except ValueError as exc:
        raise ValueError('it is not JSON') from exc
    if not isinstance(body, dict):
        raise ValueError('it is not a JSON object')


def raise_unless_accepted(response: requests.Response) -> None:
    """Raise ValueError unless a request that starts something got 202."""
    if response.status_code != 202:
        raise ValueError(f'its status is {response.status_code}, not 202')


def raise_unless_typed(
    fields: Mapping[str, Any], types: Mapping[str, type]
) -> None:
    """Raise ValueError unless fields of a response have types, or are null."""
    for name, expected in types.items():
        value = fields.get(name)
        # True is an int, too.
        if value is not None and type(value) is not expected:
            raise ValueError(f'its {name} is not {_TYPE_NAMES[expected]}')


def with_field(
    found: resource.ResourceT, field: str, *, is_nullable: bool = True
) -> resource.ResourceT:
    """Check that a resource was read from a response of the service.

    openstacksdk makes a resource without attributes of any JSON, and takes
    any value for an attribute.

    :param found: The resource.
    :param field: The name of a field that the service always returns.
    :param is_nullable: Whether that field may be null.
    :returns: The same resource.
    :raises: ValueError without that field, or when a field holds another type
        of value than it should.
    """
    fields = found._body.attributes
    if field not in fields or (not is_nullable and fields[field] is None):
        raise ValueError(f'there is no {field} in it')
    raise_unless_typed({'id': found.id, **fields}, _TYPES | {'id': str})
    return found


@contextlib.contextmanager
def service_messages() -> Iterator[None]:
    """Put the service's own message into the exceptions that are raised.

    openstacksdk doesn't read Magnum's errors, nor any that isn't an object.

    :raises: ValueError for a response which openstacksdk can't read.
    """
    try:
        yield
    except exceptions.HttpException as exc:
        if exc.response is not None:
            exc.details = faults.message(exc) or exc.details
        raise
    except KeyError as exc:
        raise ValueError(f'there is no {exc} in it') from exc
    except (AttributeError, TypeError, OverflowError) as exc:
        raise ValueError('it is not what was requested') from exc
    except exceptions.SDKException as exc:
        # openstacksdk compares the marker of a page with that of the next.
        if type(exc) is exceptions.SDKException and 'Endless' in str(exc):
            raise exceptions.SDKException(_ENDLESS) from exc
        raise
