# SPDX-License-Identifier: Apache-2.0

from unittest import mock

from oslo_config import cfg
import testtools

from octavia_resize.worker import consumer


class TestConsumer(testtools.TestCase):
    def test_consumer_ends_the_watchdog_last(self) -> None:
        order = mock.Mock()
        service = consumer.ConsumerService(0, cfg.CONF)
        service.watchdog = order.watchdog
        service.message_listener = order.listener
        service.terminate()
        self.assertEqual(
            [
                'watchdog.close',
                'listener.stop',
                'listener.wait',
                'watchdog.stop',
            ],
            [name for name, _, _ in order.mock_calls],
        )

    def test_reload(self) -> None:
        """SIGHUP reads the configuration again, and ends nothing."""
        conf = mock.Mock(host='host')
        consumer.ConsumerService(0, conf).reload()
        conf.mutate_config_files.assert_called_once_with()
