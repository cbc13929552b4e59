# SPDX-License-Identifier: Apache-2.0
import testtools

from resize_sandbox.dataplane.traffic import phases
from resize_sandbox.dataplane.traffic.phases import Phase


class TestNote(testtools.TestCase):
    def test_one_after_another(self) -> None:
        seen: list[Phase] = []
        for now, name in enumerate(
            (None, 'queued', 'building', 'building', None, None, 'queued')
        ):
            phases.note(seen, name, float(now))
        self.assertEqual(
            [
                Phase('queued', 1.0, 2.0),
                Phase('building', 2.0, 4.0),
                Phase('queued', 6.0, float('inf')),
            ],
            seen,
        )
