# SPDX-License-Identifier: Apache-2.0
from typing import Any

from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import request
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS

BUSY = {'status': 'UPDATE_IN_PROGRESS'}
DONE = {'status': 'UPDATE_COMPLETE'}
FAILED = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
MASTERS_3 = {**MASTERS, **BUSY, 'node_count': 3}


class TestCase(clusters.TestCase):
    def plan(self, before: dict[str, Any] = MASTERS) -> Outcome:
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(before)
        return plan.plan_resize(
            self.proxy, 'dev', 3, nodegroup='default-master'
        )


class TestSend(TestCase):
    def _send(self) -> Outcome:
        return request.send(self.proxy, self.plan())

    def _poll(self, cluster: dict[str, Any], group: dict[str, Any]) -> None:
        url = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'
        self.cloud.requests.get(url, json={**DEV, **cluster})
        self.cloud.requests.get(
            f'{url}/nodegroups/{MASTERS["uuid"]}', json=group
        )

    def test_answer_lost(self) -> None:
        outcome = self.plan()
        for answer in ({'exc': base.dropped()}, {'status_code': 504}):
            self.cloud.resize_cluster(DEV, **answer)
            for polled, result in (
                ((BUSY, MASTERS_3), Result.ACCEPTED),
                ((DONE, {**MASTERS_3, **DONE}), Result.ACCEPTED),
                ((FAILED, {**MASTERS, **FAILED}), Result.ACCEPTED),
                (({}, MASTERS), Result.FAILED),
            ):
                self._poll(*polled)
                sent = request.send(self.proxy, outcome)
                self.assertEqual(result, sent.result)
        self.assertEqual(8, self.cloud.count('POST'))
        # Half a second where the first poll shows it, else five
        self.assertEqual(1000 + 6 * 0.5 + 2 * 5.0, self.clock.now)

    def test_unknown(self) -> None:
        outcome = self.plan()
        self.cloud.resize_cluster(DEV, exc=base.dropped())
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        sent = request.send(self.proxy, outcome)
        self.assertEqual(Result.UNKNOWN, sent.result)
        self.assertIsNotNone(sent.doubt)

    def test_refused(self) -> None:
        self.cloud.resize_cluster(
            DEV, status_code=400, json=cloud.magnum_fault(400, 'no')
        )
        sent = self._send()
        self.assertEqual(Result.REFUSED, sent.result)
        # The cluster and the nodegroup, for the plan
        self.assertEqual(2, self.cloud.count('GET'))


class TestFindRunning(TestCase):
    def test_nothing_to_find_out(self) -> None:
        outcome = self.plan()
        self.assertIs(outcome, request.find_running(self.proxy, outcome))

    def test_found_out(self) -> None:
        outcome = self.plan(MASTERS_3)
        url = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'
        for now, result in ((BUSY, Result.ACCEPTED), ({}, Result.NOT_STARTED)):
            self.cloud.requests.get(url, json={**DEV, **now})
            found = request.find_running(self.proxy, outcome)
            self.assertEqual(result, found.result)
