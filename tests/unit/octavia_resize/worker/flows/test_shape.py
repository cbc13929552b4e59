# SPDX-License-Identifier: Apache-2.0

from unittest import mock

from octavia.controller.worker.v2.flows import flow_utils
from octavia.controller.worker.v2.tasks import database_tasks
from taskflow.patterns import linear_flow

from tests.unit.octavia_resize import base


class TestShape(base.TestCase):
    def test_unknown_octavia(self) -> None:
        """A failover that has another shape is not run."""
        for steps in ((), (database_tasks.ReloadLoadBalancer(),)):
            lb_id = self.create_load_balancer(self.small)
            before = self.get_amphorae(lb_id)
            self.resize(lb_id, self.large)
            flow = linear_flow.Flow('failover')
            flow.add(*steps)
            with mock.patch.object(
                flow_utils, 'get_failover_LB_flow', return_value=flow
            ):
                self.run_worker(lb_id)
            resize = self.get_resize(lb_id)
            self.assertEqual('FAILED', resize.state)
            self.assertIn('none that octavia_resize knows', resize.detail)
            self.assertEqual(before, self.get_amphorae(lb_id))
