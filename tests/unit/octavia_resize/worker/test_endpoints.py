# SPDX-License-Identifier: Apache-2.0

"""What a message of the API leads to, on a message bus in the process."""

import logging
import time
from unittest import mock
import uuid

import fixtures
from oslo_config import cfg
import testtools

from octavia_resize.drivers import amphora
from octavia_resize.worker import consumer
from octavia_resize.worker import controller
from octavia_resize.worker import endpoints
from tests.unit.octavia_resize import base


class TestEndpoints(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        # Not that of other tests, whose messages nobody has read.
        self.override('octavia_resize', 'topic', f'resize-{uuid.uuid4().hex}')
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
        self.assert_load_balancer(lb_id, 'ACTIVE', self.large)


class TestDropped(testtools.TestCase):
    def test_without_ids(self) -> None:
        """Whoever may write to the bus may write anything."""
        log = self.useFixture(fixtures.FakeLogger(level=logging.ERROR))
        endpoint = endpoints.Endpoints()
        with mock.patch.object(
            controller.ResizeWorker, 'resize_load_balancer', autospec=True
        ) as resize:
            for lb_id in (None, 'web', {}):
                endpoint.resize_load_balancer({}, lb_id, str(uuid.uuid4()))
                self.assertIn(f'of load balancer {lb_id!r}', log.output)
        resize.assert_not_called()
