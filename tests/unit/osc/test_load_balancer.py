# SPDX-License-Identifier: Apache-2.0

import fixtures

from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestResize(load_balancer.TestCase):
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
            'To cancel: openstack loadbalancer resize cancel web\n',
            result.stderr,
        )
        # The first two of five requests are Keystone's.
        self.assertEqual(
            [
                f'GET {cloud.FLAVORS_URL}',
                f'GET {cloud.LBS_URL}?name=web',
                f'PUT {RESIZE_URL}',
            ],
            self.cloud.requested(),
        )
        self.assertEqual(5, len(self.cloud.requests.request_history))
        self.assertEqual(
            {'new_flavor_id': LARGE['id']}, self.cloud.body_of_last('PUT')
        )

    def test_drain(self) -> None:
        """Also in a dry run; 0 is another thing than nothing."""
        self.cloud.dry_run(WEB, LARGE)
        for other in ('--dry-run', ''):
            for seconds in ('0', '30'):
                self.cloud.load_balancers(WEB)
                result = self.resize(f'--drain {seconds} {other}')
                self.assertEqual(0, result.status, result.stderr)
                self.assertEqual(
                    {
                        'new_flavor_id': LARGE['id'],
                        'drain_seconds': int(seconds),
                    },
                    self.cloud.body_of_last('PUT'),
                )
        for seconds in ('-1', '2.5', 'x', '\u00b2'):
            result = self.resize(f'--drain={seconds}')
            self.assertEqual(2, result.status)
            self.assertIn(
                f"'{seconds}' is not a whole number of seconds", result.stderr
            )

    def test_same_flavor_from_error(self) -> None:
        self.cloud.load_balancers(ERROR)
        self.cloud.states(PENDING, WEB)
        result = self.resize('--wait', flavor='small')
        self.assertEqual(0, result.status)
        self.assertEqual('resized', self.row(result)['result'])
        self.assertNotIn('To undo', result.stderr)
        self.assertEqual(
            {'new_flavor_id': SMALL['id']}, self.cloud.body_of_last('PUT')
        )

    def test_quiet(self) -> None:
        self.cloud.states(PENDING, RESIZED)
        result = self.openstack(
            '-q loadbalancer resize --flavor large --wait web -f value '
            '-c result'
        )
        self.assertEqual(('resized\n', ''), (result.stdout, result.stderr))

    def test_sentence_names_a_cloud_given_on_the_command_line(self) -> None:
        hint = "'openstack --os-cloud envvars loadbalancer list' shows those"
        for command in ('resize --flavor large', 'resize cancel'):
            result = self.openstack(
                f'--os-cloud envvars loadbalancer {command} nope'
            )
            self.assertIn(hint, result.stderr)

    def test_hint_names_region_and_project_of_the_command_line(self) -> None:
        # A cloud of the environment has the environment's region only.
        self.useFixture(fixtures.EnvironmentVariable('OS_REGION_NAME'))
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
            'loadbalancer resize cancel web\n',
            result.stderr,
        )

    def test_hint_names_how_to_reach_the_cloud(self) -> None:
        authority = self.useFixture(fixtures.TempDir()).join('ca.pem')
        for name in ('OS_USERNAME', 'OS_PASSWORD', 'OS_USER_DOMAIN_ID'):
            self.useFixture(fixtures.EnvironmentVariable(name))
        options = '--os-username jo --os-user-domain-id default'
        for options in (
            f'--os-interface public {options} --insecure',
            f'--os-cacert {authority} {options}',
            f'--os-cert {authority} --os-key {authority} {options}',
        ):
            # A password is nothing to print.
            result = self.openstack(
                f'{options} --os-password secret loadbalancer resize '
                '--flavor large web'
            )
            self.assertEqual(
                f'To cancel: openstack {options} loadbalancer resize cancel '
                'web\n',
                result.stderr,
            )
