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

import json
from typing import Any
from unittest import mock

from resize_client.osc import load_balancer
from tests.unit.osc import base
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud

SMALL = cloud.flavor('small')
LARGE = cloud.flavor('large')
RETIRED = cloud.flavor('retired', enabled=False)
WEB = cloud.load_balancer('web', SMALL)
SHOP = cloud.load_balancer('shop', SMALL)
PENDING = {**WEB, 'provisioning_status': 'PENDING_UPDATE'}
RESIZED = {**WEB, 'flavor_id': LARGE['id']}
ERROR = {**WEB, 'provisioning_status': 'ERROR'}
WEB_LABEL = f'Load balancer web ({WEB["id"]})'
SHOP_LABEL = f'Load balancer shop ({SHOP["id"]})'
RESIZE_URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize'


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.flavors(SMALL, LARGE, RETIRED)
        self.cloud.load_balancers(WEB, SHOP)
        self.cloud.resize(WEB)
        self.cloud.resize(SHOP)

    def resize(self, options: str = '', name: str = 'web', flavor='large'):
        return self.openstack(
            f'loadbalancer resize --flavor {flavor} -f json {options} {name}'
        )

    def row(self, result: base.Result) -> dict[str, str | None]:
        (row,) = json.loads(result.stdout)
        return row

    def assertNothingChanged(self) -> None:
        self.assertEqual(
            [],
            [
                asked
                for asked in self.cloud.asked()
                if not asked.startswith('GET ')
            ],
        )


class TestResize(TestCase):
    def test_accepted(self) -> None:
        result = self.resize()
        self.assertEqual(0, result.status)
        self.assertEqual(
            {
                'id': WEB['id'],
                'name': 'web',
                'previous_flavor': 'small',
                'new_flavor': 'large',
                'provisioning_status': 'PENDING_UPDATE',
                'result': 'accepted',
            },
            self.row(result),
        )
        self.assertEqual(
            f'To cancel: openstack loadbalancer resize cancel {WEB["id"]}\n',
            result.stderr,
        )

    def test_five_requests_in_all(self) -> None:
        self.resize()
        self.assertEqual(
            [
                f'GET {cloud.FLAVORS_URL}',
                f'GET {cloud.LBS_URL}?name=web',
                f'PUT {RESIZE_URL}',
            ],
            self.cloud.asked(),
        )
        self.assertEqual(5, len(self.cloud.requests.request_history))
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_by_ids(self) -> None:
        result = self.resize(name=WEB['id'], flavor=LARGE['id'])
        self.assertEqual('accepted', self.row(result)['result'])
        self.assertEqual(3, len(self.cloud.asked()))

    def test_name_that_looks_like_an_id(self) -> None:
        name = SHOP['id']
        odd = cloud.load_balancer('odd', SMALL, name=name)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{name}', **cloud.not_found(name)
        )
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name={name}', json={'loadbalancers': [odd]}
        )
        self.cloud.resize(odd)
        self.assertEqual(odd['id'], self.row(self.resize(name=name))['id'])

    def test_from_error(self) -> None:
        self.cloud.load_balancers(ERROR)
        self.assertEqual(0, self.resize().status)

    def test_from_no_flavor(self) -> None:
        none = {**WEB, 'flavor_id': None}
        self.cloud.load_balancers(none)
        self.cloud.states(PENDING, RESIZED)
        result = self.resize('--wait')
        self.assertIsNone(self.row(result)['previous_flavor'])
        self.assertIn(
            f'{WEB_LABEL} had no flavor before, which a resize cannot return '
            'to\n',
            result.stderr,
        )

    def test_from_a_flavor_that_cannot_be_read(self) -> None:
        self.cloud.flavors(LARGE)
        self.assertEqual(
            SMALL['id'], self.row(self.resize())['previous_flavor']
        )

    def test_quiet(self) -> None:
        self.cloud.states(PENDING, RESIZED)
        result = self.openstack(
            '-q loadbalancer resize --flavor large --wait web -f value '
            '-c result'
        )
        self.assertEqual(('resized\n', ''), (result.stdout, result.stderr))

    def test_hint_names_a_cloud_given_on_the_command_line(self) -> None:
        result = self.openstack(
            '--os-cloud envvars loadbalancer resize --flavor large web'
        )
        self.assertIn(
            'To cancel: openstack --os-cloud envvars loadbalancer resize '
            f'cancel {WEB["id"]}\n',
            result.stderr,
        )

    def test_hint_names_region_and_project_of_the_command_line(self) -> None:
        # A cloud of the environment has the environment's region only.
        self.useFixture(base.fixtures.EnvironmentVariable('OS_REGION_NAME'))
        for service in self.cloud.token.root['catalog']:
            service.add_standard_endpoints(
                public=service['endpoints'][0]['url'], region='R2'
            )
        result = self.openstack(
            '--os-region-name R2 --os-project-name yard '
            '--os-project-domain-id default loadbalancer resize --flavor '
            'large web'
        )
        self.assertEqual(
            'To cancel: openstack --os-region-name R2 --os-project-name yard '
            f'loadbalancer resize cancel {WEB["id"]}\n',
            result.stderr,
        )

    def test_hint_names_how_to_reach_the_cloud(self) -> None:
        result = self.openstack(
            '--insecure --os-interface public loadbalancer resize --flavor '
            'large web'
        )
        self.assertEqual(
            'To cancel: openstack --os-interface public --insecure '
            f'loadbalancer resize cancel {WEB["id"]}\n',
            result.stderr,
        )


class TestResizeRefused(TestCase):
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
            "No load balancer flavor with the name or ID 'huge' found; choose "
            'one of: large, small. Nothing was changed\n',
            result.stderr,
        )

    def test_no_flavor_at_all(self) -> None:
        self.cloud.flavors()
        self.assertEqual(
            "No load balancer flavor with the name or ID 'large' found; this "
            'cloud has none to choose from. Nothing was changed\n',
            self.resize().stderr,
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
            f"Load balancer {WEB['id']} cannot be looked at: the service's "
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

    def test_disabled_flavor(self) -> None:
        self._refused(
            f'Flavor retired ({RETIRED["id"]}) is disabled; choose one of: '
            'large, small',
            flavor='retired',
        )
        self.assertNothingChanged()

    def test_busy(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(
            WEB, state='COMPLETED', new_flavor_id=LARGE['id']
        )
        self._refused(
            f'{WEB_LABEL} is PENDING_UPDATE: something else is going on with '
            "it; run this again when it is ACTIVE, which 'openstack "
            f"loadbalancer show -c provisioning_status {WEB['id']}' tells"
        )
        self.assertNothingChanged()

    def test_same_flavor_but_error(self) -> None:
        self.cloud.load_balancers(ERROR)
        self._refused(
            f'{WEB_LABEL} has flavor small but is ERROR, which a resize to '
            'the same flavor cannot mend; an administrator can: openstack '
            f'loadbalancer failover {WEB["id"]}',
            flavor='small',
        )

    def test_not_offered(self) -> None:
        self.cloud.resize(
            WEB, status_code=400, json=cloud.fault(cloud.STOCK_OCTAVIA_PUT)
        )
        self._refused(
            f"{WEB_LABEL} was not resized to large: This cloud's load "
            'balancing service does not offer resize. It is unchanged: ACTIVE '
            'with flavor small',
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
                f'{WEB_LABEL} was not resized to large: {told}. It is '
                'unchanged: ACTIVE with flavor small',
                result='failed',
            )

    def test_deleted_meanwhile(self) -> None:
        gone = cloud.not_found(WEB['id'])
        self.cloud.requests.put(RESIZE_URL, **gone)
        self._refused(
            f'{WEB_LABEL} was not resized to large: Load Balancer '
            f'{WEB["id"]} not found. It has been deleted meanwhile',
            result='failed',
        )
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **gone)
        self._refused(
            f'{WEB_LABEL} was not resized to large: Immutable. It has been '
            'deleted meanwhile',
            result='failed',
        )

    def test_without_a_flavor(self) -> None:
        self.cloud.load_balancers({**WEB, 'flavor_id': None})
        self.cloud.resize(WEB, status_code=400, json=cloud.fault('No.'))
        self._refused(
            f'{WEB_LABEL} was not resized to large: No. It is unchanged: '
            'ACTIVE with no flavor',
            result='failed',
        )

    def test_timeout_without_wait(self) -> None:
        result = self.resize('--timeout 5')
        self.assertEqual(1, result.status)
        self.assertEqual(
            '--timeout says how long to --wait: give both\n', result.stderr
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
            'Load balancer web cannot be looked at: the service answered '
            '503. Nothing was changed; run the same command again\n',
            result.stderr,
        )


class TestUnchanged(TestCase):
    def test_unchanged(self) -> None:
        result = self.resize(flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('unchanged', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL} already has flavor small\n', result.stderr
        )
        self.assertNothingChanged()

    def test_unchanged_though_disabled(self) -> None:
        self.cloud.load_balancers({**WEB, 'flavor_id': RETIRED['id']})
        self.assertEqual(0, self.resize(flavor='retired').status)

    def test_last_step_is_still_going_on(self) -> None:
        # The flavor changes no later than the state does.
        last_step = {**PENDING, 'flavor_id': LARGE['id']}
        self.cloud.load_balancers(last_step)
        self.cloud.states(last_step, RESIZED)
        self.cloud.latest_resize(
            WEB, state='RUNNING', new_flavor_id=LARGE['id']
        )
        result = self.resize('--wait')
        self.assertEqual('resized', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])


class TestOnItsWay(TestCase):
    """The flavor that is asked for is still there, in a resize to another."""

    def _latest(self, state: str) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(
            WEB,
            state=state,
            previous_flavor_id=SMALL['id'],
            new_flavor_id=LARGE['id'],
        )

    def test_to_another(self) -> None:
        for state in ('QUEUED', 'RUNNING'):
            self._latest(state)
            result = self.resize('--wait', flavor='small')
            self.assertEqual(1, result.status)
            self.assertEqual('refused', self.row(result)['result'])
            self.assertEqual(
                f'{WEB_LABEL} still has flavor small but is being resized to '
                'large; to cancel that: openstack loadbalancer resize cancel '
                f'{WEB["id"]}\n',
                result.stderr,
            )
        self.assertNothingChanged()

    def test_back(self) -> None:
        self._latest('CANCELLING')
        result = self.resize(flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL} is returning to flavor small, as its resize to '
            'large is being cancelled\n',
            result.stderr,
        )
        self.assertNothingChanged()

    def test_back_and_wait(self) -> None:
        self._latest('CANCELLING')
        self.cloud.states(PENDING, WEB)
        result = self.resize('--wait', flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])
        self.assertNotIn('To undo', result.stderr)
        self.assertNothingChanged()

    def test_back_and_in_error_again(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.requests.get(
            RESIZE_URL,
            [
                {
                    'json': {
                        'resize': {
                            'state': state,
                            'previous_flavor_id': SMALL['id'],
                            'new_flavor_id': LARGE['id'],
                        }
                    }
                }
                for state in ('CANCELLING', 'FAILED')
            ],
        )
        self.cloud.states(PENDING, ERROR)
        result = self.resize('--wait', flavor='small')
        self.assertEqual(1, result.status)
        self.assertTrue(
            result.stderr.endswith(
                'An administrator can fail it over: openstack loadbalancer '
                f'failover {WEB["id"]}\n'
            )
        )

    def test_back_and_waited_too_long(self) -> None:
        self._latest('CANCELLING')
        result = self.resize('--wait --timeout 5', flavor='small')
        self.assertEqual(124, result.status)
        self.assertNotIn('To cancel', result.stderr)

    def test_back_is_not_there(self) -> None:
        self._latest('CANCELLING')
        self.assertEqual('refused', self.row(self.resize())['result'])

    def test_another_update(self) -> None:
        self._latest('COMPLETED')
        result = self.resize('--wait', flavor='small')
        self.assertEqual(1, result.status)
        self.assertEqual('refused', self.row(result)['result'])


class TestUncertain(TestCase):
    """The request fails on the way: was it taken?"""

    def test_taken(self) -> None:
        self.cloud.latest_resize(
            WEB, state='RUNNING', new_flavor_id=LARGE['id']
        )
        self.cloud.states(PENDING)
        for answer in (
            {'exc': sdk_base.dropped()},
            {'status_code': 504},
            {'status_code': 409, 'json': cloud.fault('immutable')},
        ):
            self.cloud.resize(WEB, **answer)
            result = self.resize()
            self.assertEqual(0, result.status)
            self.assertEqual('accepted', self.row(result)['result'])

    def test_taken_and_done(self) -> None:
        self.cloud.resize(WEB, status_code=502)
        self.cloud.states(RESIZED)
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])

    def test_not_taken(self) -> None:
        self.cloud.resize(WEB, status_code=504)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: the service answered '
            '504. It is now ACTIVE; run the same command again\n',
            result.stderr,
        )

    def test_answer_of_somebody_else(self) -> None:
        self.cloud.resize(WEB, text='<html>Please log in</html>')
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f"{WEB_LABEL} was not resized to large: the service's answer "
            'cannot be read: its status is 200, not 202. It is now ACTIVE; '
            'run the same command again\n',
            result.stderr,
        )

    def test_too_many_requests(self) -> None:
        self.cloud.resize(WEB, status_code=429, headers={'Retry-After': '30'})
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: the service answered '
            '429. It is unchanged: ACTIVE with flavor small; run the same '
            'command again in 30 seconds\n',
            result.stderr,
        )

    def test_conflict(self) -> None:
        self.cloud.resize(
            WEB, status_code=409, json=cloud.fault('It is immutable.')
        )
        self.cloud.states(PENDING)
        self.cloud.requests.get(RESIZE_URL, status_code=404)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: It is immutable. It is '
            'now PENDING_UPDATE; run the same command again when it is '
            'ACTIVE\n',
            result.stderr,
        )
        self.assertEqual(
            'PENDING_UPDATE', self.row(result)['provisioning_status']
        )

    def test_dropped_twice(self) -> None:
        dropped = {'exc': sdk_base.dropped()}
        answers = [dropped, dropped, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', self.row(result)['result'])

    def test_dropped_again_and_again(self) -> None:
        dropped = {'exc': sdk_base.dropped()}
        answers = [dropped, dropped, dropped, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertIn(
            'It is now ACTIVE; run the same command again\n', result.stderr
        )
        self.assertEqual('failed', self.row(result)['result'])

    def test_taken_and_failed(self) -> None:
        self.cloud.resize(WEB, exc=sdk_base.dropped())
        self.cloud.states(ERROR)
        self.cloud.latest_resize(
            WEB, state='FAILED', new_flavor_id=LARGE['id'], reason='No host.'
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ERROR with flavor small: No host. It can be',
            result.stderr,
        )
        puts = [a for a in self.cloud.asked() if a.startswith('PUT ')]
        self.assertEqual(1, len(puts))

    def test_dropped_in_error(self) -> None:
        self.cloud.load_balancers(ERROR)
        answers = [{'exc': sdk_base.dropped()}, {'status_code': 202}]
        self.cloud.requests.put(RESIZE_URL, answers)
        result = self.resize()
        self.assertEqual('accepted', self.row(result)['result'])
        puts = [a for a in self.cloud.asked() if a.startswith('PUT ')]
        self.assertEqual(2, len(puts))

    def test_conflict_with_what_failed(self) -> None:
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self.cloud.states(ERROR)
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: Immutable. It is now '
            'ERROR; run the same command again\n',
            result.stderr,
        )

    def test_not_known(self) -> None:
        self.cloud.resize(WEB, exc=sdk_base.dropped())
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', status_code=503
        )
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertIn(
            'What it is now cannot be told: the service answered 503. '
            'Run the same command again: it resizes '
            'only what is not being resized yet\n',
            result.stderr,
        )
        self.assertEqual('unknown', self.row(result)['result'])
        puts = [a for a in self.cloud.asked() if a.startswith('PUT ')]
        self.assertEqual(1, len(puts))


class TestWait(TestCase):
    def test_done(self) -> None:
        self.cloud.states(PENDING, RESIZED)
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{WEB_LABEL}: PENDING_UPDATE (0 s)\n'
            f'{WEB_LABEL}: ACTIVE (1 s)\n'
            'To undo: openstack loadbalancer resize --wait --flavor small '
            'web\n',
            result.stderr,
        )

    def test_one_line_for_each_change(self) -> None:
        self.cloud.states(*[PENDING] * 40, RESIZED)
        result = self.resize('--wait')
        self.assertEqual(1, result.stderr.count('PENDING_UPDATE'))

    def test_failure(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.latest_resize(
            WEB,
            state='FAILED',
            new_flavor_id=LARGE['id'],
            reason='No valid host was found.',
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('failed', self.row(result)['result'])
        self.assertEqual('ERROR', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'{WEB_LABEL} is ERROR with flavor small: No valid host was '
            'found. It can be resized again, to this or another flavor: '
            'openstack loadbalancer resize --wait --flavor large web; or an '
            'administrator can fail it over\n',
            result.stderr.partition('ERROR (1 s)\n')[2],
        )

    def test_failure_without_a_flavor(self) -> None:
        none = {**WEB, 'flavor_id': None}
        self.cloud.load_balancers(none)
        self.cloud.states(PENDING, {**none, 'provisioning_status': 'ERROR'})
        self.assertIn(
            f'{WEB_LABEL} is ERROR with no flavor. ',
            self.resize('--wait').stderr,
        )

    def test_cancelled_by_another(self) -> None:
        self.cloud.states(PENDING, WEB)
        self.cloud.latest_resize(
            WEB, state='CANCELLED', new_flavor_id=LARGE['id']
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ACTIVE with flavor small: the resize was '
            'cancelled\n',
            result.stderr,
        )

    def test_deleted(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', **cloud.not_found(WEB['id'])
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(f'{WEB_LABEL} was deleted meanwhile\n', result.stderr)

    def test_timeout(self) -> None:
        self.cloud.states(PENDING)
        result = self.resize('--wait --timeout 20')
        self.assertEqual(124, result.status)
        self.assertEqual('timed out', self.row(result)['result'])
        self.assertEqual(
            f'{WEB_LABEL}: PENDING_UPDATE (0 s)\n'
            f'Not finished within 20 seconds. {WEB_LABEL} was '
            'PENDING_UPDATE when last looked at; its resize goes on\n'
            f'To look: openstack loadbalancer resize show {WEB["id"]}\n'
            f'To cancel: openstack loadbalancer resize cancel {WEB["id"]}\n',
            result.stderr,
        )

    def test_default_timeout(self) -> None:
        self.cloud.states(PENDING)
        self.assertIn(
            'Not finished within 3600 seconds. ', self.resize('--wait').stderr
        )

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}', exc=KeyboardInterrupt
        )
        result = self.resize('--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('interrupted', self.row(result)['result'])
        self.assertEqual(
            f'Interrupted. {WEB_LABEL} was PENDING_UPDATE when last looked '
            'at; its resize goes on\n'
            f'To look: openstack loadbalancer resize show {WEB["id"]}\n'
            f'To cancel: openstack loadbalancer resize cancel {WEB["id"]}\n',
            result.stderr,
        )

    def test_right_to_look_lost(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            status_code=403,
            json=cloud.fault('No longer.'),
        )
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('unknown', self.row(result)['result'])
        self.assertIn(
            'Cannot go on looking: your roles do not allow it (No longer). '
            f'{WEB_LABEL} was PENDING_UPDATE when last looked at; its resize '
            'goes on\n',
            result.stderr,
        )

    def test_taken_up_again_at_its_end(self) -> None:
        """It ends between the looks at the load balancer and its resize."""
        self.cloud.load_balancers(PENDING)
        self.cloud.states(RESIZED)
        self.cloud.latest_resize(
            WEB, state='COMPLETED', new_flavor_id=LARGE['id']
        )
        result = self.resize('--wait')
        self.assertEqual(0, result.status, result.stderr)
        self.assertEqual('unchanged', self.row(result)['result'])
        self.assertEqual('ACTIVE', self.row(result)['provisioning_status'])

    def test_taken_up_again(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.states(PENDING, RESIZED)
        self.cloud.latest_resize(
            WEB, state='RUNNING', new_flavor_id=LARGE['id']
        )
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])
        self.assertIn(
            f'{WEB_LABEL} is being resized to large already\n', result.stderr
        )
        self.assertNothingChanged()

    def test_another_resize_is_not_taken_up(self) -> None:
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(
            WEB, state='RUNNING', new_flavor_id=RETIRED['id']
        )
        self.assertEqual('refused', self.row(self.resize())['result'])

    def test_undo_quotes(self) -> None:
        flavor = cloud.flavor('very small')
        odd = cloud.load_balancer('my web', flavor)
        self.cloud.flavors(flavor, LARGE)
        self.cloud.load_balancers(odd)
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=my%20web', json={'loadbalancers': [odd]}
        )
        self.cloud.resize(odd)
        self.cloud.states(odd, {**odd, 'flavor_id': LARGE['id']})
        self.cloud.states({**odd, 'flavor_id': LARGE['id']})
        self.assertIn(
            "To undo: openstack loadbalancer resize --wait --flavor 'very "
            "small' 'my web'\n",
            self.resize('--wait', name="'my web'").stderr,
        )

    def test_name_with_a_leading_dash(self) -> None:
        odd = cloud.load_balancer('-web', SMALL)
        self.cloud.load_balancers(odd)
        self.cloud.resize(odd)
        self.cloud.states({**odd, 'flavor_id': LARGE['id']})
        result = self.resize('--wait', name='-- -web')
        self.assertIn(
            'To undo: openstack loadbalancer resize --wait --flavor small '
            f'{odd["id"]}\n',
            result.stderr,
        )


class TestInterruptedWhileAsking(TestCase):
    TOLD = (
        'Interrupted while asking. What was accepted goes on; run the same '
        'command again: it resizes only what is not being resized yet\n'
    )

    def test_interrupted(self) -> None:
        self.cloud.resize(WEB, exc=KeyboardInterrupt)
        result = self.resize('--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('unknown', self.row(result)['result'])
        self.assertEqual(self.TOLD, result.stderr)

    def test_after_another_has_failed(self) -> None:
        self.cloud.resize(WEB, status_code=400, json=cloud.fault('No.'))
        self.cloud.resize(SHOP, exc=KeyboardInterrupt)
        result = self.resize('--wait', name='web shop')
        self.assertEqual(130, result.status)
        self.assertEqual(
            f'{WEB_LABEL} was not resized to large: No. It is unchanged: '
            f'ACTIVE with flavor small\n{self.TOLD}',
            result.stderr,
        )
        self.assertEqual(
            ['failed', 'unknown'],
            [row['result'] for row in json.loads(result.stdout)],
        )

    def test_after_the_answer(self) -> None:
        with mock.patch.object(
            load_balancer.ResizeLoadBalancer,
            'hint',
            autospec=True,
            side_effect=KeyboardInterrupt,
        ):
            self.assertEqual(base.Result('', self.TOLD, 130), self.resize())


class TestSeveral(TestCase):
    def resize(self, options: str = '', name: str = 'web shop', **kwargs):
        return super().resize(options, name, **kwargs)

    def _results(self, result: base.Result) -> dict[str, str]:
        return {
            row['name']: row['result'] for row in json.loads(result.stdout)
        }

    def _ends(self, *load_balancers) -> None:
        self.cloud.requests.get(
            cloud.LBS_URL, json={'loadbalancers': list(load_balancers)}
        )
        self.cloud.load_balancers(WEB, SHOP)

    def test_done(self) -> None:
        self._ends(RESIZED, {**SHOP, 'flavor_id': LARGE['id']})
        result = self.resize('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual(
            {'web': 'resized', 'shop': 'resized'}, self._results(result)
        )
        self.assertIn(
            'To undo: openstack loadbalancer resize --wait --flavor small '
            'web shop\n',
            result.stderr,
        )
        # For both: the flavors and one look; for each: itself and the PUT.
        self.assertEqual(6, len(self.cloud.asked()))

    def test_all_are_checked_before_any_is_touched(self) -> None:
        self.cloud.load_balancers(
            WEB, {**SHOP, 'provisioning_status': 'PENDING_CREATE'}
        )
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'not started', 'shop': 'refused'}, self._results(result)
        )
        self.assertTrue(
            result.stderr.endswith('None of the load balancers was changed\n')
        )
        self.assertNothingChanged()

    def test_one_that_fails_does_not_stop_the_others(self) -> None:
        self.cloud.resize(
            SHOP, status_code=400, json=cloud.fault('Other topology.')
        )
        self.cloud.states(RESIZED)
        result = self.resize('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'resized', 'shop': 'failed'}, self._results(result)
        )
        self.assertIn(
            f'{SHOP_LABEL} was not resized to large: Other topology. It is '
            'unchanged: ACTIVE with flavor small\n',
            result.stderr,
        )

    def test_one_failed_one_timed_out(self) -> None:
        self._ends(ERROR, {**SHOP, 'provisioning_status': 'PENDING_UPDATE'})
        self.cloud.latest_resize(
            WEB, state='FAILED', new_flavor_id=LARGE['id'], reason='no host'
        )
        self.cloud.states({**SHOP, 'provisioning_status': 'PENDING_UPDATE'})
        result = self.resize('--wait --timeout 20')
        self.assertEqual(1, result.status)
        self.assertEqual(
            {'web': 'failed', 'shop': 'timed out'}, self._results(result)
        )

    def test_accepted(self) -> None:
        result = self.resize()
        self.assertEqual(0, result.status)
        self.assertEqual(
            'To cancel: openstack loadbalancer resize cancel '
            '<load-balancer>\n',
            result.stderr,
        )

    def test_named_twice(self) -> None:
        result = self.resize(name=f'web web {WEB["id"]}')
        self.assertEqual({'web': 'accepted'}, self._results(result))
        self.assertEqual(
            1, len([a for a in self.cloud.asked() if a.startswith('PUT')])
        )


class TestDryRun(TestCase):
    roles = ('admin',)

    def setUp(self) -> None:
        super().setUp()
        self.cloud.profile(
            SMALL,
            'amphora',
            compute_flavor='1',
            loadbalancer_topology='SINGLE',
        )
        self._large()

    def _large(self, provider: str = 'octavia', **data) -> None:
        self.cloud.profile(
            LARGE,
            provider,
            **{
                'compute_flavor': '2',
                'loadbalancer_topology': 'SINGLE',
                **data,
            },
        )

    def _subjects(self, result: base.Result) -> dict[str, tuple]:
        return {
            row['subject']: (row['from'], row['to'], row['result'])
            for row in json.loads(result.stdout)
        }

    def test_accepted(self) -> None:
        result = self.resize('--dry-run')
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            {
                'flavor': ('small', 'large', 'ok'),
                'state': ('ACTIVE', None, 'ok'),
                'provider': ('amphora', 'octavia', 'ok'),
                'topology': ('SINGLE', 'SINGLE', 'ok'),
                'SR-IOV VIP': ('False', 'False', 'ok'),
                'compute_flavor': ('1', '2', 'changes'),
            },
            self._subjects(result),
        )
        self.assertNothingChanged()

    def test_other_topology(self) -> None:
        self._large(loadbalancer_topology='ACTIVE_STANDBY')
        message = (
            'Flavor large has topology ACTIVE_STANDBY, and '
            f'load balancer web ({WEB["id"]}) has topology SINGLE, which a '
            'resize cannot change; choose a flavor with topology SINGLE\n'
        )
        result = self.resize('--dry-run')
        self.assertEqual((1, message), (result.status, result.stderr))
        self.assertEqual(
            ('SINGLE', 'ACTIVE_STANDBY', 'refused'),
            self._subjects(result)['topology'],
        )
        # It exits, and says, what the real run does.
        result = self.resize()
        self.assertEqual((1, message), (result.status, result.stderr))
        self.assertNothingChanged()

    def test_other_provider(self) -> None:
        self._large(provider='ovn')
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'Flavor large is for provider ovn, and load balancer web '
            f'({WEB["id"]}) has provider amphora; choose a flavor for the '
            'same provider\n',
            result.stderr,
        )

    def test_other_vip_port(self) -> None:
        self._large(sriov_vip=True)
        result = self.resize()
        self.assertEqual(1, result.status)
        self.assertEqual(
            'Flavor large is with an SR-IOV VIP port, and load balancer web '
            f'({WEB["id"]}) is without one, which a resize cannot change\n',
            result.stderr,
        )

    def test_profile_without_topology(self) -> None:
        self._large(loadbalancer_topology=None)
        self.assertEqual(
            (None, None, 'left to the service'),
            self._subjects(self.resize('--dry-run'))['topology'],
        )

    def test_not_found(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=nope', json={'loadbalancers': []}
        )
        result = self.resize('--dry-run', name='nope')
        self.assertEqual(1, result.status)
        self.assertEqual('not found', self.row(result)['result'])

    def test_unchanged(self) -> None:
        result = self.resize('--dry-run', flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual(
            f'{WEB_LABEL} already has flavor small\n', result.stderr
        )


class TestDryRunOfATenant(TestCase):
    def test_profiles_may_not_be_read(self) -> None:
        for flavor in (SMALL, LARGE):
            self.cloud.requests.get(
                f'{cloud.PROFILES_URL}/{flavor["flavor_profile_id"]}',
                status_code=403,
                json=cloud.fault('Not allowed.'),
            )
        result = self.resize('--dry-run')
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            ['ok', 'ok', *['left to the service'] * 3],
            [row['result'] for row in json.loads(result.stdout)],
        )


class TestCancel(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.load_balancers(PENDING)
        self.cloud.latest_resize(
            WEB,
            state='RUNNING',
            previous_flavor_id=SMALL['id'],
            new_flavor_id=LARGE['id'],
        )
        self.cloud.requests.delete(RESIZE_URL, status_code=202)

    def cancel(self, options: str = '') -> base.Result:
        return self.openstack(
            f'loadbalancer resize cancel -f json {options} web'
        )

    def test_accepted(self) -> None:
        result = self.cancel()
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            {
                'id': WEB['id'],
                'name': 'web',
                'previous_flavor': 'small',
                'new_flavor': 'large',
                'provisioning_status': 'PENDING_UPDATE',
                'result': 'accepted',
            },
            self.row(result),
        )
        self.assertEqual(
            f'DELETE {RESIZE_URL}?cancel=true', self.cloud.asked()[-1]
        )

    def test_wait(self) -> None:
        self.cloud.states(PENDING, WEB)
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])

    def test_wait_ends_in_error(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self.cloud.requests.get(
            RESIZE_URL,
            [
                {'json': {'resize': {'state': state, 'new_flavor_id': ''}}}
                for state in ('RUNNING', 'FAILED')
            ],
        )
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            f'{WEB_LABEL} is ERROR with flavor small. To look: openstack '
            f'loadbalancer resize show {WEB["id"]}\n',
            result.stderr,
        )

    def test_wait_times_out(self) -> None:
        self.cloud.states(PENDING)
        result = self.cancel('--wait --timeout 3')
        self.assertEqual(124, result.status)
        self.assertIn('; its cancel goes on\n', result.stderr)

    def test_too_late(self) -> None:
        self.cloud.requests.delete(
            RESIZE_URL,
            status_code=409,
            json=cloud.fault('It is past its last step.'),
        )
        self.cloud.states(RESIZED)
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'The resize of load balancer web ({WEB["id"]}) was not '
            'cancelled: It is past its last step. It is ACTIVE\n',
            result.stderr,
        )

    def test_deleted_meanwhile(self) -> None:
        gone = cloud.not_found(WEB['id'])
        self.cloud.requests.delete(RESIZE_URL, **gone)
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', **gone)
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'The resize of load balancer web ({WEB["id"]}) was not '
            f'cancelled: Load Balancer {WEB["id"]} not found. It has been '
            'deleted meanwhile\n',
            result.stderr,
        )

    def test_not_offered(self) -> None:
        self.cloud.requests.get(RESIZE_URL, json={'loadbalancer': {}})
        self.cloud.requests.delete(
            RESIZE_URL,
            status_code=400,
            json=cloud.fault(cloud.STOCK_OCTAVIA_DELETE),
        )
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'The resize of load balancer web ({WEB["id"]}) was not '
            "cancelled: This cloud's load balancing service does not offer "
            'resize. It is PENDING_UPDATE\n',
            result.stderr,
        )

    def test_resize_that_cannot_be_looked_at(self) -> None:
        self.cloud.requests.get(RESIZE_URL, status_code=500)
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('failed', self.row(result)['result'])
        # A DELETE without a resize may delete the load balancer.
        self.assertNotIn('DELETE', ' '.join(self.cloud.asked()))

    def test_flavors_that_cannot_be_read(self) -> None:
        self.cloud.requests.get(cloud.FLAVORS_URL, status_code=403)
        result = self.cancel()
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(LARGE['id'], self.row(result)['new_flavor'])

    def test_interrupted_while_asking(self) -> None:
        self.cloud.requests.delete(RESIZE_URL, exc=KeyboardInterrupt)
        self.assertEqual(
            base.Result(
                '',
                'Interrupted while asking. Whether the resize of load '
                f'balancer web ({WEB["id"]}) is cancelled cannot be told; '
                'run the same command again\n',
                130,
            ),
            self.cancel(),
        )

    def _latest(self, state: str) -> None:
        self.cloud.latest_resize(
            WEB,
            state=state,
            previous_flavor_id=SMALL['id'],
            new_flavor_id=LARGE['id'],
        )

    def test_taken_up_again(self) -> None:
        self._latest('CANCELLING')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('Already.')
        )
        self.cloud.states(PENDING, WEB)
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])
        self.assertIn(
            f'The resize of load balancer web ({WEB["id"]}) is being '
            'cancelled already\n',
            result.stderr,
        )

    def _cancelled_already(self, now: dict[str, Any], words: str) -> None:
        self._latest('CANCELLED')
        self.cloud.requests.delete(
            RESIZE_URL, status_code=409, json=cloud.fault('Already.')
        )
        self.cloud.states(now)
        result = self.cancel('--wait')
        self.assertEqual(
            (
                0,
                f'The resize of load balancer web ({WEB["id"]}) is cancelled '
                f'already; {words}',
            ),
            (result.status, result.stderr),
        )
        self.assertEqual('unchanged', self.row(result)['result'])

    def test_unchanged(self) -> None:
        self._cancelled_already(WEB, 'it is ACTIVE with flavor small\n')

    IN_ERROR = (
        'it is ERROR with flavor small, as before. It can be resized again, '
        'to this or another flavor: openstack loadbalancer resize --wait '
        '--flavor large web; or an administrator can fail it over\n'
    )

    def test_in_error_as_before(self) -> None:
        self.cloud.states(PENDING, ERROR)
        self._latest('CANCELLED')
        result = self.cancel('--wait')
        self.assertEqual(0, result.status)
        self.assertEqual('cancelled', self.row(result)['result'])
        self.assertEqual('ERROR', self.row(result)['provisioning_status'])
        self.assertEqual(
            f'The resize of load balancer web ({WEB["id"]}) is cancelled; '
            + self.IN_ERROR,
            result.stderr.partition('ERROR (1 s)\n')[2],
        )

    def test_unchanged_in_error(self) -> None:
        self._cancelled_already(ERROR, self.IN_ERROR)

    def test_answer_lost_but_taken(self) -> None:
        for answer in (
            {'exc': sdk_base.dropped()},
            {'status_code': 504},
            {'text': '<html>Please log in</html>'},
        ):
            self._latest('CANCELLING')
            self.cloud.requests.delete(RESIZE_URL, **answer)
            self.cloud.states(PENDING, WEB)
            result = self.cancel('--wait')
            self.assertEqual(0, result.status)
            self.assertEqual('cancelled', self.row(result)['result'])

    def test_not_taken(self) -> None:
        self.cloud.requests.delete(RESIZE_URL, status_code=503)
        result = self.cancel('--wait')
        self.assertEqual(1, result.status)
        self.assertEqual(
            f'The resize of load balancer web ({WEB["id"]}) was not '
            'cancelled: the service answered 503. It is PENDING_UPDATE; run '
            'the same command again\n',
            result.stderr,
        )

    def test_no_such_load_balancer(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=web', json={'loadbalancers': []}
        )
        result = self.cancel()
        self.assertEqual(1, result.status)
        self.assertEqual(
            "No load balancer with the name or ID 'web' found; 'openstack "
            "loadbalancer list' shows those that there are. Nothing was "
            'changed\n',
            result.stderr,
        )
