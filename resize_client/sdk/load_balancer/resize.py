# SPDX-License-Identifier: Apache-2.0

"""The resize API: the latest resize or rebuild, and the dry runs of both."""

from collections.abc import Iterator
from typing import Any
from typing import Self

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack import utils
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.load_balancer import offer

#: The states of a resize that has not ended yet
UNFINISHED = ('QUEUED', 'RUNNING', 'CANCELLING')

# What a list of resizes can be filtered by
_FILTERS = (
    *('loadbalancer_id', 'new_flavor_id', 'operation', 'phase'),
    *('previous_flavor_id', 'project_id', 'state'),
)

_FLAVORS = (
    *('previous_flavor_id', 'previous_flavor_name'),
    *('new_flavor_id', 'new_flavor_name'),
)
_TYPES: dict[str, type] = {
    **dict.fromkeys((*_FLAVORS, 'id', 'phase', 'reason', 'detail'), str),
    **dict.fromkeys(('operation', 'loadbalancer_name', 'project_id'), str),
    'loadbalancer_id': str,
    **dict.fromkeys(('request_id', 'created_at', 'updated_at'), str),
    **dict.fromkeys(('amphorae_built', 'amphorae_to_build'), int),
    'drain_seconds': int,
    'can_cancel': bool,
}
_PREVIEW_TYPES = dict.fromkeys((*_FLAVORS, 'topology', 'traffic'), str)
_AMPHORA_TYPES: dict[str, type] = {
    **dict.fromkeys(('id', 'role', 'reason'), str),
    **dict.fromkeys(('image_id', 'compute_flavor'), dict),
}


class DryRunDropped(exceptions.SDKException):
    """An operation began, as a gateway dropped ``dry_run`` from its request.

    :param operation: ``resize`` or ``rebuild``.
    """

    def __init__(self, operation: str):
        super().__init__(
            'something before the service has dropped "dry_run" from the '
            f'request, and the service has accepted the {operation}'
        )


class FlavorChange(resource.Resource):
    """A change of the flavor of a load balancer."""

    resource_key = 'resize'

    #: The ID of the load balancer
    loadbalancer_id = resource.Body('loadbalancer_id')
    #: The ID of the flavor before the resize, None for none
    previous_flavor_id = resource.Body('previous_flavor_id')
    #: Its name, None also for a deleted flavor
    previous_flavor_name = resource.Body('previous_flavor_name')
    #: The ID of the flavor to change to
    new_flavor_id = resource.Body('new_flavor_id')
    #: Its name, None for a deleted flavor
    new_flavor_name = resource.Body('new_flavor_name')

    @property
    def previous_flavor(self) -> str | None:
        """The previous flavor's name, else its ID; None for none."""
        name: str | None = self.previous_flavor_name
        return name or self.previous_flavor_id

    @property
    def new_flavor(self) -> str | None:
        """The new flavor's name, else its ID; None for none."""
        name: str | None = self.new_flavor_name
        return name or self.new_flavor_id


class LoadBalancerResize(FlavorChange):
    """The latest resize of a load balancer.

    A service that offers resize may leave this out: rely on the load
    balancer itself.
    """

    base_path = '/lbaas/resizes'
    resources_key = 'resizes'
    allow_list = True
    _query_mapping = resource.QueryParameters(
        *_FILTERS, include_pagination_defaults=True
    )

    #: resize, or rebuild: new amphorae of the flavor that it has
    operation = resource.Body('operation')
    #: The name of the load balancer; only in a list
    loadbalancer_name = resource.Body('loadbalancer_name')
    #: The ID of the load balancer's project; only in a list
    project_id = resource.Body('project_id')
    #: QUEUED, RUNNING or CANCELLING while it is in progress; COMPLETED,
    #: CANCELLED or FAILED
    state = resource.Body('state')
    #: The phase: queued, building, draining, switching, cleaning up or
    #: rolling back; None once it has ended
    phase = resource.Body('phase')
    #: How many new amphorae are built, and how many are to be built
    amphorae_built = resource.Body('amphorae_built', type=int)
    amphorae_to_build = resource.Body('amphorae_to_build', type=int)
    #: For how many seconds connections that clients keep are closed before
    #: the new amphorae take over *Type: int*
    drain_seconds = resource.Body('drain_seconds', type=int)
    #: Whether it can be cancelled now: while it is queued, building or
    #: draining, and after a failure that has replaced no amphora *Type: bool*
    can_cancel = resource.Body('can_cancel', type=bool)
    #: Why it failed, None unless it did
    reason = resource.Body('reason')
    #: Details of the failure, None unless the caller is an administrator
    detail = resource.Body('detail')
    #: The ID of the request that started it, as in the service's log
    request_id = resource.Body('request_id')
    #: When it was requested
    created_at = resource.Body('created_at')
    #: When its state changed last
    updated_at = resource.Body('updated_at')

    @property
    def is_rebuild(self) -> bool:
        """Whether it is a rebuild."""
        return bool(self.operation == 'rebuild')

    def leads_to(
        self, flavor_id: str | None, *, is_rebuild: bool = False
    ) -> bool:
        """Return whether it is in progress, and ends as requested.

        :param flavor_id: The ID of the flavor.
        :param is_rebuild: Whether a rebuild is requested.
        :returns: True for the new flavor; after the cancel of a resize, for
            the previous one.
        """
        if self.is_rebuild is not is_rebuild or self.state not in UNFINISHED:
            return False
        if self.state == 'CANCELLING':
            return not is_rebuild and self.previous_flavor_id == flavor_id
        return bool(self.new_flavor_id == flavor_id)

    @classmethod
    def of(
        cls, session: adapter.Adapter, load_balancer_id: str
    ) -> Self | None:
        """Get the latest resize of a load balancer.

        :param session: The session to use for making this request.
        :param load_balancer_id: The ID of the load balancer.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the service
            doesn't return resizes,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`ValueError` when the answer isn't the service's,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        known = offer.of(session)
        known.raise_without_record()
        response = session.get(url(load_balancer_id))
        known.learn_from_record(session, response)
        exceptions.raise_from_response(response)
        body = response.json()
        if not isinstance(body, dict) or 'resize' not in body:
            raise ValueError('there is no resize in it')
        if body['resize'] is None:
            return None
        return cls.existing(**_checked(body['resize']))


def list_all(
    proxy: _proxy.Proxy, **query: Any
) -> Iterator[LoadBalancerResize]:
    """See :meth:`Proxy.load_balancer_resizes`."""
    try:
        for found in proxy._list(LoadBalancerResize, **query):
            # As they came, before openstacksdk converts them
            _checked(found._body.attributes)
            # Filters hold also where the service ignores them.
            if all(
                http.has_value(found, name, query[name])
                for name in _FILTERS
                if name in query
            ):
                yield found
    except exceptions.NotFoundException as exc:
        known = offer.of(proxy)
        if exc.response is None or not known.is_path_unknown(
            proxy, exc.response
        ):
            raise
        raise exceptions.NotSupported(
            "This cloud's load balancing service does not list resizes"
        ) from exc


def _checked(body: Any) -> dict[str, Any]:
    """Refuse what isn't a resize, whatever its key."""
    if not isinstance(body, dict):
        raise ValueError('the resize in it is not a JSON object')
    required = ['state', 'new_flavor_id']
    if body.get('operation') == 'rebuild':
        # The load balancer may have no flavor.
        required.remove('new_flavor_id')
    for attribute in required:
        if not isinstance(body.get(attribute), str):
            raise ValueError(f'there is no {attribute} in it')
    http.raise_unless_typed(body, _TYPES)
    return body


class LoadBalancerResizePreview(FlavorChange):
    """The service's dry run of a resize."""

    #: SINGLE or ACTIVE_STANDBY, before and after
    topology = resource.Body('topology')
    #: The changes of the flavor profile: a list of dicts with ``name``,
    #: ``from`` and ``to``; None for callers who may not read profiles
    profile = resource.Body('profile', type=list)
    #: How the resize affects traffic, a sentence
    traffic = resource.Body('traffic')

    @classmethod
    def of(
        cls,
        session: adapter.Adapter,
        load_balancer_id: str,
        *,
        flavor_id: str,
        drain_seconds: int | None = None,
    ) -> Self | None:
        """Request a dry run.

        :param session: The session to use for making this request.
        :param load_balancer_id: The ID of the load balancer.
        :param flavor_id: The ID of the flavor to change to.
        :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
        :returns: What the resize would do; None when the service offers
            resize without a dry run.
        :raises: See :meth:`Proxy.preview_load_balancer_resize`.
        """
        body = make_body(flavor_id, drain_seconds)
        found = _dry_run(session, load_balancer_id, 'resize', body)
        if found is None:
            return None
        if 'new_flavor_id' not in found:
            raise ValueError('there is no dry run in it')
        _raise_unless_listed(found, 'profile')
        return cls.existing(**found)


class LoadBalancerRebuildPreview(resource.Resource):
    """The service's dry run of a rebuild."""

    #: The ID of the load balancer
    loadbalancer_id = resource.Body('loadbalancer_id')
    #: SINGLE or ACTIVE_STANDBY
    topology = resource.Body('topology')
    #: How the rebuild affects traffic, a sentence
    traffic = resource.Body('traffic')
    #: Whether an amphora has not what new ones get *Type: bool*
    is_outdated = resource.Body('outdated', type=bool)
    #: The amphorae: a list of dicts with ``id``, ``role``, ``outdated``,
    #: ``reason``, and with ``image_id`` and ``compute_flavor``, each a dict
    #: with ``from`` and ``to``
    amphorae = resource.Body('amphorae', type=list)

    @classmethod
    def of(
        cls,
        session: adapter.Adapter,
        load_balancer_id: str,
        *,
        drain_seconds: int | None = None,
    ) -> Self:
        """Request a dry run.

        :param session: The session to use for making this request.
        :param load_balancer_id: The ID of the load balancer.
        :param drain_seconds: See :meth:`Proxy.resize_load_balancer`.
        :raises: See :meth:`Proxy.preview_load_balancer_rebuild`.
        """
        body = make_body(None, drain_seconds)
        found = _dry_run(session, load_balancer_id, 'rebuild', body)
        if found is None or not isinstance(found.get('outdated'), bool):
            raise ValueError('there is no dry run in it')
        _raise_unless_listed(found, 'amphorae')
        for amphora in found.get('amphorae') or ():
            http.raise_unless_typed(amphora, _AMPHORA_TYPES)
        return cls.existing(**found)


def _dry_run(
    session: adapter.Adapter,
    load_balancer_id: str,
    operation: str,
    body: dict[str, Any],
) -> dict[str, Any] | None:
    """Return the dry run of a resize or rebuild, None if there is none."""
    known = offer.of(session)
    known.raise_without(*needs(operation, body))
    if known.dry_run is False:
        return None
    response = session.put(
        url(load_balancer_id, operation),
        params={'dry_run': 'true'},
        json=body,
        **faults.ONCE,
    )
    is_made = known.learn_from_dry_run(session, response, operation)
    known.raise_without(*needs(operation, body))
    if not is_made:
        return None
    exceptions.raise_from_response(response)
    if response.status_code == 202:
        raise DryRunDropped(operation)
    answer = response.json()
    found = answer.get(operation) if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise ValueError('there is no dry run in it')
    http.raise_unless_typed(found, _PREVIEW_TYPES)
    return found


def needs(operation: str, body: dict[str, Any]) -> Iterator[str]:
    """Yield what a service must offer for a request with this body."""
    yield operation
    if 'drain_seconds' in body:
        yield 'draining'


def _raise_unless_listed(found: dict[str, Any], name: str) -> None:
    listed = found.get(name)
    if listed is None:
        return
    if not isinstance(listed, list) or not all(
        isinstance(item, dict) for item in listed
    ):
        raise ValueError(f'its {name} is no list of fields')


def url(load_balancer_id: str, operation: str = 'resize') -> str:
    """Return the URL, without that of the service, of an operation."""
    base = _lb.LoadBalancer.base_path
    return str(utils.urljoin(base, load_balancer_id, operation))


def make_body(
    flavor_id: str | None, drain_seconds: int | None
) -> dict[str, Any]:
    """Return the body of the request for a resize or a rebuild.

    :param flavor_id: The ID of the flavor to change to, None in a rebuild.
    :param drain_seconds: None for what the cloud's operator has chosen.
    """
    body = {'new_flavor_id': flavor_id, 'drain_seconds': drain_seconds}
    return {name: value for name, value in body.items() if value is not None}
