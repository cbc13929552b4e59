# SPDX-License-Identifier: Apache-2.0

import logging
import uuid

import fixtures

from octavia_resize.worker import controller
from tests.unit.octavia_resize import topologies


class TestTake(topologies.SingleTestCase):
    """Messages that there is nothing to do about."""

    def setUp(self) -> None:
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

    def _resize(self, resize_id: str) -> None:
        controller.ResizeWorker().resize_load_balancer(self.lb_id, resize_id)

    def test_never_committed(self) -> None:
        resize_id = str(uuid.uuid4())
        self._resize(resize_id)
        self.assertIn(
            f'Resize {resize_id} of load balancer {self.lb_id} is not in the '
            'database: the API has not committed it. Nothing was changed.',
            self.log.output,
        )
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.small)

    def test_twice(self) -> None:
        self.resize(self.lb_id, self.large)
        resize_id = self.get_resize(self.lb_id).id
        self._resize(resize_id)
        amphorae = self.get_amphorae(self.lb_id)
        self._resize(resize_id)
        self.assertIn('is no longer queued, skipping it.', self.log.output)
        self.assertEqual(amphorae, self.get_amphorae(self.lb_id))
