# SPDX-License-Identifier: Apache-2.0

"""Handing a resize to the message bus."""

from unittest import mock

from octavia.common import rpc
import oslo_messaging

from octavia_resize.drivers import amphora
from tests.unit.octavia_resize import topologies


class TestAmphoraResizeDriver(topologies.SingleTestCase):
    def test_connections_are_not_those_of_octavia(self) -> None:
        driver = amphora.AmphoraResizeDriver()
        self.assertIsNot(rpc.TRANSPORT, driver.client.transport)
        again = amphora.AmphoraResizeDriver()
        self.assertIs(driver.client.transport, again.client.transport)

    def test_message_bus_away(self) -> None:
        driver = amphora.AmphoraResizeDriver
        for error in (
            oslo_messaging.MessageDeliveryFailure(),
            ConnectionRefusedError(111, 'Connection refused'),
        ):
            with (
                mock.patch.object(driver, '__init__', lambda _: None),
                mock.patch.object(driver, 'client', create=True) as client,
            ):
                client.prepare.return_value.cast.side_effect = error
                self.assert_refused(
                    500,
                    "Provider 'amphora' reports error: The message bus does "
                    'not answer. The load balancer is as it was. Try again '
                    'later.',
                    self.large,
                    queries=('',),
                )
            client.prepare.assert_called_once_with(retry=2)
