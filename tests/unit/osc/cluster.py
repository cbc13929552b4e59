# SPDX-License-Identifier: Apache-2.0

"""Clusters to resize in the tests of the commands."""

import json

from tests.unit.osc import base
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS

BUSY = {'status': 'UPDATE_IN_PROGRESS'}
DONE = {'status': 'UPDATE_COMPLETE'}
MASTERS_3 = {**MASTERS, 'node_count': 3}
CLUSTER_LABEL = f'Cluster dev ({DEV["uuid"]})'
LABEL = f'Nodegroup default-master of cluster dev ({DEV["uuid"]})'


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        self.cloud.nodegroups(WORKERS)
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            json={'nodegroups': [MASTERS, WORKERS]},
        )
        self.cloud.resize_cluster(DEV)

    def take_long(self) -> None:
        """Have the masters of dev be resized to 3 nodes, for ever."""
        url = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'
        self.cloud.requests.get(url, json={**DEV, **BUSY})
        self.cloud.requests.get(
            f'{url}/nodegroups/{MASTERS["uuid"]}', json={**MASTERS_3, **BUSY}
        )

    def masters(self, node_count: object, options: str = '') -> base.Result:
        return self.openstack(
            'coe cluster resize -f json --nodegroup default-master '
            f'{options} dev -- {node_count}'
        )

    def workers(self, node_count: object, options: str = '') -> base.Result:
        return self.openstack(
            f'coe cluster resize -f json {options} dev -- {node_count}'
        )

    def check(
        self, result: base.Result, status: int, outcome: str, *shown: str
    ) -> None:
        """Check exit status and result, and which messages were shown."""
        self.assertEqual(status, result.status, result.stderr)
        self.assertEqual(outcome, json.loads(result.stdout)['result'])
        for part in shown:
            self.assertIn(part, result.stderr)

    def assertRefused(self, message: str, result: base.Result) -> None:
        self.assertEqual(
            base.Result('', f'{message}\n', 1),
            result,
        )

    def assertNothingChanged(self) -> None:
        self.assertFalse(
            [
                request
                for request in self.cloud.requested()
                if request[:4] != 'GET '
            ]
        )
