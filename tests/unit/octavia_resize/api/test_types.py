# SPDX-License-Identifier: Apache-2.0

from tests.unit.octavia_resize import base

UNKNOWN = '6d425a5e-429f-4848-b240-ab31c6d211e4'


class TestResize(base.TestCase):
    def test_get(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        response = self.request('GET', lb_id)
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual({'resize': None}, response.json)
        accepted = self.resize(lb_id, self.large)
        request_id = accepted.headers['x-openstack-request-id']
        response = self.request('GET', lb_id, roles='reader')
        self.assertEqual(200, response.status_int, response.text)
        resize = response.json['resize']
        self.assertIsNotNone(resize.pop('created_at'))
        self.assertIsNotNone(resize.pop('updated_at'))
        self.assertEqual(
            {
                'id': self.get_resize(lb_id).id,
                'loadbalancer_id': lb_id,
                'state': 'QUEUED',
                'phase': 'queued',
                'amphorae_built': 0,
                'amphorae_to_build': 0,
                'drain_seconds': 5,
                'can_cancel': True,
                'operation': 'resize',
                'previous_flavor_id': self.small,
                'previous_flavor_name': self.small,
                'new_flavor_id': self.large,
                'new_flavor_name': self.large,
                'reason': None,
                'detail': None,
                'request_id': request_id,
            },
            resize,
        )
        self.assert_fault(
            self.request('GET', lb_id, project_id=base.OTHER_PROJECT_ID),
            403,
            base.FORBIDDEN,
        )
        self.assert_fault(
            self.request('GET', UNKNOWN),
            404,
            f'Load Balancer {UNKNOWN} not found.',
        )
