# SPDX-License-Identifier: Apache-2.0


import json
from pathlib import Path
import re
import textwrap
from typing import Any

import fixtures
from openstack import exceptions
import yaml

from tests.functional import load_balancer
from tests.functional import shared_sandbox
from tests.functional.docs import console
from tests.functional.osc import test_cluster

_GUIDE = console.ROOT / 'doc' / 'source' / 'user' / 'scripting.rst'

_Rules = list[dict[str, str]]


def _documented() -> tuple[_Rules, _Rules]:
    """Return the guide's rules for load balancers, and for clusters."""
    guide = _GUIDE.read_text().partition('.. _access-rules:')[2]
    blocks = re.findall(
        r'^\.\. code-block:: json\n\n((?:   .*\n)+)', guide, re.MULTILINE
    )
    of_load_balancers, of_clusters = (
        json.loads(textwrap.dedent(block)) for block in blocks
    )
    return of_load_balancers, of_clusters


class TestAccessRules(test_cluster.TestCase, load_balancer.TestCase):
    """Application credentials for no more than the guide says."""

    def _log_in(self, rules: _Rules) -> dict[str, str]:
        """Return the environment of who has such a credential."""
        user = self.member.current_user_id
        url = f'/users/{user}/application_credentials'
        response = self.member.identity.post(
            url,
            json={
                'application_credential': {
                    'name': self.unique('credential'),
                    'access_rules': rules,
                }
            },
        )
        exceptions.raise_from_response(response)
        made: dict[str, Any] = response.json()['application_credential']
        self.addCleanup(self.member.identity.delete, f'{url}/{made["id"]}')
        clouds = yaml.safe_load(
            shared_sandbox.shared().state.clouds_yaml.read_text()
        )
        member = clouds['clouds']['sandbox-member']
        cloud = {
            'auth_type': 'v3applicationcredential',
            'auth': {
                'auth_url': member['auth']['auth_url'],
                'application_credential_id': made['id'],
                'application_credential_secret': made['secret'],
            },
            'region_name': member['region_name'],
        }
        path = Path(self.useFixture(fixtures.TempDir()).path, 'clouds.yaml')
        path.write_text(yaml.safe_dump({'clouds': {'restricted': cloud}}))
        return {'OS_CLIENT_CONFIG_FILE': str(path)}

    def _run(self, environment: dict[str, str], *arguments: str) -> Any:
        return self.openstack(
            *('-q', *arguments, '-f', 'json'),
            cloud='restricted',
            environment=environment,
        ).data

    def test_load_balancers(self):
        rules, _ = _documented()
        lbs = [
            self.create_load_balancer('small', children=False)
            for _ in range(4)
        ]
        wait = ('loadbalancer', 'resize', '--wait', '--flavor')
        environment = self._log_in(rules)
        one = self._run(environment, *wait, 'large', lbs[0].name)
        self.assertEqual(['resized'], [row['result'] for row in one])
        listed = self._run(environment, 'loadbalancer', 'resize', 'list')
        self.assertIn(lbs[0].id, [row['loadbalancer_id'] for row in listed])

        # By their IDs, more than a wait polls one by one
        fewer = [r for r in rules if r['path'].endswith(('*', 'resize'))]
        self.assertEqual(4, len(fewer))
        environment = self._log_in(fewer)
        ids = [lb.id for lb in lbs]
        flavor = self.flavors['small']
        rows = self._run(environment, *wait, flavor, ids[0])
        self.assertEqual('resized', rows[0]['result'])
        rows = self._run(environment, *wait, self.flavors['large'], *ids)
        self.assertEqual(['resized'] * 4, [row['result'] for row in rows])

        shown = self._run(
            environment, 'loadbalancer', 'resize', 'show', ids[0]
        )
        self.assertEqual('COMPLETED', shown['state'])
        # It is over, and that is what the service says.
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', ids[0]),
            cloud='restricted',
            environment=environment,
            status=1,
            stderr=['was not cancelled: .* is COMPLETED', 'To undo: '],
        )

    def test_clusters(self):
        _, rules = _documented()
        self.take('dev')
        environment = self._log_in(rules)
        for options in ((), ('--nodegroup', 'default-worker')):
            node_count = '3' if options else '4'
            shown = self._run(
                environment,
                *('coe', 'cluster', 'resize', '--wait', *options),
                *('dev', node_count),
            )
            self.assertEqual('resized', shown['result'])

    def _check_each_missing(self, rules: _Rules, *commands: str) -> None:
        """Run a command for each rule, without that rule."""
        for rule, command in zip(rules, commands, strict=True):
            finished = self.run_openstack(
                *command.split(),
                cloud='restricted',
                environment=self._log_in([r for r in rules if r != rule]),
            )
            self.assertEqual(1, finished.status, finished)
            path = rule['path'].replace('*', '[^/ ]+')
            self.assertRegex(
                ' '.join(finished.stderr.split()),
                f'{rule["method"]} {path} was answered 401: the access rules '
                'of the application credential may lack that request',
            )

    def test_without_one_for_load_balancers(self):
        rules, _ = _documented()
        lb = self.create_load_balancer('small', children=False)
        self.start_resize(lb, 'large')
        self.wait_for(lb.id, 'ACTIVE')
        self._check_each_missing(
            rules,
            f'loadbalancer resize --flavor small {lb.id}',
            f'loadbalancer resize --flavor small {lb.name}',
            f'loadbalancer resize --flavor small {lb.id}',
            f'loadbalancer resize show {lb.id}',
            f'loadbalancer resize --flavor small {lb.id}',
            f'loadbalancer resize cancel {lb.id}',
            'loadbalancer resize list',
            f'loadbalancer rebuild {lb.id}',
        )

    def test_without_one_for_clusters(self):
        _, rules = _documented()
        self.take('dev')
        self._check_each_missing(
            rules,
            'coe cluster resize dev 4',
            'coe cluster resize dev 4',
            'coe cluster resize --nodegroup default-worker dev 4',
            'coe cluster resize dev 4',
        )
