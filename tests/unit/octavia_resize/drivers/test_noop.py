# SPDX-License-Identifier: Apache-2.0

from tests.unit.octavia_resize import test_notifications


class TestNoop(test_notifications.TestCase):
    def test_other_provider(self) -> None:
        """One that is done at once."""
        self.previous, new = (
            self.create_flavor(provider='noop_driver') for _ in range(2)
        )
        self.lb_id = self.create_load_balancer(
            self.previous, provider='noop_driver'
        )
        self.resize(self.lb_id, new)
        self.assertEqual(
            [('start', 'COMPLETED'), ('end', 'COMPLETED')], self.get_events()
        )
