# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

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
                    asked=('',),
                )
            client.prepare.assert_called_once_with(retry=2)
