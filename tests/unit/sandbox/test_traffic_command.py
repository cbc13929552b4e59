# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from unittest import mock

import fixtures
import testtools

from resize_sandbox import exceptions
from resize_sandbox.dataplane.traffic import command
from resize_sandbox.dataplane.traffic import run
from resize_sandbox.state import StateDirectory


class TestMain(testtools.TestCase):
    def test_plot_that_can_not_be_written(self) -> None:
        """It is refused before requests are sent."""
        root = Path(self.useFixture(fixtures.TempDir()).path)
        missing = root / 'missing'
        for plot, reason in (
            (root, 'it is a directory'),
            (missing / 'web.svg', f'nothing can be written in {missing}'),
        ):
            with (
                mock.patch.object(run, 'find_target', autospec=True),
                mock.patch.object(run, 'run', autospec=True) as started,
            ):
                error = self.assertRaises(
                    exceptions.SandboxError,
                    command.main,
                    StateDirectory(root),
                    'web',
                    ['true'],
                    False,
                    plot,
                )
            self.assertIn(f'to {plot}: {reason}. No request', str(error))
            started.assert_not_called()
