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

"""Wait for resizes of load balancers, several at the price of one."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import itertools
from typing import TYPE_CHECKING
from typing import TypeAlias

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import answers
from resize_client.sdk import concurrency
from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import failure
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text

if TYPE_CHECKING:
    from resize_client.sdk.load_balancer import _proxy

#: With more than this many, nobody is told the phase of each
MOST_PHASES = 8

# With fewer of one project, each is looked at by itself: a list may have all
# the others, too.
_FEWEST_TO_LIST = 4

_FIELDS = ['id', 'name', 'flavor_id', 'provisioning_status', 'project_id']

#: Called with a load balancer, and with its resize where the service tells
Callback: TypeAlias = Callable[
    [_lb.LoadBalancer, _resize.LoadBalancerResize | None], None
]

_End: TypeAlias = _lb.LoadBalancer | failure.ResizeFailure


class Waiting:
    """What is waited for, and what is known of it.

    :param proxy: The load balancing service.
    :param targets: For each load balancer's ID the ID of the flavor that it
        is to have in the end.
    :param projects: The projects of those of which that is known.
    """

    def __init__(
        self,
        proxy: '_proxy.Proxy',
        targets: dict[str, str | None],
        projects: dict[str, str],
    ):
        self._proxy = proxy
        self._targets = targets
        self._projects = projects
        self._tells_phases = True
        self._may_list = True
        self._is_patient = True
        self._looks = itertools.count()

    def ends(
        self,
        *,
        interval: float | None,
        timeout: float,
        callback: Callback | None,
    ) -> Iterator[tuple[str, _End]]:
        """Give each one that has ended.

        :param interval: Seconds between looks, None for ever longer ones.
        :param timeout: Seconds after which to stop waiting.
        :param callback: Called with each that hasn't ended, after each look.
        :returns: An iterator, see
            :meth:`Proxy.wait_for_load_balancer_resizes`.
        :raises: :class:`~openstack.exceptions.ResourceTimeout`
        """
        if not self._targets:
            return
        for found in wait.rounds(self._look, timeout=timeout, every=interval):
            going_on = []
            for load_balancer_id, load_balancer in found.items():
                end = self._end(load_balancer_id, load_balancer)
                if end is not None:
                    del self._targets[load_balancer_id]
                    yield load_balancer_id, end
                elif load_balancer is not None:
                    going_on.append(load_balancer)
            if callback is not None:
                self._tell(going_on, callback)
            if not self._targets:
                return

    def _look(self) -> dict[str, _lb.LoadBalancer | None]:
        """Fetch load balancers, None for one that is gone."""
        found: dict[str, _lb.LoadBalancer | None] = {}
        for project, wanted in self._by_project().items():
            if len(wanted) >= _FEWEST_TO_LIST and self._may_list:
                found.update(self._list(project, wanted))
        missing = [i for i in self._targets if i not in found]
        answered = concurrency.side_by_side(self._try, missing)
        found.update(
            (load_balancer_id, answer)
            for load_balancer_id, answer in zip(missing, answered)
            if not isinstance(answer, Exception)
        )
        _raise_if_to_be_left_alone(answered, is_all=not found)
        for load_balancer in found.values():
            if load_balancer is not None and load_balancer.project_id:
                self._projects[str(load_balancer.id)] = str(
                    load_balancer.project_id
                )
        return found

    def _list(
        self, project: str, wanted: set[str]
    ) -> dict[str, _lb.LoadBalancer]:
        """Fetch load balancers of one project, none without the right to."""
        try:
            return {
                str(load_balancer.id): answers.with_field(
                    load_balancer, 'provisioning_status'
                )
                for load_balancer in self._proxy._list(
                    _load_balancer.LoadBalancer,
                    fields=_FIELDS,
                    project_id=project,
                )
                if load_balancer.id in wanted
            }
        except exceptions.HttpException as exc:
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

    def _try(
        self, load_balancer_id: str
    ) -> _lb.LoadBalancer | Exception | None:
        """Fetch a load balancer, or what keeps that one from being fetched."""
        try:
            return self._proxy.get_load_balancer(load_balancer_id)
        except Exception as exc:
            if faults.is_gone(exc):
                return None
            if not faults.is_transient(exc):
                raise
            return exc

    def _end(
        self, load_balancer_id: str, load_balancer: _lb.LoadBalancer | None
    ) -> _End | None:
        """Tell how a resize has ended, None while it hasn't."""
        if load_balancer is None:
            return failure.ResizeFailure(
                f'Load balancer {load_balancer_id} was deleted meanwhile'
            )
        if load_balancer.provisioning_status is None:
            return None
        status = str(load_balancer.provisioning_status)
        if status == 'ACTIVE':
            # The flavor changes no later than the state does.
            if load_balancer.flavor_id == self._targets[load_balancer_id]:
                return load_balancer
        elif (
            status.startswith('PENDING_')
            and status != _load_balancer.BEING_DELETED
        ):
            return None
        latest = self._latest_at_an_end(load_balancer)
        if latest is not None and latest.state in _resize.UNFINISHED:
            # What was read of the load balancer is older, from a replica of
            # the database that is behind.
            return None
        return failure.ResizeFailure(
            f'{text.label(load_balancer)} is {status} '
            f'{text.with_flavor(load_balancer.flavor_id)}',
            load_balancer,
            latest,
        )

    def _tell(
        self, going_on: Sequence[_lb.LoadBalancer], callback: Callback
    ) -> None:
        """Tell of each, and the phase of one: a request at each look."""
        chosen = next(self._looks) % max(len(going_on), 1)
        for number, load_balancer in enumerate(going_on):
            latest = None
            if (
                number == chosen
                and self._tells_phases
                and len(going_on) <= MOST_PHASES
            ):
                latest = self._latest(load_balancer)
                self._tells_phases = latest is not None
            callback(load_balancer, latest)

    def _latest(
        self, load_balancer: _lb.LoadBalancer
    ) -> _resize.LoadBalancerResize | None:
        """Ask for the latest resize, where the service tells."""
        try:
            return self._proxy.get_load_balancer_resize(load_balancer)
        except Exception:
            # What was asked for only makes messages better.
            return None

    def _latest_at_an_end(
        self, load_balancer: _lb.LoadBalancer
    ) -> _resize.LoadBalancerResize | None:
        """Ask for the latest resize, which may show that there is no end."""
        if not self._is_patient:
            return self._latest(load_balancer)
        try:
            return wait.ask_patiently(
                lambda: self._proxy.get_load_balancer_resize(load_balancer)
            )
        except Exception as exc:
            # Once is enough where many have ended.
            self._is_patient = not faults.is_transient(exc)
            return None


def _raise_if_to_be_left_alone(
    answered: Sequence[_lb.LoadBalancer | Exception | None], *, is_all: bool
) -> None:
    """Raise why load balancers were not looked at.

    One of many that can't be looked at doesn't keep the others from ending.

    :param is_all: Whether none was.
    """
    for answer in answered:
        if isinstance(answer, Exception) and (
            is_all or faults.retry_after(answer)
        ):
            raise answer
