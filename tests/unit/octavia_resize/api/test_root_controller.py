# SPDX-License-Identifier: Apache-2.0

"""What Octavia answered before, it answers still."""

from unittest import mock
import uuid

from octavia.api.v2.controllers import load_balancer

from tests.unit.octavia_resize import base


class TestPlainOctavia(base.TestCase):
    def test_other_resources(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for path, status in (
            ('', 200),
            ('v2.0/lbaas/loadbalancers', 200),
            (f'v2.0/lbaas/loadbalancers/{lb_id}', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/status', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/stats', 200),
            (f'v2.0/lbaas/loadbalancers/{uuid.uuid4()}', 404),
        ):
            response = self.build_request('GET', f'/{path}').get_response(
                self.application
            )
            self.assertEqual(status, response.status_int, response.text)


class TestOctaviaThatResizes(base.TestCase):
    def test_ours_comes_first(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        with mock.patch.object(
            load_balancer.LoadBalancersController, '_lookup', autospec=True
        ) as lookup:
            response = self.resize(lb_id, self.large)
        self.assertEqual((202, 0), (response.status_int, lookup.call_count))
