# SPDX-License-Identifier: Apache-2.0

"""Wait for resizes and rebuilds, several at the price of one."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import itertools
from typing import TypeAlias

from openstack import exceptions
from openstack import resource
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
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result

# With more load balancers than this, callbacks get no phases.
_MOST_PHASES = 8

# Fewer of one project are read one by one: a list may have all the others of
# that project, too.
_FEWEST_TO_LIST = 4

_FIELDS = ['id', 'name', 'flavor_id', 'provisioning_status', 'project_id']

#: Called with a load balancer, and with its resize where the service returns
#: it
Callback: TypeAlias = Callable[
    [_lb.LoadBalancer, _resize.LoadBalancerResize | None], None
]

#: A load balancer or its ID, and the flavor or its ID that it is to end with
Target: TypeAlias = tuple[str | _lb.LoadBalancer, str | _flavor.Flavor | None]

_End: TypeAlias = _lb.LoadBalancer | ResizeFailure


def follow(
    proxy: _proxy.Proxy,
    outcomes: Sequence[Outcome],
    *,
    interval: float | None = None,
    timeout: float = _wait.DEFAULT_TIMEOUT,
    callback: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Wait for those that are ACCEPTED.

    :param outcomes: What was requested.
    :param interval: Seconds between polls, None for ever longer ones.
    :param timeout: Seconds after which to stop waiting; the resizes continue.
    :param callback: Called with each after each poll, and when it has ended.
    :returns: The outcomes: RESIZED, REBUILT or CANCELLED, FAILED with a
        :class:`ResizeFailure`, TIMED_OUT, or UNKNOWN with what ended the
        wait.
    """
    latest = {outcome.key: outcome for outcome in outcomes}

    def seen(
        load_balancer: _lb.LoadBalancer,
        resize: _resize.LoadBalancerResize | None,
    ) -> None:
        outcome = latest[str(load_balancer.id)]
        latest[outcome.id] = dataclasses.replace(
            outcome,
            load_balancer=load_balancer,
            resize=resize or outcome.resize,
            is_recorded=offer.of(proxy).record is True,
        )
        callback(latest[outcome.id])

    try:
        for load_balancer_id, end in ends(
            proxy,
            [
                (o.load_balancer or o.id, o.target_flavor_id)
                for o in outcomes
                if o.result is Result.ACCEPTED
            ],
            rebuilds=[o.id for o in outcomes if o.ends_with_record],
            interval=interval,
            timeout=timeout,
            callback=seen,
        ):
            outcome = _ended(latest[load_balancer_id], end)
            latest[load_balancer_id] = outcome
            callback(outcome)
    except exceptions.ResourceTimeout as exc:
        _end_early(latest, Result.TIMED_OUT, exc)
    except Exception as exc:
        _end_early(latest, Result.UNKNOWN, exc)
    return [latest[outcome.key] for outcome in outcomes]


def _ended(outcome: Outcome, end: _End) -> Outcome:
    success = Result.REBUILT if outcome.is_rebuild else Result.RESIZED
    if outcome.is_cancel:
        success = Result.CANCELLED
    if not isinstance(end, ResizeFailure):
        return dataclasses.replace(outcome, load_balancer=end, result=success)
    ended = dataclasses.replace(
        outcome,
        load_balancer=end.load_balancer or outcome.load_balancer,
        resize=end.resize or outcome.resize,
        is_deleted=end.load_balancer is None,
    )
    if (
        outcome.is_cancel
        and end.resize is not None
        and end.resize.state == 'CANCELLED'
        and ended.status == 'ERROR'
    ):
        # As it was before the resize
        return dataclasses.replace(ended, result=success)
    return dataclasses.replace(ended, result=Result.FAILED, error=end)


def _end_early(
    latest: dict[str, Outcome], result: Result, error: Exception
) -> None:
    for load_balancer_id, outcome in latest.items():
        if outcome.result is Result.ACCEPTED:
            latest[load_balancer_id] = dataclasses.replace(
                outcome, result=result, error=error
            )


def ends(
    proxy: _proxy.Proxy,
    targets: Iterable[Target],
    *,
    rebuilds: Collection[str] = (),
    interval: float | None,
    timeout: float,
    callback: Callback | None,
) -> Iterator[tuple[str, _End]]:
    """See :meth:`Proxy.wait_for_load_balancer_resizes`.

    :param rebuilds: The IDs of those that are rebuilt.
    """
    waiting = _Waiting(proxy, targets, frozenset(rebuilds))
    return waiting.ends(interval, timeout, callback)


class _Waiting:
    """What is waited for, and what is known of it."""

    def __init__(
        self,
        proxy: _proxy.Proxy,
        targets: Iterable[Target],
        rebuilds: frozenset[str],
    ):
        self._proxy = proxy
        self._rebuilds = rebuilds
        # The ID of the flavor that each, by its ID, is to end with
        self._targets: dict[str, str | None] = {}
        # Their projects, as far as they are known
        self._projects: dict[str, str] = {}
        self._has_phases = True
        self._may_list = True
        self._may_retry = True
        self._polls = itertools.count()
        id_of = resource.Resource._get_id
        for load_balancer, flavor in targets:
            self._targets[id_of(load_balancer)] = (
                None if flavor is None else id_of(flavor)
            )
            if not isinstance(load_balancer, str):
                self._keep_project(load_balancer)

    def ends(
        self,
        interval: float | None,
        timeout: float,
        callback: Callback | None,
    ) -> Iterator[tuple[str, _End]]:
        if not self._targets:
            return
        for found in _wait.rounds(self._poll, timeout=timeout, every=interval):
            unfinished = []
            for load_balancer_id, load_balancer in found.items():
                end = self._end(load_balancer_id, load_balancer)
                if end is not None:
                    del self._targets[load_balancer_id]
                    yield load_balancer_id, end
                elif load_balancer is not None:
                    unfinished.append(load_balancer)
            if callback is not None:
                self._report(unfinished, callback)
            if not self._targets:
                return

    def _poll(self) -> dict[str, _lb.LoadBalancer | None]:
        """Get the load balancers, None for one that is gone."""
        found: dict[str, _lb.LoadBalancer | None] = {}
        for project, wanted in self._by_project().items():
            if len(wanted) >= _FEWEST_TO_LIST and self._may_list:
                found.update(self._list(project, wanted))
        missing = [i for i in self._targets if i not in found]
        answers = _wait.concurrently(self._get, missing)
        found.update(
            (load_balancer_id, answer)
            for load_balancer_id, answer in zip(missing, answers)
            if not isinstance(answer, Exception)
        )
        _raise_if_to_pause(answers, is_all=not found)
        for load_balancer in found.values():
            if load_balancer is not None:
                self._keep_project(load_balancer)
        return found

    def _keep_project(self, load_balancer: _lb.LoadBalancer) -> None:
        if load_balancer.project_id:
            self._projects[str(load_balancer.id)] = load_balancer.project_id

    def _list(
        self, project: str, wanted: set[str]
    ) -> dict[str, _lb.LoadBalancer]:
        """List load balancers of one project, none without the right to."""
        listed = self._proxy._list(
            _load_balancer.LoadBalancer, fields=_FIELDS, project_id=project
        )
        try:
            found = [http.with_field(f, 'provisioning_status') for f in listed]
            return {str(f.id): f for f in found if f.id in wanted}
        except exceptions.SDKException as exc:
            if faults.is_transient(exc):
                raise
            self._may_list = False
            return {}

    def _by_project(self) -> dict[str, set[str]]:
        grouped: dict[str, set[str]] = {}
        for load_balancer_id in self._targets:
            project = self._projects.get(load_balancer_id)
            if project is not None:
                grouped.setdefault(project, set()).add(load_balancer_id)
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

    def _end(
        self, load_balancer_id: str, load_balancer: _lb.LoadBalancer | None
    ) -> _End | None:
        """Return how a resize has ended, None while it hasn't."""
        if load_balancer is None:
            return ResizeFailure(
                f'Load balancer {load_balancer_id} was deleted meanwhile'
            )
        if load_balancer.provisioning_status is None:
            return None
        status = str(load_balancer.provisioning_status)
        is_rebuild = load_balancer_id in self._rebuilds
        if status == 'ACTIVE' and not is_rebuild:
            # The flavor changes no later than the state does.
            if load_balancer.flavor_id == self._targets[load_balancer_id]:
                return load_balancer
        elif (
            status.startswith('PENDING_')
            and status != _load_balancer.BEING_DELETED
        ):
            return None
        if status == 'ACTIVE' and is_rebuild:
            latest = self._latest_of_rebuild(load_balancer_id)
            if latest is None:
                return None
            if latest.state == 'COMPLETED':
                return load_balancer
        else:
            latest = self._latest_at_end(load_balancer_id)
        if status == 'ACTIVE' and offer.of(self._proxy).record is False:
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
        )

    def _report(
        self, unfinished: Sequence[_lb.LoadBalancer], callback: Callback
    ) -> None:
        """Report each, and the phase of one: one request for each poll."""
        chosen = next(self._polls) % max(len(unfinished), 1)
        for number, load_balancer in enumerate(unfinished):
            latest = None
            if (
                number == chosen
                and self._has_phases
                and len(unfinished) <= _MOST_PHASES
            ):
                latest = find.readable_resize(self._proxy, load_balancer.id)
                self._has_phases = latest is not None
            callback(load_balancer, latest)

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
    ) -> _resize.LoadBalancerResize | None:
        """Get the latest resize, which may show that it has not ended."""
        if not self._may_retry:
            return find.readable_resize(self._proxy, load_balancer_id)
        try:
            return _wait.retry(
                lambda: _resize.LoadBalancerResize.of(
                    self._proxy, load_balancer_id
                )
            )
        except Exception as exc:
            # Where many have ended, only the first is retried.
            self._may_retry = not faults.is_transient(exc)
            return None


def _raise_if_to_pause(
    answers: Sequence[_lb.LoadBalancer | Exception | None], *, is_all: bool
) -> None:
    """Raise a fault that the next poll must wait for.

    A load balancer that can't be read doesn't end the wait for the others.

    :param is_all: Whether none could be read.
    """
    for answer in answers:
        if isinstance(answer, Exception) and (
            is_all or faults.retry_after(answer)
        ):
            raise answer
