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

"""The clusters of Magnum: what openstacksdk's proxy for them lacks."""

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Sequence
import time
from typing import Any

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy
from openstack.container_infrastructure_management.v1 import (
    cluster as _base_cluster,
)
import requests

from resize_client.sdk import answers
from resize_client.sdk import bounded_proxy
from resize_client.sdk import faults
from resize_client.sdk import ids
from resize_client.sdk import wait
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import failure
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import outcome as _outcome
from resize_client.sdk.container_infra import plan as _plan
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import resizing
from resize_client.sdk.container_infra.resize_state import Look
from resize_client.sdk.container_infra.resize_state import State

#: Seconds within which a request shows that its answer only was lost
LOST_ANSWER_TIMEOUT = 5.0

_NODEGROUP_MICROVERSION = '1.9'

#: What may be half of two saves: true when two looks in a row show it
_TWICE = (State.FAILING, State.UNKNOWN)

_Callback = Callable[[Look, State], None]


class Proxy(bounded_proxy.BoundedProxy, _proxy.Proxy):
    """openstacksdk's container infrastructure management proxy, and resizing.

    .. code-block:: python

        import openstack
        from resize_client.sdk import connection

        conn = connection.extend(openstack.connect(cloud='mycloud'))
        magnum = conn.container_infrastructure_management
        cluster = magnum.get_cluster('dev')
        nodegroup = magnum.resize_cluster_and_wait(
            cluster, 3, nodegroup='default-master'
        )
        print(nodegroup.status, nodegroup.node_count)
    """

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        # The one name of itself that each Magnum knows in the header.
        kwargs.setdefault('microversion_service_type', 'container-infra')
        return super().request(url, method, *args, **kwargs)

    def get_cluster(
        self, cluster: str | _base_cluster.Cluster
    ) -> _cluster.Cluster:
        """Get a single cluster

        :param cluster: The cluster, its UUID or its name.
        :returns: The cluster as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a cluster, :class:`~openstack.exceptions.ConflictException`
            when several have that name, :class:`ValueError` when the answer
            isn't Magnum's.
        """
        # As its "id" a name would stay there when the answer has come.
        found = _cluster.Cluster.new(uuid=ids.in_path(cluster))
        with answers.in_its_words():
            return answers.with_field(found.fetch(self), 'name')

    def nodegroups(
        self, cluster: str | _base_cluster.Cluster, **query: Any
    ) -> Generator[_nodegroup.NodeGroup, None, None]:
        """Retrieve a generator of the nodegroups of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param query: Optional query parameters: ``role``.
        :returns: A generator of nodegroups, without their limits.
        """
        with answers.in_its_words():
            yield from _nodegroup.NodeGroup.list(
                self,
                cluster_id=ids.in_path(cluster),
                microversion=_NODEGROUP_MICROVERSION,
                **query,
            )

    def get_nodegroup(
        self,
        cluster: str | _base_cluster.Cluster,
        nodegroup: str | _nodegroup.NodeGroup,
    ) -> _nodegroup.NodeGroup:
        """Get a single nodegroup of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param nodegroup: The nodegroup, its UUID or its name.
        :returns: The nodegroup as it is now, a new object.
        :raises: :class:`~openstack.exceptions.NotFoundException` without
            such a nodegroup, :class:`ValueError` when the answer isn't
            Magnum's.
        """
        found = _nodegroup.NodeGroup.new(
            id=ids.in_path(nodegroup), cluster_id=ids.in_path(cluster)
        )
        with answers.in_its_words():
            return answers.with_field(
                found.fetch(self, microversion=_NODEGROUP_MICROVERSION),
                'node_count',
                is_nullable=False,
            )

    def find_nodegroup(
        self,
        cluster: str | _base_cluster.Cluster,
        name_or_id: str | None = None,
        ignore_missing: bool = True,
    ) -> _nodegroup.NodeGroup | None:
        """Find a single nodegroup of a cluster

        :param cluster: The cluster, its UUID or its name.
        :param name_or_id: The name or UUID of the nodegroup, None for the
            one that Magnum resizes when none is named: the default worker
            nodegroup.
        :param ignore_missing: When set to ``False``
            :class:`~openstack.exceptions.NotFoundException` will be raised
            when the nodegroup does not exist. When set to ``True``, None will
            be returned.
        :returns: The nodegroup or None.
        """
        if name_or_id is None:
            name_or_id = self._default_worker_nodegroup_id(cluster)
            if name_or_id is None and not ignore_missing:
                raise exceptions.NotFoundException(
                    f'Cluster {ids.id_of(cluster)} has no default worker '
                    'nodegroup'
                )
            if name_or_id is None:
                return None
        try:
            found = self.get_nodegroup(cluster, name_or_id)
        except exceptions.NotFoundException as exc:
            if not ignore_missing or not faults.is_from_service(exc):
                raise
            return None
        # Most databases compare without case.
        if name_or_id == found.name or name_or_id.lower() == found.id:
            return found
        if not ignore_missing:
            raise exceptions.NotFoundException(
                f'Cluster {ids.id_of(cluster)} has no nodegroup {name_or_id}; '
                f'did you mean {found.name}?'
            )
        return None

    def _default_worker_nodegroup_id(
        self, cluster: str | _base_cluster.Cluster
    ) -> str | None:
        for nodegroup in self.nodegroups(cluster):
            if nodegroup.is_default and not nodegroup.is_control_plane:
                return str(nodegroup.id)
        return None

    def resize_cluster(
        self,
        cluster: str | _base_cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup | None = None,
        nodes_to_remove: Sequence[str] | None = None,
    ) -> str:
        """Change the number of nodes of a nodegroup of a cluster.

        Magnum answers before it has looked at the cluster's state: to learn
        what became of the request, fetch cluster and nodegroup before it and
        give them to :meth:`wait_for_cluster_resize`.

        :param cluster: The cluster, its UUID or its name.
        :param node_count: How many nodes the nodegroup is to have; for a
            control plane an odd number.
        :param nodegroup: The nodegroup, its UUID or its name; None for the
            default worker nodegroup.
        :param nodes_to_remove: The IDs of the servers to remove.
        :returns: The UUID of the cluster.
        :raises: :class:`~openstack.exceptions.BadRequestException` when the
            count isn't one that the nodegroup may have, or the cluster's
            driver can't resize a control plane,
            :class:`~openstack.exceptions.ForbiddenException` without the
            right to,
            :class:`~openstack.exceptions.NotFoundException` without such a
            cluster or nodegroup,
            :class:`~openstack.exceptions.HttpException` with status 406 when
            Magnum is too old. After a 5xx, a connection that broke, or a
            :class:`ValueError` (the answer isn't Magnum's) the request may
            have been taken all the same: ask
            :meth:`is_cluster_resize_taken_up`.
        """
        found = _cluster.Cluster.existing(id=ids.in_path(cluster))
        with answers.in_its_words():
            return found.resize(
                self,
                node_count=node_count,
                nodegroup=None if nodegroup is None else ids.id_of(nodegroup),
                nodes_to_remove=nodes_to_remove,
            )

    def resize_cluster_and_wait(
        self,
        cluster: str | _base_cluster.Cluster,
        node_count: int,
        *,
        nodegroup: str | _nodegroup.NodeGroup | None = None,
        nodes_to_remove: Sequence[str] | None = None,
        force: bool = False,
        interval: float | None = None,
        timeout: float = wait.DEFAULT_TIMEOUT,
        callback: _Callback | None = None,
    ) -> _nodegroup.NodeGroup:
        """Change the number of nodes of a nodegroup, and wait for the end.

        As the command does: cluster and nodegroup are looked at first, and
        what Magnum would refuse or drop isn't asked for, nor what is done or
        going on already. When the answer to the request is lost, it is found
        out whether Magnum has taken it up.

        :param cluster: See :meth:`resize_cluster`.
        :param node_count: See :meth:`resize_cluster`.
        :param nodegroup: See :meth:`resize_cluster`.
        :param nodes_to_remove: See :meth:`resize_cluster`.
        :param force: Whether to leave an even size of a control plane to the
            cluster's driver.
        :param interval: See :meth:`wait_for_cluster_resize`.
        :param timeout: See :meth:`wait_for_cluster_resize`.
        :param callback: See :meth:`wait_for_cluster_resize`.
        :returns: The nodegroup, with that many nodes, complete.
        :raises: :class:`~.container_infra.plan.Refusal` when the resize isn't
            asked for,
            :class:`~openstack.exceptions.DuplicateResource` when several
            clusters have that name, what :meth:`resize_cluster` raises when
            Magnum hasn't taken the request, and what
            :meth:`wait_for_cluster_resize` raises.
        """
        plan = _plan.plan_resize(
            self,
            ids.id_of(cluster),
            node_count,
            nodegroup=None if nodegroup is None else ids.id_of(nodegroup),
            nodes_to_remove=nodes_to_remove,
            force=force,
        )
        outcome = resizing.carry_out(
            self,
            plan,
            nodegroup=None if nodegroup is None else plan.nodegroup.id,
            nodes_to_remove=nodes_to_remove,
        )
        if outcome.error is not None:
            raise outcome.error
        if outcome.result is _outcome.Result.UNCHANGED:
            return outcome.nodegroup
        return self.wait_for_cluster_resize(
            plan.cluster,
            plan.nodegroup,
            node_count,
            interval=interval,
            timeout=timeout,
            callback=callback,
        )

    def wait_for_cluster_resize(
        self,
        cluster: _base_cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
        *,
        interval: float | None = None,
        timeout: float = wait.DEFAULT_TIMEOUT,
        callback: _Callback | None = None,
    ) -> _nodegroup.NodeGroup:
        """Wait until a resize that was asked for has ended.

        :param cluster: The cluster as it was before the request.
        :param nodegroup: The nodegroup as it was before the request. What
            still is as in these two isn't believed to be its outcome.
        :param node_count: How many nodes it is to have.
        :param interval: Seconds between two looks, None for ever longer ones.
        :param timeout: Seconds after which to stop waiting; the resize goes
            on.
        :param callback: Called after each look, with what was seen and what
            that tells.
        :returns: The nodegroup, with that many nodes, complete.
        :raises: :class:`~openstack.exceptions.ResourceFailure` when it ended
            otherwise, or was dropped,
            :class:`~.failure.OutcomeUnknown` when the nodegroup doesn't tell
            how it has ended,
            :class:`~openstack.exceptions.ResourceTimeout` when it hasn't
            ended, or begun, in time.
        """
        before = Look(cluster, nodegroup)
        previous = None
        try:
            for now, state in self._states(
                before, node_count, timeout, interval
            ):
                if callback is not None:
                    callback(now, state)
                if state is State.DONE:
                    return now.nodegroup
                if state not in _TWICE or state is previous:
                    failure.raise_if_ended(now, state)
                previous = state
        except exceptions.ResourceTimeout as exc:
            if previous is State.NOT_BEGUN and exc.__cause__ is None:
                raise exceptions.ResourceTimeout(
                    'Magnum accepted the request, and its conductor has not '
                    f'begun with it within {wait.count_seconds(timeout)}: it '
                    'is busy, or has lost the request'
                ) from None
            raise
        raise RuntimeError('a wait ended without an outcome')

    def is_cluster_resize_taken_up(
        self,
        cluster: _base_cluster.Cluster,
        nodegroup: _nodegroup.NodeGroup,
        node_count: int,
        *,
        timeout: float = LOST_ANSWER_TIMEOUT,
        callback: _Callback | None = None,
    ) -> bool:
        """Find out whether a request whose answer was lost was received.

        :param cluster: The cluster as it was before the request.
        :param nodegroup: The nodegroup as it was before the request.
        :param node_count: How many nodes it is to have.
        :param timeout: Seconds that the conductor gets to take it up.
        :param callback: Called after each look, with what was seen and what
            that tells.
        :returns: True as soon as the nodegroup shows it, False when it
            hasn't by then.
        :raises: What the last look has raised if it has.
        """
        before = Look(cluster, nodegroup)
        try:
            for now, state in self._states(before, node_count, timeout):
                if callback is not None:
                    callback(now, state)
                if state not in (State.NOT_BEGUN, State.DROPPED):
                    return True
        except exceptions.ResourceTimeout as exc:
            if exc.__cause__ is not None:
                raise exc.__cause__ from None
        return False

    def _states(
        self,
        before: Look,
        node_count: int,
        timeout: float,
        interval: float | None = None,
    ) -> Iterator[tuple[Look, State]]:
        began = time.monotonic()
        for now in wait.rounds(
            lambda: Look(
                self.get_cluster(before.cluster),
                self.get_nodegroup(before.cluster, before.nodegroup),
            ),
            timeout=timeout,
            every=interval,
        ):
            seconds = time.monotonic() - began
            yield now, resize_state.tell(before, now, node_count, seconds)
