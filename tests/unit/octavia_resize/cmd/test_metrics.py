# SPDX-License-Identifier: Apache-2.0

import testtools

from octavia_resize.cmd import metrics


class TestRender(testtools.TestCase):
    def test_gauges(self) -> None:
        resizes = [
            {'phase': phase, 'age': age}
            for phase, age in (('building', 3), ('building', 5), ('stuck', 4))
        ]
        lines = metrics.render(resizes, abandoned=1, failed=2).splitlines()
        for line in (
            '# TYPE octavia_resize_in_progress gauge',
            'octavia_resize_in_progress{phase="building"} 2',
            'octavia_resize_in_progress{phase="stuck"} 1',
            'octavia_resize_in_progress{phase="draining"} 0',
            'octavia_resize_oldest_age_seconds 5',
            'octavia_resize_abandoned 1',
            'octavia_resize_failed_last_hour 2',
        ):
            self.assertIn(line, lines)
