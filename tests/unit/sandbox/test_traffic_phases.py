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
