# SPDX-License-Identifier: Apache-2.0

"""Clusters in the tests of the SDK."""

from collections.abc import Container
from typing import Any

from tests.unit.sdk import base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)
WORKERS = cloud.nodegroup(DEV, 'default-worker', node_count=2)
URL = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.conn.container_infrastructure_management

    def requested_version(self) -> str:
        service_type, version = self.cloud.requests.last_request.headers[
            'OpenStack-API-Version'
        ].split()
        # Magnum of 2025.2 answers 406 to its official name.
        self.assertEqual('container-infra', service_type)
        return version


class StatefulTestCase(TestCase):
    """A Magnum that does at once what is requested."""

    #: The nodes of the control plane before
    nodes: int
    #: The sizes that it does not refuse
    accepted: Container[int] = range(1, 10, 2)

    def setUp(self) -> None:
        super().setUp()
        self.nodegroup = {
            **MASTERS,
            'node_count': self.nodes,
            'status': 'UPDATE_COMPLETE',
        }
        self.health: list[str] = ['HEALTHY']
        self.requested: list[int] = []
        #: A resize to this size does not end.
        self.wedges_at = 0
        for name in ('default-master', MASTERS['uuid']):
            self.cloud.requests.get(
                f'{URL}/nodegroups/{name}', json=lambda *_: self.nodegroup
            )
        self.cloud.requests.get(URL, json=self._cluster)
        self.cloud.requests.post(f'{URL}/actions/resize', json=self._resize)

    def _cluster(self, *_: Any) -> dict[str, Any]:
        health = self.health.pop(0) if len(self.health) > 1 else self.health[0]
        status = self.nodegroup['status']
        return {**DEV, 'status': status, 'health_status': health}

    def _resize(self, request: Any, context: Any) -> dict[str, Any]:
        context.status_code = 202
        count = request.json()['node_count']
        if count not in self.accepted:
            context.status_code = 400
            return cloud.magnum_fault(400, 'Not this size')
        self.requested.append(count)
        state = 'IN_PROGRESS' if count == self.wedges_at else 'COMPLETE'
        self.nodegroup.update(node_count=count, status=f'UPDATE_{state}')
        return {'uuid': DEV['uuid']}
