# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

from openstack import exceptions

from resize_client.sdk.load_balancer import plan as load_balancer_plan
from tests.unit.sdk import base
from tests.unit.sdk import cloud

SMALL = cloud.flavor('small')
LARGE = cloud.flavor('large')
WEB = cloud.load_balancer('web', SMALL)
SHOP = cloud.load_balancer('shop', SMALL)


class TestPlan(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        self.proxy = self.conn.load_balancer

    def test_plan(self) -> None:
        (plan,) = load_balancer_plan.plan_resizes(self.proxy, ['web'], 'large')
        self.assertEqual(WEB['id'], plan.load_balancer.id)
        self.assertEqual('large', plan.flavor.name)
        self.assertEqual('small', plan.previous_flavor.name)
        self.assertIsNone(plan.profile)
        self.assertFalse(plan.is_refused)
        self.assertFalse(plan.is_unchanged)
        self.assertFalse(plan.is_running)
        self.assertEqual(
            [
                ('flavor', True),
                ('state', True),
                ('provider', None),
                ('topology', None),
                ('SR-IOV VIP', None),
            ],
            [(check.name, check.passed) for check in plan.checks],
        )

    def test_one_that_is_not_found_does_not_hide_the_others(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=nope', json={'loadbalancers': []}
        )
        plans = load_balancer_plan.plan_resizes(
            self.proxy, ['web', 'nope', 'shop'], 'large'
        )
        self.assertEqual('web', plans[0].load_balancer.name)
        self.assertIsInstance(plans[1], exceptions.NotFoundException)
        self.assertEqual('shop', plans[2].load_balancer.name)

    def test_a_faulty_service_does_hide_them(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}?name=web', status_code=500)
        self.assertRaises(
            exceptions.HttpException,
            load_balancer_plan.plan_resizes,
            self.proxy,
            ['web', 'shop'],
            'large',
        )

    def test_flavor_by_id_before_name(self) -> None:
        # Somebody has named a flavor after the ID of another.
        self.cloud.flavors({**SMALL, 'name': LARGE['id']}, LARGE)
        (plan,) = load_balancer_plan.plan_resizes(
            self.proxy, ['web'], LARGE['id']
        )
        self.assertEqual(LARGE['id'], plan.flavor.id)

    def test_tenant_does_not_ask_for_profiles(self) -> None:
        load_balancer_plan.plan_resizes(self.proxy, ['web'], 'large')
        self.assertEqual(2, len(self.cloud.asked()))


class TestPlanOfAnAdministrator(base.TestCase):
    roles = ('admin',)

    def test_each_profile_is_read_once(self) -> None:
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        self.cloud.profile(SMALL, 'amphora', compute_flavor='1')
        self.cloud.profile(LARGE, 'amphora', compute_flavor='2')
        plans = load_balancer_plan.plan_resizes(
            self.conn.load_balancer, ['web'], 'large'
        )
        self.assertEqual({'compute_flavor': '2'}, plans[0].profile)
        self.assertEqual({'compute_flavor': '1'}, plans[0].previous_profile)
        profiles = [
            asked for asked in self.cloud.asked() if 'profile' in asked
        ]
        self.assertEqual(2, len(profiles))

    def test_profile_that_is_no_json(self) -> None:
        self.cloud.flavors(LARGE)
        self.cloud.load_balancers(WEB)
        self.cloud.requests.get(
            f'{cloud.PROFILES_URL}/{LARGE["flavor_profile_id"]}',
            json={
                'flavorprofile': {
                    'id': LARGE['flavor_profile_id'],
                    'provider_name': 'amphora',
                    'flavor_data': 'compute_flavor=2',
                }
            },
        )
        (plan,) = load_balancer_plan.plan_resizes(
            self.conn.load_balancer, ['web'], 'large'
        )
        self.assertEqual({}, plan.profile)
        self.assertFalse(plan.is_refused)
