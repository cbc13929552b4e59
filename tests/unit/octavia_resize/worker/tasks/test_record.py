# SPDX-License-Identifier: Apache-2.0

import logging
import threading
from typing import Any
from unittest import mock

import fixtures

from resize_sandbox.octavia import compute
from tests.unit.octavia_resize import base


class TestFailOnRevert(base.TestCase):
    def test_no_room_for_a_pair(self) -> None:
        """The log names the option, if it is still to be set."""
        logged = self.useFixture(fixtures.FakeLogger(level=logging.ERROR))
        broken = self.create_flavor(
            compute_flavor='sandbox.broken',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        # Both fail, as where there is no room for either.
        both = threading.Barrier(2)
        build = compute.SandboxComputeDriver.build

        def build_at_once(*args: Any, **kwargs: Any) -> str:
            both.wait(timeout=300)
            return build(*args, **kwargs)

        with mock.patch.object(
            compute.SandboxComputeDriver, 'build', build_at_once
        ):
            self.resize(lb_id, broken)
            self.run_worker(lb_id)
        resize = self.get_resize(lb_id)
        self.assertEqual(
            'The compute service could not provide an amphora', resize.reason
        )
        self.assertTrue(resize.detail.startswith('Failed to build'))
        self.assertIn('build_together = false', logged.output)
        logged.reset_output()
        self.build_one_by_one()
        self.resize(lb_id, broken)
        self.run_worker(lb_id)
        self.assertEqual('FAILED', self.get_resize(lb_id).state)
        self.assertNotIn('build_together', logged.output)
