# SPDX-License-Identifier: Apache-2.0

"""The threads of flows."""

from concurrent import futures

from octavia_resize.worker import controller
from tests.unit.octavia_resize import topologies


class TestFlowEngine(topologies.SingleTestCase):
    def test_builds_that_wait_leave_threads_to_others(self) -> None:
        for name, value, group in (
            ('max_workers', 1, 'task_flow'),
            ('build_rate_limit', 1, 'haproxy_amphora'),
            ('build_active_retries', 20, 'haproxy_amphora'),
            ('build_retry_interval', 1, 'haproxy_amphora'),
        ):
            self.override(group, name, value)
        lb_ids = [self.lb_id, self.create_load_balancer(self.small)]
        for lb_id in lb_ids:
            self.resize(lb_id, self.large)
        worker = controller.ResizeWorker()
        with futures.ThreadPoolExecutor() as threads:
            for lb_id in lb_ids:
                threads.submit(
                    worker.resize_load_balancer,
                    lb_id,
                    self.get_resize(lb_id).id,
                )
        self.assertEqual(
            ['COMPLETED'] * 2,
            [self.get_resize(lb_id).state for lb_id in lb_ids],
        )
