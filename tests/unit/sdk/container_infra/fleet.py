# SPDX-License-Identifier: Apache-2.0

"""A Magnum that resizes many clusters, in the tests of rollouts."""

import re
from typing import Any

from tests.unit.sdk import cloud

_URL = re.compile(rf'{cloud.CLUSTERS_URL}/([^/]+)')


class Fleet:
    """Clusters with a control plane of one node.

    :param seconds: How long the resize of each takes.
    """

    def __init__(
        self,
        service: cloud.Cloud,
        clock: cloud.Clock,
        seconds: list[float],
    ) -> None:
        self.clock = clock
        self.clusters: dict[str, dict[str, Any]] = {}
        self.masters: dict[str, dict[str, Any]] = {}
        self.names = [f'c{number}' for number in range(len(seconds))]
        self._seconds = dict(zip(self.names, seconds))
        for name in self.names:
            self.clusters[name] = cloud.cluster(name, health_status='HEALTHY')
            self.masters[name] = cloud.nodegroup(self.clusters[name])
        self._ends: dict[str, float] = {}
        #: The names of those that fail, and of those that are deleted when
        #: their resize has begun
        self.broken: set[str] = set()
        self.deleted: set[str] = set()
        #: The names of those whose request is accepted and not answered
        self.silent: set[str] = set()
        #: The requests that were accepted, in their order
        self.accepted: list[str] = []
        #: How many were in progress after each of them
        self.in_progress: list[int] = []
        #: The statuses that the next requests are answered with, None for ok
        self.faults: list[int | None] = []
        for method, end, answer in (
            ('GET', '$', self._show),
            ('GET', '/nodegroups/default-master$', self._show_masters),
            ('GET', '/nodegroups/[-0-9a-f]{36}$', self._show_masters),
            ('POST', '/actions/resize$', self._resize),
        ):
            service.requests.register_uri(
                method,
                re.compile(_URL.pattern + end),
                json=self._faulty(answer),
            )

    def _faulty(self, answer):
        def respond(request, context):
            if self.faults and (status := self.faults.pop(0)):
                context.status_code = status
                return cloud.magnum_fault(status, 'Away.')
            name = self._named(request)
            if name is None:
                context.status_code = 404
                return cloud.magnum_fault(404, 'Cluster could not be found.')
            self._pass()
            return answer(name, request, context)

        return respond

    def _named(self, request) -> str | None:
        named = _URL.match(request.url).group(1)
        for name, found in self.clusters.items():
            if named in (name, found['uuid']):
                is_gone = name in self.deleted and name in self.accepted
                return None if is_gone else name
        return None

    def _pass(self) -> None:
        """Let those end whose time has come."""
        for name, ends_at in list(self._ends.items()):
            if ends_at > self.clock.now:
                continue
            del self._ends[name]
            end: dict[str, Any] = {'status': 'UPDATE_COMPLETE'}
            if name in self.broken:
                end = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
                self.masters[name]['node_count'] = 1
            self.clusters[name].update(end)
            self.masters[name].update(end)

    def _show(self, name, request, context):
        return self.clusters[name]

    def _show_masters(self, name, request, context):
        return self.masters[name]

    def _resize(self, name, request, context):
        node_count = request.json()['node_count']
        if self.masters[name]['node_count'] != node_count:
            self._ends[name] = self.clock.now + self._seconds[name]
            self.clusters[name]['status'] = 'UPDATE_IN_PROGRESS'
            self.masters[name].update(
                node_count=node_count, status='UPDATE_IN_PROGRESS'
            )
        self.accepted.append(name)
        self.in_progress.append(len(self._ends))
        if name in self.silent:
            self.faults = [503] * 20
            context.status_code = 504
            return None
        context.status_code = 202
        return {'uuid': self.clusters[name]['uuid']}
