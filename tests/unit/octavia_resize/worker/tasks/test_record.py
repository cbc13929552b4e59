# SPDX-License-Identifier: Apache-2.0

import logging

import fixtures

from tests.unit.octavia_resize import base


class TestFailOnRevert(base.TestCase):
    def test_pair_that_is_built_one_by_one(self) -> None:
        """The log names no option that is set already."""
        logged = self.useFixture(fixtures.FakeLogger(level=logging.ERROR))
        broken = self.create_flavor(
            compute_flavor='sandbox.broken',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.build_one_by_one()
        self.resize(lb_id, broken)
        self.run_worker(lb_id)
        detail = self.get_resize(lb_id).detail
        self.assertTrue(detail.startswith('Failed to build'), detail)
        self.assertNotIn('build_together', logged.output)
