# SPDX-License-Identifier: Apache-2.0

from tests.unit.octavia_resize import topologies


class TestApplication(topologies.SingleTestCase):
    def test_accepted_without_content_type(self) -> None:
        response = self.resize(
            self.lb_id, self.large, **{'Content-Type': 'text/plain'}
        )
        self.assertEqual(202, response.status_int)
