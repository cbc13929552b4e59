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
"""The network driver that a worker's tasks share."""

from unittest import mock

from octavia.common import config  # noqa: F401, defines the options
from octavia.controller.worker.v2.tasks import network_tasks
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow
import testtools

from octavia_resize.worker import network


class TestShareDriver(testtools.TestCase):
    def test_nested(self) -> None:
        """A task below other flows has the same driver."""
        outer, inner = network_tasks.DeletePort(), network_tasks.AllocateVIP()
        flow = linear_flow.Flow('outer')
        flow.add(outer, unordered_flow.Flow('inner').add(inner))
        network.share_driver(flow)
        with mock.patch.object(network, 'get_driver') as get_driver:
            for task in (outer, inner):
                self.assertIs(
                    get_driver.return_value.delete_port,
                    task.network_driver.delete_port,
                )

    def test_not_made_with_the_flow(self) -> None:
        """Neutron may be away when a flow is made."""
        flow = linear_flow.Flow('flow').add(network_tasks.DeletePort())
        with mock.patch.object(network, 'get_driver') as get_driver:
            network.share_driver(flow)
        get_driver.assert_not_called()
