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


from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestResizeRefused(load_balancer.TestCase):
    def _refused(self, message: str, result: str = 'refused', **kwargs):
        refused = self.resize(**kwargs)
        self.assertEqual(1, refused.status)
        self.assertEqual(f'{message}\n', refused.stderr)
        self.assertEqual(result, self.row(refused)['result'])

    def test_no_such_flavor(self) -> None:
        result = self.resize(flavor='huge')
        self.assertEqual(1, result.status)
        self.assertEqual('', result.stdout)
        self.assertEqual(
            "No load balancer flavor with the name or ID 'huge' found; "
            "'openstack loadbalancer flavor list' shows those that there are. "
            'Nothing was changed\n',
            result.stderr,
        )

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=nope', json={'loadbalancers': []}
        )
        self._refused(
            "No load balancer with the name or ID 'nope' found; 'openstack "
            "loadbalancer list' shows those that there are",
            result='not found',
            name='nope',
        )

    def test_of_another_project(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            status_code=403,
            json=cloud.fault('Policy does not allow this.'),
        )
        self._refused(
            f'Your roles do not allow to see load balancer {WEB["id"]}',
            result='forbidden',
            name=WEB['id'],
        )

    def test_answer_that_is_none(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', text='<html>')
        result = self.resize(name=WEB['id'])
        self.assertEqual(1, result.status)
        self.assertEqual(
            f"Failed to get load balancer {WEB['id']}: the service's "
            'answer cannot be read: it is not JSON. Nothing was changed; run '
            'the same command again\n',
            result.stderr,
        )

    def test_empty_name(self) -> None:
        self._refused(
            "No load balancer with the name or ID '' found; 'openstack "
            "loadbalancer list' shows those that there are",
            result='not found',
            name="''",
        )

    def test_ambiguous_name(self) -> None:
        twin = cloud.load_balancer('twin', SMALL, name='web')
        self.cloud.load_balancers(WEB, twin)
        self._refused(
            "2 load balancers have the name 'web'; give the ID of one: "
            f'{WEB["id"]}, {twin["id"]}',
            result='ambiguous',
        )
        self.assertNothingChanged()

    def test_database_that_compares_without_case(self) -> None:
        other = cloud.load_balancer('other', LARGE, name='WEB')
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=web', json={'loadbalancers': [other, WEB]}
        )
        self.cloud.resize(WEB)
        self.assertEqual(WEB['id'], self.row(self.resize())['id'])
        # Nothing is resized that was not named.
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=WEB', json={'loadbalancers': [WEB]}
        )
        self._refused(
            "No load balancer with the name or ID 'WEB' found; did you mean "
            'web?',
            result='not found',
            name='WEB',
        )

    def test_id_that_is_none_without_the_right_to_list(self) -> None:
        unknown = SHOP['id']
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{unknown}', **cloud.not_found(unknown)
        )
        self.cloud.requests.get(cloud.LBS_URL, status_code=403)
        self._refused(
            f"No load balancer with the name or ID '{unknown}' found; "
            "'openstack loadbalancer list' shows those that there are",
            result='not found',
            name=unknown,
        )

    def test_disabled_flavor(self) -> None:
        self._refused(
            f'Flavor retired ({RETIRED["id"]}) is disabled; '
            "'openstack loadbalancer flavor list' shows those that are "
            'enabled',
            flavor='retired',
        )
        self.assertNothingChanged()

    def test_busy(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        self._refused(
            f'{WEB_LABEL} is PENDING_UPDATE: another operation is in '
            'progress. Run the same command again when the load balancer is '
            'ACTIVE\n'
            'To check: openstack loadbalancer show -c provisioning_status web'
        )
        self.assertNothingChanged()

    def test_being_deleted(self) -> None:
        deleting = {**WEB, 'provisioning_status': 'PENDING_DELETE'}
        self.cloud.load_balancers(deleting)
        for flavor in ('small', 'large'):
            self._refused(
                f'{WEB_LABEL} is PENDING_DELETE: the load balancer is being '
                'deleted',
                flavor=flavor,
            )
        self.assertNothingChanged()
        self.cloud.load_balancers(WEB)
        self.cloud.states(deleting)
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self._refused(
            f'{WEB_LABEL} was not resized to large: Immutable. The load '
            'balancer is now PENDING_DELETE',
            result='failed',
        )

    def test_not_offered(self) -> None:
        self.cloud.resize(
            WEB, status_code=400, json=cloud.fault(cloud.STOCK_OCTAVIA_PUT)
        )
        self._refused(
            f"{WEB_LABEL} was not resized to large: This cloud's load "
            'balancing service does not offer resize. The load balancer is '
            'unchanged: ACTIVE with flavor small',
            result='failed',
        )

    def test_refused_by_the_service(self) -> None:
        for status, words, told in (
            (
                403,
                'Policy does not allow this request to be performed.',
                'your roles do not allow it (Policy does not allow this '
                'request to be performed)',
            ),
            (400, 'Flavor is bad.', 'Flavor is bad'),
            (501, 'Provider x cannot resize.', 'Provider x cannot resize'),
        ):
            self.cloud.resize(WEB, status_code=status, json=cloud.fault(words))
            self._refused(
                f'{WEB_LABEL} was not resized to large: {told}. The load '
                'balancer is unchanged: ACTIVE with flavor small',
                result='failed',
            )

    def test_deleted_meanwhile(self) -> None:
        gone = cloud.not_found(WEB['id'])
        self.cloud.requests.put(RESIZE_URL, **gone)
        self._refused(
            f'{WEB_LABEL} was not resized to large: Load Balancer '
            f'{WEB["id"]} not found. The load balancer has been deleted '
            'meanwhile',
            result='failed',
        )
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **gone)
        self._refused(
            f'{WEB_LABEL} was not resized to large: Immutable. The load '
            'balancer has been deleted meanwhile',
            result='failed',
        )

    def test_without_a_flavor(self) -> None:
        self.cloud.load_balancers({**WEB, 'flavor_id': None})
        self.cloud.resize(WEB, status_code=400, json=cloud.fault('No.'))
        self._refused(
            f'{WEB_LABEL} was not resized to large: No. The load '
            'balancer is unchanged: '
            'ACTIVE with no flavor',
            result='failed',
        )

    def test_timeout_without_wait(self) -> None:
        result = self.resize('--timeout 5')
        self.assertEqual(1, result.status)
        self.assertEqual(
            '--timeout is how long to --wait: give both\n', result.stderr
        )
        self.assertEqual([], self.cloud.asked())

    def test_timeout_that_is_none(self) -> None:
        for value in ('soon', '-1', 'inf', 'nan'):
            result = self.resize(f'--wait --timeout={value}')
            self.assertEqual(2, result.status)
            self.assertIn(
                f"'{value}' is not a number of seconds\n", result.stderr
            )

    def test_service_away(self) -> None:
        self.cloud.requests.get(cloud.FLAVORS_URL, status_code=503)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            'Failed to get load balancer web: the service answered '
            '503. Nothing was changed; run the same command again\n',
            result.stderr,
        )
