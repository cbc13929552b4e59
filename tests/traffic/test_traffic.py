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
"""What clients see of a resize.

The bounds are far above what doc/source/contributor tells of measurements:
they find what is broken, on a machine that does other things, too.
"""

from pathlib import Path
import re
from typing import Any

import fixtures

from tests.traffic import base


class TestResize(base.TestCase):
    def _resize(self, load_balancer: str, flavor: str) -> dict[str, Any]:
        plot = Path(self.useFixture(fixtures.TempDir()).path, 'plot.svg')
        report = self.traffic(
            load_balancer,
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', flavor, load_balancer),
            plot=plot,
        )
        self.assertEqual(0, report['command_exit_status'])
        self.assertGreater(report['requests'], 1000)
        self.assertGreater(report['cold_requests'], 50)
        self.assertEqual(8, report['open_connections'])
        # Who answers at last is not who answered at first.
        first, *_, last = (
            set(second['amphorae'])
            for second in report['timeline']
            if second['amphorae']
        )
        self.assertEqual(set(), first & last, report)
        drawn = plot.read_text()
        for amphora in (*first, *last):
            self.assertIn(f'amphora {amphora}: ', drawn)
        # The command, and at least one phase of the resize
        self.assertGreaterEqual(len(re.findall('"work".* s<', drawn)), 2)
        return report

    def test_single(self) -> None:
        report = self._resize('web', 'large')
        self.assertLess(report['longest_gap_ms'], 15_000, report)
        self.assertGreaterEqual(report['breaks_max'], 1)

    def test_active_standby(self) -> None:
        report = self._resize('shop', 'ha-large')
        self.assertLess(report['longest_gap_ms'], 15_000, report)
        self.assertGreaterEqual(report['breaks_max'], 1)


class TestRefusals(base.TestCase):
    def test_exit_status_is_the_command_s(self) -> None:
        report = self.traffic('web', 'python', '-c', 'exit(0)')
        self.assertEqual(0, report['failed'], report)
        self.assertEqual(0, report['breaks_max'], report)
        self.assertLess(report['longest_gap_ms'], 1000, report)
