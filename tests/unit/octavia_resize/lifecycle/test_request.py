# SPDX-License-Identifier: Apache-2.0

from tests.unit.octavia_resize.lifecycle import test_progress


class TestRequests(test_progress.TestCase):
    """Nothing that a request has read before counts."""

    def test_put_and_delete(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for make in (
            lambda: self.resize(lb_id, self.large),
            lambda: self.request('DELETE', lb_id),
        ):
            transactions = self.collect(make)
            (changing,) = (
                statements
                for statements in transactions
                if test_progress.get_written(statements)
            )
            self.assert_is_lock(changing[0])
            self.assertEqual(
                {'load_balancer', 'load_balancer_resize'},
                test_progress.get_written(changing),
            )
