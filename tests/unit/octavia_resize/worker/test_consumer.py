# SPDX-License-Identifier: Apache-2.0

"""What becomes of the API's message, on a message bus in the process."""

import logging
import time
import uuid

import fixtures
from oslo_config import cfg

from octavia_resize.drivers import amphora
from octavia_resize.worker import consumer
from octavia_resize.worker import controller
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies


class TestConsumer(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        # Not that of other tests, whose messages nobody has read.
        cfg.CONF.set_override(
            'topic', f'resize-{uuid.uuid4().hex}', group='octavia_resize'
        )
        self.addCleanup(
            cfg.CONF.clear_override, 'topic', group='octavia_resize'
        )
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

    def _send(self, lb_id: str, resize_id: str) -> None:
        amphora.AmphoraResizeDriver().loadbalancer_resize(lb_id, resize_id, {})

    def test_resize(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        service = consumer.ConsumerService(0, cfg.CONF)
        service.run()
        try:
            self._send(lb_id, self.get_resize(lb_id).id)
            ends_at = time.monotonic() + 60
            while self.get_resize(lb_id).state in ('QUEUED', 'RUNNING'):
                self.assertLess(time.monotonic(), ends_at, self.log.output)
                time.sleep(0.1)
        finally:
            service.terminate()
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.large},
            self.get_load_balancer(lb_id),
        )


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
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.small},
            self.get_load_balancer(self.lb_id),
        )

    def test_twice(self) -> None:
        self.resize(self.lb_id, self.large)
        resize_id = self.get_resize(self.lb_id).id
        self._resize(resize_id)
        amphorae = self.get_amphorae(self.lb_id)
        self._resize(resize_id)
        self.assertIn('is no longer queued, skipping it.', self.log.output)
        self.assertEqual(amphorae, self.get_amphorae(self.lb_id))
