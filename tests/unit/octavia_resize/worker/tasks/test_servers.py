# SPDX-License-Identifier: Apache-2.0
"""How long the build of an amphora leaves Nova alone."""

from unittest import mock

from octavia.common import config  # noqa: F401, defines the options
from octavia.compute.drivers import nova_driver
from oslo_config import cfg

from octavia_resize.worker.tasks import servers
from tests.unit.octavia_resize import base


class TestAwaitFirstPoll(base.TestCase):
    def _run(self, compute: object) -> list[mock._Call]:
        """Return the calls of sleep."""
        task = servers.AwaitFirstPoll()
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
        self.assertEqual([], self._run(servers.AwaitFirstPoll().compute))
