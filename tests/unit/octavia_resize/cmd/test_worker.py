# SPDX-License-Identifier: Apache-2.0

"""octavia-resize-worker as operators start it, without its services."""

import subprocess
import sys

import fixtures
from oslo_config import cfg

from tests.unit.octavia_resize import base

_MAIN = """
import sys
import cotyledon
from oslo_config import cfg
from octavia_resize.cmd import worker
cotyledon.ServiceManager.run = lambda _: print(
    cfg.CONF.graceful_shutdown_timeout)
sys.argv = ['octavia-resize-worker', *sys.argv[1:]]
worker.main()
"""


class TestPatience(base.TestCase):
    def _get_patience(self, *files: str) -> int:
        arguments = [
            argument for file in files for argument in ('--config-file', file)
        ]
        run = subprocess.run(
            [sys.executable, '-c', _MAIN, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(0, run.returncode, run.stderr)
        return int(run.stdout)

    def test_default(self) -> None:
        """It is longer than what Octavia waits for an amphora."""
        (file,) = cfg.CONF.config_file
        boot = cfg.CONF.controller_worker
        agent = cfg.CONF.haproxy_amphora
        self.assertGreater(
            self._get_patience(file),
            boot.amp_active_retries * boot.amp_active_wait_sec
            + agent.connection_max_retries * agent.connection_retry_interval,
        )

    def test_configured(self) -> None:
        directory = self.useFixture(fixtures.TempDir())
        path = directory.join('more.conf')
        with open(path, 'w') as file:
            file.write('[DEFAULT]\ngraceful_shutdown_timeout = 7\n')
        self.assertEqual(7, self._get_patience(*cfg.CONF.config_file, path))
