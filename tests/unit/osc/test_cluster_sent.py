# SPDX-License-Identifier: Apache-2.0


from tests.unit.osc import base
from tests.unit.osc import cluster
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestSent(cluster.TestCase):
    """The fate of the request itself."""

    def test_answer_lost_and_failed(self) -> None:
        failed = {'status': 'UPDATE_FAILED', 'status_reason': 'Quota exceeded'}
        self.cloud.clusters(DEV, {**DEV, **failed})
        self.cloud.nodegroups(MASTERS, {**MASTERS, **failed})
        self.cloud.resize_cluster(DEV, status_code=504)
        self.check(self.masters(3, '--wait'), 1, 'failed', 'Quota exceeded')

    def test_interrupted_while_sending(self) -> None:
        self.cloud.resize_cluster(DEV, exc=KeyboardInterrupt)
        result = self.masters(3)
        self.assertEqual((130, ''), (result.status, result.stdout))
        self.assertIn('Interrupted while sending the request: ', result.stderr)

    def test_interrupted_before(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', exc=KeyboardInterrupt
        )
        self.assertEqual(
            base.Result('', 'Interrupted. Nothing was changed\n', 130),
            self.masters(3),
        )
