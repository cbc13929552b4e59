# SPDX-License-Identifier: Apache-2.0

"""Find load balancers and flavors by name or ID, with few requests."""

from collections.abc import Iterator
from collections.abc import Sequence
import difflib
from typing import Any
from typing import NamedTuple
import uuid

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize

#: The command that names the flavors
LIST_FLAVORS = "'openstack loadbalancer flavor list'"

#: Fewer are found one by one: a list has all the others, too
FEWEST_TO_LIST = 20

# Octavia's administrators, who may rebuild by default
_MAY_REBUILD = frozenset(('admin', 'load-balancer_admin'))


def get_load_balancer(
    proxy: _proxy.Proxy, load_balancer: str | _lb.LoadBalancer
) -> _lb.LoadBalancer:
    """See :meth:`Proxy.get_load_balancer`."""
    return http.with_field(
        proxy._get(_lb.LoadBalancer, load_balancer), 'provisioning_status'
    )


def as_seen(
    proxy: _proxy.Proxy, load_balancer: str | _lb.LoadBalancer
) -> _lb.LoadBalancer:
    """Return a load balancer as the caller has just read it.

    One that the caller knows by its ID is read.
    """
    if isinstance(load_balancer, str):
        return get_load_balancer(proxy, load_balancer)
    return load_balancer


def find_load_balancer(
    proxy: _proxy.Proxy, name_or_id: str
) -> _lb.LoadBalancer:
    """Find a load balancer with one request.

    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none, :class:`~openstack.exceptions.DuplicateResource`, which lists
        their IDs, when several have that name,
        :class:`~openstack.exceptions.ForbiddenException` when it is another
        project's.
    """
    is_id = _is_uuid(name_or_id)
    if is_id:
        try:
            return get_load_balancer(proxy, name_or_id)
        except exceptions.NotFoundException as exc:
            if not faults.is_from_service(exc):
                raise
        except exceptions.ForbiddenException as exc:
            if not faults.is_from_service(exc):
                raise
            raise exceptions.ForbiddenException(
                f'Your roles do not allow to see load balancer {name_or_id}'
            ) from exc
    found = _named(proxy, name_or_id, is_optional=is_id)
    # Most databases compare without case.
    exact = [f for f in found if f.name == name_or_id]
    if not exact:
        instead = (
            f'did you mean {found[0].name}?'
            if found and found[0].name
            else "'openstack loadbalancer list' shows those that there are"
        )
        raise exceptions.NotFoundException(
            f"No load balancer with the name or ID '{name_or_id}' found; "
            f'{instead}'
        )
    if len(exact) > 1:
        ids = ', '.join(str(load_balancer.id) for load_balancer in exact)
        raise exceptions.DuplicateResource(
            f"{len(exact)} load balancers have the name '{name_or_id}'; "
            f'give the ID of one: {ids}'
        )
    return exact[0]


def find_load_balancers(
    proxy: _proxy.Proxy, names_or_ids: Sequence[str]
) -> dict[str, _lb.LoadBalancer]:
    """Find many load balancers in one list.

    :param names_or_ids: The names or IDs.
    :returns: The load balancers whose name or ID is unique, by that name or
        ID; empty if the caller may not list them. :func:`find_load_balancer`
        finds the others.
    """
    if len(names_or_ids) < FEWEST_TO_LIST:
        return {}
    wanted = set(names_or_ids)
    found: dict[str, list[_lb.LoadBalancer]] = {}
    try:
        for load_balancer in list_load_balancers(proxy):
            for key in {load_balancer.id, load_balancer.name} & wanted:
                found.setdefault(str(key), []).append(load_balancer)
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        return {}
    return {
        key: several[0] for key, several in found.items() if not several[1:]
    }


def list_load_balancers(
    proxy: _proxy.Proxy, **query: Any
) -> Iterator[_lb.LoadBalancer]:
    """List load balancers, with the fields that a resize needs.

    :param query: Filters, as of openstacksdk's ``load_balancers``, for fields
        of these names. They also hold where the service ignores filters, as
        with ``[api_settings] allow_filtering = False``.
    """
    fields = dict.fromkeys((*_load_balancer.FIELDS, *query))
    for found in proxy._list(
        _load_balancer.LoadBalancer, fields=tuple(fields), **query
    ):
        if all(http.has_value(found, n, query[n]) for n in query):
            yield http.with_field(found, 'provisioning_status')


def _named(
    proxy: _proxy.Proxy, name: str, *, is_optional: bool
) -> list[_lb.LoadBalancer]:
    """List the load balancers with a name.

    :param is_optional: Whether to return none without the right to list them,
        as with an ID that a GET didn't find.
    """
    if not name:
        return []
    try:
        return [
            http.with_field(found, 'provisioning_status')
            for found in proxy.load_balancers(name=name)
        ]
    except exceptions.HttpException as exc:
        if not is_optional or faults.is_transient(exc):
            raise
        return []


class Found(NamedTuple):
    """A load balancer, and what is in progress."""

    load_balancer: _lb.LoadBalancer
    #: Its resize that is in progress, None for none
    resize: _resize.LoadBalancerResize | None = None
    #: Whether that could be read
    is_shown: bool = True


def with_unfinished_resize(
    proxy: _proxy.Proxy, load_balancer: _lb.LoadBalancer
) -> Found:
    """Get the resize of a load balancer that is in progress.

    :param load_balancer: The load balancer as it was just found.
    :returns: The load balancer, as it is now if its resize has ended since;
        and the resize.
    :raises: :class:`~openstack.exceptions.NotFoundException` when it has been
        deleted since.
    """
    if load_balancer.provisioning_status != 'PENDING_UPDATE':
        return Found(load_balancer)
    latest, is_shown = latest_resize(proxy, str(load_balancer.id))
    if latest is None or latest.state not in _resize.UNFINISHED:
        now = get_load_balancer(proxy, load_balancer)
        return Found(now, is_shown=is_shown)
    return Found(load_balancer, latest)


def latest_resize(
    proxy: _proxy.Proxy, load_balancer_id: str
) -> tuple[_resize.LoadBalancerResize | None, bool]:
    """Get the latest resize of a load balancer, and whether that can be read.

    :raises: What the request raised, if that is transient.
    """
    try:
        return _resize.LoadBalancerResize.of(proxy, load_balancer_id), True
    except exceptions.SDKException as exc:
        if faults.is_transient(exc):
            raise
        return None, False


def readable_resize(
    proxy: _proxy.Proxy, load_balancer_id: str
) -> _resize.LoadBalancerResize | None:
    """Get the latest resize of a load balancer, None if that fails."""
    try:
        return _resize.LoadBalancerResize.of(proxy, load_balancer_id)
    except Exception:
        return None


def may_rebuild(proxy: _proxy.Proxy) -> bool:
    """Return whether a caller is known to be allowed to rebuild.

    By the roles of the token. Only for those who have such a role, a request
    that changes nothing shows whether the service rebuilds.
    """
    try:
        access = http.access_of(proxy.session)
        roles = access.role_names if access is not None else None
        if _MAY_REBUILD.isdisjoint(roles or ()):
            return False
        offer.of(proxy).raise_without('rebuild')
        # A service that lists resizes also rebuilds.
        path = _resize.LoadBalancerResize.base_path
        answer = proxy.get(path, params={'limit': 1}).json()
        return _resize.LoadBalancerResize.resources_key in answer
    except Exception:
        return False


class Flavors:
    """The flavors of a cloud.

    :param flavors: Those that can be read.
    """

    def __init__(self, flavors: Sequence[_flavor.Flavor] = ()):
        self._flavors = flavors

    def find(self, name_or_id: str) -> _flavor.Flavor:
        """Find a flavor by its name or ID, or raise NotFoundException."""
        for attribute in ('id', 'name'):
            for flavor in self._flavors:
                if getattr(flavor, attribute) == name_or_id:
                    return flavor
        raise exceptions.NotFoundException(
            'No load balancer flavor with the name or ID '
            f"'{name_or_id}' found; {self._instead_of(name_or_id)}"
        )

    def _get(self, flavor_id: str | None) -> _flavor.Flavor | None:
        return next((f for f in self._flavors if f.id == flavor_id), None)

    def is_offered(self, flavor_id: str | None) -> bool:
        """Return whether a flavor isn't disabled, as far as can be read."""
        found = self._get(flavor_id)
        return flavor_id is not None and (
            found is None or found.is_enabled is not False
        )

    def name(self, flavor_id: str | None) -> str | None:
        """Return the name of a flavor, else its ID; None for none."""
        found = self._get(flavor_id)
        return flavor_id if found is None else str(found.name)

    def _instead_of(self, name: str) -> str:
        names = [str(f.name) for f in self._flavors if f.is_enabled]
        close = difflib.get_close_matches(name, names, n=1)
        if close:
            return f'did you mean {close[0]}?'
        # Which of them have the right topology, only the service knows.
        return f'{LIST_FLAVORS} shows those that there are'


def _listed(proxy: _proxy.Proxy) -> list[_flavor.Flavor]:
    return [http.with_field(flavor, 'name') for flavor in proxy.flavors()]


def flavors_for(proxy: _proxy.Proxy, name_or_id: str) -> Flavors:
    """Get the flavors, to change to one of them.

    :returns: Where they can't be read, only the one with that ID.
    :raises: What the request raised, when it is the name of a flavor.
    """
    try:
        return Flavors(_listed(proxy))
    except Exception:
        if not _is_uuid(name_or_id):
            raise
        only = _flavor.Flavor(id=name_or_id, name=name_or_id, is_enabled=True)
        return Flavors([only])


def readable_flavors(proxy: _proxy.Proxy) -> Flavors:
    """Get the flavors, none where they can't be read."""
    try:
        return Flavors(_listed(proxy))
    except Exception:
        return Flavors()


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
