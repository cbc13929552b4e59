# SPDX-License-Identifier: Apache-2.0

"""How an operator frees a load balancer that is stuck."""

import uuid

from tests.unit.octavia_resize.lifecycle import test_stuck


class TestUnlock(test_stuck.TestCase):
    def test_stuck(self) -> None:
        is_freed, output, _ = self.unlock()
        self.assertTrue(is_freed)
        self.assertIn(f'Load balancer {self.lb_id} is in ERROR now', output)
        self.assertEqual('ERROR', self.get_load_balancer(self.lb_id)['status'])
        self.assertEqual(202, self.resize(self.lb_id, self.large).status_int)
        self.run_worker(self.lb_id)
        self.assertEqual(
            'ACTIVE', self.get_load_balancer(self.lb_id)['status']
        )

    def test_unknown(self) -> None:
        self.assertFalse(self.unlock(str(uuid.uuid4()))[0])
