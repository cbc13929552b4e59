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

"""The playbook of the documentation, run by Ansible."""

import json
import os
import re
from typing import Any

from tests.functional import base
from tests.functional import load_balancer
from tests.functional import openstack_program
from tests.functional import shared_sandbox
from tests.functional.docs import console
from tests.functional.osc import test_cluster

_PLAYBOOK = console.ROOT / 'doc' / 'source' / 'user' / 'resize.yml'
_TIMEOUT_SECONDS = 120


class TestPlaybook(test_cluster.TestCase, load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.take('dev')
        self.names = [
            self.create_load_balancer('small', children=False).name
            for _ in range(2)
        ]

    def _play(self, flavor: str, control_plane_nodes: int) -> str:
        """Run the playbook.

        :returns: what Ansible counts: ok, changed, failed.
        """
        variables: dict[str, Any] = {
            'load_balancers': self.names,
            'flavor': flavor,
            'control_plane_nodes': control_plane_nodes,
        }
        finished = base.run(
            [
                *(shared_sandbox.BIN / 'ansible-playbook', _PLAYBOOK),
                *('--extra-vars', json.dumps(variables)),
            ],
            shared_sandbox.environment(shared_sandbox.shared())
            | {
                'OS_CLOUD': base.MEMBER,
                'PATH': f'{openstack_program.directory()}:{os.defpath}',
                'LC_ALL': 'C.UTF-8',
            },
            _TIMEOUT_SECONDS,
        )
        self.printed = finished.stdout
        counts = re.search(
            r'localhost +: (ok=\d+ +changed=\d+).* (failed=\d+)', self.printed
        )
        assert counts, finished
        return ' '.join(' '.join(counts.groups()).split())

    def test_changes_once(self) -> None:
        self.assertEqual('ok=2 changed=2 failed=0', self._play('large', 3))
        for name in self.names:
            found = self.member.load_balancer.find_load_balancer(name)
            self.assertEqual(self.flavors['large'], found.flavor_id)
        master = self.nodegroup('dev', 'default-master')
        self.assertEqual(3, master['node_count'])
        self.assertEqual('ok=2 changed=0 failed=0', self._play('large', 3))

    def test_one_of_two_changes(self) -> None:
        self.openstack(
            *('-q', 'loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            self.names[0],
        )
        self.assertEqual('ok=2 changed=1 failed=0', self._play('large', 1))

    def test_fails_without_a_change(self) -> None:
        for flavor, results in (
            ('no-such', set()),
            ('ha-large', {'refused'}),
            ('broken', {'failed'}),
        ):
            self.assertEqual('ok=0 changed=0 failed=1', self._play(flavor, 1))
            printed = set(re.findall(r'"result\W+(\w+)', self.printed))
            self.assertEqual(results, printed, flavor)

    def test_control_plane_fails_alone(self) -> None:
        self.assertEqual('ok=1 changed=0 failed=1', self._play('small', 2))
