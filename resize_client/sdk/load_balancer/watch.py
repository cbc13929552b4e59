# SPDX-License-Identifier: Apache-2.0

"""Poll load balancers whose resizes are in progress, many with one request."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import itertools
from typing import NamedTuple
from typing import TypeAlias

from openstack import exceptions
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk import wait as _wait
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import ResizeFailure

# With more load balancers than this, the phases need a list of the resizes.
_MOST_PHASES = 8

# Fewer of one project are read one by one: a list may have all the others of
# that project, too.
_FEWEST_TO_LIST = 4

# How many resizes are read with one request, by their load balancers' IDs:
# what a URL has room for
_MOST_IDS = 50

#: A load balancer or its ID, and the flavor or its ID that it is to end with
Target: TypeAlias = tuple[str | _lb.LoadBalancer, str | _flavor.Flavor | None]

#: A load balancer with the flavor that it was to end with, or the failure
End: TypeAlias = _lb.LoadBalancer | ResizeFailure


class Found(NamedTuple):
    """What a poll has found."""

    #: How each that has ended did, by its ID
    ended: dict[str, End]
    #: The others that could be read
    unfinished: list[_lb.LoadBalancer]


class Watch:
    """Load balancers whose resizes are in progress, and what is known of them.

    :param proxy: The proxy.
    :param is_rollout: Whether they are several of a rollout, whose resizes are
        listed where the service does.
    """

    def __init__(self, proxy: _proxy.Proxy, *, is_rollout: bool = False):
        self._proxy = proxy
        # The ID of the flavor that each, by its ID, is to end with
        self._targets: dict[str, str | None] = {}
        self._rebuilds: Collection[str] = ()
        self._attached: Collection[str] = ()
        # Those that were seen, by their IDs
        self._known: dict[str, _lb.LoadBalancer] = {}
        # Their resizes, as the last poll has listed them
        self._resizes: dict[str, _resize.LoadBalancerResize] = {}
        self._may_list_resizes = is_rollout
        self._has_phases = True
        self._may_list = True
        self._may_retry = True
        self._polls = itertools.count()

    def poll(
        self,
        targets: Iterable[Target],
        *,
        rebuilds: Collection[str] = (),
        attached: Collection[str] = (),
    ) -> Found:
        """Get the states, and the end of each that has ended.

        :param targets: All that have not ended yet.
        :param rebuilds: The IDs of those that are rebuilt.
        :param attached: The IDs of those in an operation that only may be the
            resize.
        :raises: What a request raised, if the next poll must wait for it.
        """
        self._keep(targets)
        self._rebuilds, self._attached = rebuilds, attached
        self._resizes = self._list_resizes()
        ended: dict[str, End] = {
            i: end for i in self._targets if (end := self._completed(i))
        }
        states = {
            load_balancer_id: self._known[load_balancer_id]
            for load_balancer_id, latest in self._resizes.items()
            if latest.state in _resize.UNFINISHED
        }
        unfinished = list(states.values())
        others = [i for i in self._targets if i not in ended | states]
        for load_balancer_id, load_balancer in self._get_all(others).items():
            how = self._end(load_balancer_id, load_balancer)
            if how is not None:
                ended[load_balancer_id] = how
            elif load_balancer is not None:
                unfinished.append(load_balancer)
        return Found(ended, unfinished)

    def with_phases(
        self, unfinished: Sequence[_lb.LoadBalancer]
    ) -> Iterator[tuple[_lb.LoadBalancer, _resize.LoadBalancerResize | None]]:
        """Yield each with its resize, if that is known.

        Where resizes are not listed, that of one costs a request; with more
        than eight none is read.
        """
        chosen = next(self._polls) % max(len(unfinished), 1)
        for number, load_balancer in enumerate(unfinished):
            latest = self._resizes.get(str(load_balancer.id))
            if (
                number == chosen
                and not self._resizes
                and self._has_phases
                and len(unfinished) <= _MOST_PHASES
            ):
                latest = find.readable_resize(self._proxy, load_balancer.id)
                self._has_phases = latest is not None
            yield load_balancer, latest

    def _keep(self, targets: Iterable[Target]) -> None:
        self._targets = {}
        for load_balancer, flavor in targets:
            load_balancer_id = http.id_of(load_balancer)
            self._targets[load_balancer_id] = (
                None if flavor is None else http.id_of(flavor)
            )
            if not isinstance(load_balancer, str):
                self._known.setdefault(load_balancer_id, load_balancer)
        self._known = {
            i: found for i, found in self._known.items() if i in self._targets
        }

    # The resizes

    def _list_resizes(self) -> dict[str, _resize.LoadBalancerResize]:
        """List the resizes, none where the service has no such list."""
        if not self._may_list_resizes or not offer.of(self._proxy).record:
            return {}
        found: dict[str, _resize.LoadBalancerResize] = {}
        try:
            known = list(self._known)
            for first in range(0, len(known), _MOST_IDS):
                ids = known[first : first + _MOST_IDS]
                for latest in _resize.list_all(
                    self._proxy, loadbalancer_id=ids
                ):
                    if latest.loadbalancer_id in ids:
                        found[str(latest.loadbalancer_id)] = latest
        except (exceptions.SDKException, ValueError) as exc:
            # Also a gateway may have no such path, or answer with a page.
            is_answer = isinstance(
                exc, (exceptions.NotFoundException, ValueError)
            )
            if faults.is_transient(exc) and not is_answer:
                raise
            self._may_list_resizes = False
            return {}
        return found

    def _completed(self, load_balancer_id: str) -> _lb.LoadBalancer | None:
        """Return a load balancer whose resize is done, as it is now.

        The resize is COMPLETED in the transaction in which the load balancer
        gets its flavor and becomes ACTIVE.
        """
        latest = self._resizes.get(load_balancer_id)
        if latest is None or latest.state != 'COMPLETED':
            return None
        is_rebuild = load_balancer_id in self._rebuilds
        target = self._targets[load_balancer_id]
        if latest.is_rebuild is not is_rebuild or (
            not is_rebuild and latest.new_flavor_id != target
        ):
            return None
        return _load_balancer.with_fields(
            self._known[load_balancer_id],
            provisioning_status='ACTIVE',
            flavor_id=latest.new_flavor_id,
        )

    # The load balancers

    def _get_all(
        self, ids: Sequence[str]
    ) -> dict[str, _lb.LoadBalancer | None]:
        """Get load balancers, None for one that is gone."""
        found: dict[str, _lb.LoadBalancer | None] = {}
        for project, wanted in self._by_project(ids).items():
            if len(wanted) >= _FEWEST_TO_LIST and self._may_list:
                found.update(self._list(project, wanted))
        missing = [i for i in ids if i not in found]
        answers = _wait.concurrently(self._get, missing)
        found.update(
            (load_balancer_id, answer)
            for load_balancer_id, answer in zip(missing, answers)
            if not isinstance(answer, Exception)
        )
        faults.raise_if_to_pause(answers, is_all=not found)
        for load_balancer_id, load_balancer in found.items():
            if load_balancer is not None:
                self._known[load_balancer_id] = load_balancer
        return found

    def _list(
        self, project: str, wanted: set[str]
    ) -> dict[str, _lb.LoadBalancer]:
        """List load balancers of one project, none without the right to."""
        listed = find.list_load_balancers(self._proxy, project_id=project)
        try:
            return {str(f.id): f for f in listed if f.id in wanted}
        except (exceptions.SDKException, ValueError) as exc:
            # One that is odd need not be one of these.
            if faults.is_transient(exc) and not isinstance(exc, ValueError):
                raise
            self._may_list = False
            return {}

    def _by_project(self, ids: Iterable[str]) -> dict[str, set[str]]:
        grouped: dict[str, set[str]] = {}
        for load_balancer_id in ids:
            known = self._known.get(load_balancer_id)
            if known is not None and known.project_id:
                grouped.setdefault(known.project_id, set()).add(
                    load_balancer_id
                )
        return grouped

    def _get(
        self, load_balancer_id: str
    ) -> _lb.LoadBalancer | Exception | None:
        """Get a load balancer, None if it is gone, or a transient fault."""
        try:
            return find.get_load_balancer(self._proxy, load_balancer_id)
        except Exception as exc:
            if faults.is_gone(exc):
                return None
            if not faults.is_transient(exc):
                raise
            return exc

    # The ends

    def _end(
        self, load_balancer_id: str, load_balancer: _lb.LoadBalancer | None
    ) -> End | None:
        """Return how a resize has ended, None while it hasn't."""
        if load_balancer is None:
            return ResizeFailure(
                f'Load balancer {load_balancer_id} was deleted meanwhile'
            )
        if load_balancer.provisioning_status is None:
            return None
        status = str(load_balancer.provisioning_status)
        if (
            status.startswith('PENDING_')
            and status != _load_balancer.BEING_DELETED
        ):
            return None
        is_active, doubt = status == 'ACTIVE', None
        if is_active and load_balancer_id in self._rebuilds:
            latest = self._latest_of_rebuild(load_balancer_id)
            if latest is None:
                return None
            if latest.state == 'COMPLETED':
                return load_balancer
        elif (
            is_active
            and load_balancer.flavor_id == self._targets[load_balancer_id]
        ):
            # The flavor changes no later than the state does.
            return load_balancer
        else:
            latest, doubt = self._latest_at_end(load_balancer_id)
        if (
            is_active
            and offer.of(self._proxy).record is False
            and load_balancer_id not in self._attached
        ):
            # What the service has accepted, it may not have begun yet.
            return None
        if latest is not None and latest.state in _resize.UNFINISHED:
            # The load balancer is older, as it was read from a replica of the
            # database that lags.
            return None
        return ResizeFailure(
            f'{_load_balancer.label(load_balancer)} is {status} '
            f'{_load_balancer.with_flavor(load_balancer.flavor_id)}',
            load_balancer,
            latest,
            doubt,
        )

    def _latest_of_rebuild(
        self, load_balancer_id: str
    ) -> _resize.LoadBalancerResize | None:
        """Get the record, which alone shows how a rebuild has ended.

        :returns: None if the next poll has to get it.
        """
        try:
            return _resize.LoadBalancerResize.of(self._proxy, load_balancer_id)
        except Exception as exc:
            if not faults.is_transient(exc):
                raise
            return None

    def _latest_at_end(
        self, load_balancer_id: str
    ) -> tuple[_resize.LoadBalancerResize | None, Exception | None]:
        """Get the latest resize, which may show that it has not ended.

        A list has neither its detail nor whether it can be cancelled.

        :returns: The resize, or why it could not be read; None for both where
            the service has none to show.
        """
        listed = self._resizes.get(load_balancer_id)
        if listed is not None and listed.state in _resize.UNFINISHED:
            return listed, None
        retry = _wait.retry if self._may_retry else _wait.once
        try:
            return retry(
                lambda: _resize.LoadBalancerResize.of(
                    self._proxy, load_balancer_id
                )
            ), None
        except exceptions.NotSupported:
            return None, None
        except Exception as exc:
            # Where many have ended, only the first is retried.
            self._may_retry = not faults.is_transient(exc)
            return listed, None if listed else exc
