# SPDX-License-Identifier: Apache-2.0

from typing import Any

import testtools

from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import health

# As magnum-cluster-api 0.38.2 and magnum-capi-helm 1.4.0 report
NAMED = {
    'kube-x7k-cp4q2-9hjkl.Ready': 'True',
    'kube-x7k-cp4q2-b2vwx.Ready': 'False',
    'kube-x7k-default-worker-d0942-88fad.Ready': 'True',
    'api': 'nok',
}
WAITING = {
    'cluster': "Waiting on ['Ready', 'ControlPlaneReady']",
    'infrastructure': 'Ready',
    'controlplane': "Waiting on ['Resized', 'MachinesReady']",
    'nodegroup': 'Ready',
}


class TestHealth(testtools.TestCase):
    def _of(self, reason: Any, status: str | None = None) -> health.Health:
        return health.of(
            _cluster.Cluster(
                health_status=status, health_status_reason=reason
            ),
            ['default-worker'],
        )

    def test_each_driver(self) -> None:
        found = self._of(NAMED, 'UNHEALTHY')
        self.assertEqual('UNHEALTHY', found.status)
        self.assertEqual((1, 2), (found.ready, len(found.nodes)))
        self.assertEqual(('kube-x7k-cp4q2-b2vwx',), found.not_ready)
        self.assertEqual(
            ('api: nok', 'kube-x7k-cp4q2-b2vwx is not ready'), found.problems
        )
        found = self._of(WAITING)
        self.assertEqual({}, found.nodes)
        self.assertEqual('Waiting on Resized, MachinesReady', found.reason)
        self.assertEqual(2, len(found.problems))

    def test_nothing_reported(self) -> None:
        for reason in (None, {}, 'odd', {'controlplane': 'Ready'}):
            self.assertEqual(health.Health(), self._of(reason))
