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
"""How long the build of an amphora leaves Nova alone."""

from unittest import mock

from octavia.common import config  # noqa: F401, defines the options
from octavia.compute.drivers import nova_driver
from oslo_config import cfg

from octavia_resize.worker.tasks import servers
from tests.unit.octavia_resize import base


class TestLetBoot(base.TestCase):
    def _run(self, compute: object) -> list[mock._Call]:
        """Return the calls of sleep."""
        task = servers.LetBoot()
        task.compute = compute
        with mock.patch.object(servers.time, 'sleep') as sleep:
            task.execute()
        return sleep.mock_calls

    def test_nova(self) -> None:
        nova = mock.create_autospec(nova_driver.VirtualMachineManager)
        seconds = cfg.CONF.controller_worker.amp_active_wait_sec
        self.assertEqual([mock.call(seconds)], self._run(nova))
        self.assertEqual([], nova.mock_calls)

    def test_others(self) -> None:
        """Drivers for tests have a server at once."""
        self.assertEqual([], self._run(servers.LetBoot().compute))
