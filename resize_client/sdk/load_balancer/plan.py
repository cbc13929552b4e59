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

"""Look before a resize: what would change, and what speaks against it."""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import functools
import json
from typing import Any
import uuid

from openstack import exceptions
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import flavor_profile as _profile
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import service
from resize_client.sdk import wait
from resize_client.sdk.check import Check
from resize_client.sdk.check import left_to_the_service
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text

# The names under which Octavia knows its own driver
_AMPHORA = ('amphora', 'amphorav2', 'octavia')

# The roles with which a stock Octavia lets one read flavor profiles
_PROFILE_ROLES = ('admin', 'load-balancer_admin')


@dataclasses.dataclass(frozen=True)
class ResizePlan:
    """What a resize of one load balancer would do."""

    #: The load balancer as it is now
    load_balancer: _lb.LoadBalancer
    #: The flavor to change to
    flavor: _flavor.Flavor
    #: The flavor that it has, None for none or one that can't be read
    previous_flavor: _flavor.Flavor | None
    #: What both flavors say, None where the caller may not read it
    profile: Mapping[str, Any] | None
    previous_profile: Mapping[str, Any] | None
    #: The resize that is going on, None when none is or the service doesn't
    #: tell
    unfinished: _resize.LoadBalancerResize | None
    #: The result of every check
    checks: tuple[Check, ...]

    @property
    def is_refused(self) -> bool:
        """Whether a check speaks against it."""
        return any(check.passed is False for check in self.checks)

    @property
    def is_running(self) -> bool:
        """Whether a resize to that flavor, or back to it, is going on."""
        return self.unfinished is not None and self.unfinished.leads_to(
            str(self.flavor.id)
        )

    @property
    def is_unchanged(self) -> bool:
        """Whether the load balancer has that flavor already."""
        return bool(self.load_balancer.flavor_id == self.flavor.id)


def find_load_balancer(
    proxy: _proxy.Proxy, name_or_id: str
) -> _lb.LoadBalancer:
    """Find a load balancer with one request.

    :param proxy: The load balancing service.
    :param name_or_id: Its name or ID.
    :returns: The load balancer.
    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none, :class:`~openstack.exceptions.DuplicateResource`, which lists
        their IDs, when several have that name,
        :class:`~openstack.exceptions.ForbiddenException` when it is another
        project's.
    """
    if _is_uuid(name_or_id):
        try:
            return service.demand(
                proxy.get_load_balancer(name_or_id), 'provisioning_status'
            )
        except exceptions.NotFoundException as exc:
            if not service.is_from_service(exc):
                raise
        except exceptions.ForbiddenException as exc:
            raise exceptions.ForbiddenException(
                f'Your roles do not allow to see load balancer {name_or_id}'
            ) from exc
    found = list(proxy.load_balancers(name=name_or_id)) if name_or_id else []
    # Most databases compare without case.
    found = [f for f in found if f.name == name_or_id] or found
    if not found:
        raise exceptions.NotFoundException(
            f"No load balancer with the name or ID '{name_or_id}' found; "
            "'openstack loadbalancer list' shows those that there are"
        )
    if len(found) > 1:
        ids = ', '.join(str(load_balancer.id) for load_balancer in found)
        raise exceptions.DuplicateResource(
            f"{len(found)} load balancers have the name '{name_or_id}'; "
            f'give the ID of one: {ids}'
        )
    return found[0]


def find_flavor(
    flavors: Sequence[_flavor.Flavor], name_or_id: str
) -> _flavor.Flavor:
    """Find a flavor by name or ID.

    :param flavors: All flavors.
    :param name_or_id: Its name or ID.
    :returns: The flavor.
    :raises: :class:`~openstack.exceptions.NotFoundException` when there is
        none.
    """
    for attribute in ('id', 'name'):
        for flavor in flavors:
            if getattr(flavor, attribute) == name_or_id:
                return flavor
    raise exceptions.NotFoundException(
        f"No load balancer flavor with the name or ID '{name_or_id}' found; "
        + _choices(flavors)
    )


def flavor_names(proxy: _proxy.Proxy) -> dict[str | None, str]:
    """Give the names of flavors, which only make an output more readable.

    :param proxy: The load balancing service.
    :returns: The names by the flavors' IDs; none where they can't be read.
    """
    try:
        return {flavor.id: str(flavor.name) for flavor in proxy.flavors()}
    except Exception:
        return {}


def plan_resizes(
    proxy: _proxy.Proxy,
    load_balancers: Sequence[str],
    flavor: str,
    *,
    read_profiles: bool | None = None,
) -> list[ResizePlan | exceptions.SDKException]:
    """Check everything that can be checked before any request that changes.

    :param proxy: The load balancing service.
    :param load_balancers: The names or IDs of the load balancers.
    :param flavor: The name or ID of the flavor to change them to.
    :param read_profiles: Whether to look into the flavors' profiles; None for
        when the caller's roles let expect that it is allowed to. Where it
        isn't, that is no error.
    :returns: For each load balancer its plan, or why it couldn't be found or
        seen.
    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor.
    """
    flavors = list(proxy.flavors())
    target = find_flavor(flavors, flavor)
    if read_profiles is None:
        read_profiles = _is_likely_to_read_profiles(proxy)

    @functools.cache
    def profile_of(flavor_id: str | None) -> _profile.FlavorProfile | None:
        for candidate in flavors:
            if read_profiles and candidate.id == flavor_id:
                try:
                    return proxy.get_flavor_profile(
                        candidate.flavor_profile_id
                    )
                except exceptions.HttpException:
                    return None
        return None

    profile_of(target.id)

    def plan(name_or_id: str) -> ResizePlan | exceptions.SDKException:
        try:
            load_balancer, unfinished = with_unfinished(
                proxy, find_load_balancer(proxy, name_or_id)
            )
        except (
            exceptions.NotFoundException,
            exceptions.DuplicateResource,
            exceptions.ForbiddenException,
        ) as exc:
            if wait.is_transient(exc):
                raise
            return exc
        previous = next(
            (f for f in flavors if f.id == load_balancer.flavor_id), None
        )
        return _plan(
            load_balancer,
            flavors,
            target,
            previous,
            profile_of(target.id),
            profile_of(load_balancer.flavor_id),
            unfinished,
        )

    return service.side_by_side(plan, load_balancers)


def _plan(
    load_balancer: _lb.LoadBalancer,
    flavors: Sequence[_flavor.Flavor],
    target: _flavor.Flavor,
    previous: _flavor.Flavor | None,
    profile: _profile.FlavorProfile | None,
    previous_profile: _profile.FlavorProfile | None,
    unfinished: _resize.LoadBalancerResize | None,
) -> ResizePlan:
    data = None if profile is None else _profile_data(profile)
    previous_data = (
        None if previous_profile is None else _profile_data(previous_profile)
    )
    checks = [
        _check_flavor(load_balancer, flavors, target, previous),
        _check_state(load_balancer, flavors, target, unfinished),
    ]
    if load_balancer.flavor_id != target.id:
        checks += [
            _check_provider(load_balancer, target, profile),
            _check_topology(load_balancer, target, data, previous_data),
            _check_sriov(load_balancer, target, data, previous_data),
        ]
    return ResizePlan(
        load_balancer=load_balancer,
        flavor=target,
        previous_flavor=previous,
        profile=data,
        previous_profile=previous_data,
        unfinished=unfinished,
        checks=tuple(checks),
    )


def _check_flavor(
    load_balancer: _lb.LoadBalancer,
    flavors: Sequence[_flavor.Flavor],
    target: _flavor.Flavor,
    previous: _flavor.Flavor | None,
) -> Check:
    subject = f'Flavor {target.name} ({target.id})'
    before = load_balancer.flavor_id if previous is None else previous.name
    if target.is_enabled or load_balancer.flavor_id == target.id:
        return Check(
            'flavor', True, f'{subject} can be used', before, target.name
        )
    return Check(
        'flavor',
        False,
        f'{subject} is disabled; {_choices(flavors)}',
        before,
        target.name,
    )


def _check_state(
    load_balancer: _lb.LoadBalancer,
    flavors: Sequence[_flavor.Flavor],
    target: _flavor.Flavor,
    unfinished: _resize.LoadBalancerResize | None,
) -> Check:
    status = load_balancer.provisioning_status
    subject = text.label(load_balancer)
    if unfinished is not None and (
        unfinished.leads_to(str(target.id))
        or load_balancer.flavor_id == target.id
    ):
        return _check_unfinished(load_balancer, flavors, target, unfinished)
    if load_balancer.flavor_id == target.id and status == 'ERROR':
        return Check(
            'state',
            False,
            f'{subject} has flavor {target.name} but is ERROR, which a '
            'resize to the same flavor cannot mend; an administrator can: '
            f'openstack loadbalancer failover {load_balancer.id}',
            status,
        )
    if load_balancer.flavor_id == target.id and status == 'ACTIVE':
        message = f'{subject} already has flavor {target.name}'
        return Check('state', True, message, status)
    if status in _load_balancer.RESIZABLE:
        return Check('state', True, f'{subject} is {status}', status)
    return Check(
        'state',
        False,
        f'{subject} is {status}: something else is going on with it; run '
        "this again when it is ACTIVE, which 'openstack loadbalancer show "
        f"-c provisioning_status {load_balancer.id}' tells",
        status,
    )


def _check_unfinished(
    load_balancer: _lb.LoadBalancer,
    flavors: Sequence[_flavor.Flavor],
    target: _flavor.Flavor,
    unfinished: _resize.LoadBalancerResize,
) -> Check:
    subject = text.label(load_balancer)
    names = {flavor.id: flavor.name for flavor in flavors}
    other = names.get(unfinished.new_flavor_id, unfinished.new_flavor_id)
    leads_there = unfinished.leads_to(str(target.id))
    if not leads_there:
        message = (
            f'{subject} still has flavor {target.name} but is being resized '
            f'to {other}; to cancel that: openstack loadbalancer resize '
            f'cancel {load_balancer.id}'
        )
    elif unfinished.state == 'CANCELLING':
        message = (
            f'{subject} is returning to flavor {target.name}, as its resize '
            f'to {other} is being cancelled'
        )
    else:
        message = f'{subject} is being resized to {target.name} already'
    return Check(
        'state', leads_there, message, load_balancer.provisioning_status
    )


def _check_provider(
    load_balancer: _lb.LoadBalancer,
    target: _flavor.Flavor,
    profile: _profile.FlavorProfile | None,
) -> Check:
    if profile is None:
        return left_to_the_service('provider')
    theirs, ours = profile.provider_name, load_balancer.provider
    return Check(
        'provider',
        theirs == ours or (theirs in _AMPHORA and ours in _AMPHORA),
        f'Flavor {target.name} is for provider {theirs}, and '
        f'{text.label(load_balancer, start=False)} has provider '
        f'{ours}; choose a flavor for the same provider',
        ours,
        theirs,
    )


def _check_topology(
    load_balancer: _lb.LoadBalancer,
    target: _flavor.Flavor,
    data: Mapping[str, Any] | None,
    previous_data: Mapping[str, Any] | None,
) -> Check:
    # A profile that says nothing means the service's default, which only the
    # service knows.
    theirs = (data or {}).get('loadbalancer_topology')
    ours = (previous_data or {}).get('loadbalancer_topology')
    if theirs is None or ours is None:
        return left_to_the_service('topology')
    return Check(
        'topology',
        bool(theirs == ours),
        f'Flavor {target.name} has topology {theirs}, and '
        f'{text.label(load_balancer, start=False)} has topology '
        f'{ours}, which a resize cannot change; choose a flavor with topology '
        f'{ours}',
        ours,
        theirs,
    )


def _check_sriov(
    load_balancer: _lb.LoadBalancer,
    target: _flavor.Flavor,
    data: Mapping[str, Any] | None,
    previous_data: Mapping[str, Any] | None,
) -> Check:
    if data is None or previous_data is None:
        return left_to_the_service('SR-IOV VIP')
    theirs = bool(data.get('sriov_vip', False))
    ours = bool(previous_data.get('sriov_vip', False))
    word = {True: 'with', False: 'without'}
    return Check(
        'SR-IOV VIP',
        theirs == ours,
        f'Flavor {target.name} is {word[theirs]} an SR-IOV VIP port, and '
        f'{text.label(load_balancer, start=False)} is {word[ours]} '
        'one, which a resize cannot change',
        str(ours),
        str(theirs),
    )


def _choices(flavors: Sequence[_flavor.Flavor]) -> str:
    names = [str(flavor.name) for flavor in flavors if flavor.is_enabled]
    if not names:
        return 'this cloud has none to choose from'
    return f'choose one of: {", ".join(sorted(names))}'


def with_unfinished(
    proxy: _proxy.Proxy, load_balancer: _lb.LoadBalancer
) -> tuple[_lb.LoadBalancer, _resize.LoadBalancerResize | None]:
    """Find the resize of a load balancer that is going on.

    :param proxy: The load balancing service.
    :param load_balancer: The load balancer as it was just found.
    :returns: The load balancer, as it is now if its resize has ended since;
        and the resize, None when none is going on, or the service doesn't
        tell.
    :raises: :class:`~openstack.exceptions.NotFoundException` when it has been
        deleted since.
    """
    if load_balancer.provisioning_status != 'PENDING_UPDATE':
        return load_balancer, None
    try:
        latest = proxy.get_load_balancer_resize(load_balancer)
    except exceptions.SDKException as exc:
        if wait.is_transient(exc):
            raise
        return load_balancer, None
    if latest is None:
        return load_balancer, None
    if latest.state not in _resize.UNFINISHED:
        return proxy.get_load_balancer(load_balancer.id), None
    return load_balancer, latest


def _is_likely_to_read_profiles(proxy: _proxy.Proxy) -> bool:
    """Guess it from the roles, to spare the others a request that fails."""
    auth = proxy.session.auth
    get_access = getattr(auth, 'get_access', None)
    if get_access is None:
        return True
    roles = get_access(proxy.session).role_names
    return any(role in _PROFILE_ROLES for role in roles)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _profile_data(profile: Any) -> dict[str, Any]:
    """Give what a flavor profile says.

    :param profile: The flavor profile.
    :returns: Its fields, empty when it has none or they can't be read.
    """
    data = profile.flavor_data
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}
