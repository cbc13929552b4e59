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

from typing import Any

import testtools

from octavia_resize.worker import way_back


def _amphora(
    name: str, role: str, vrrp_ip: str = '198.51.100.6'
) -> dict[str, Any]:
    return {
        'id': name,
        'role': role,
        'status': 'ALLOCATED',
        'vrrp_ip': vrrp_ip,
        'vrrp_port_id': f'port of {name}',
    }


class TestFind(testtools.TestCase):
    def test_before_the_amphorae_are_recorded(self) -> None:
        plan = way_back.find({}, [], [_amphora('old', 'STANDALONE')])

        self.assertEqual(([], None, [], {'old': 'ALLOCATED'}, []), tuple(plan))
        self.assertFalse(plan.replaces)

    def test_none_replaced(self) -> None:
        old, new = _amphora('old', 'STANDALONE'), _amphora('new', 'STANDALONE')
        plan = way_back.find({'old': 'ALLOCATED'}, [], [old, new])

        self.assertEqual(
            ([], None, [new], {'old': 'ALLOCATED'}, []), tuple(plan)
        )

    def test_disabled_port(self) -> None:
        """Octavia disables that of an only amphora with IPv6."""
        for role, vrrp_ip, ports in (
            ('STANDALONE', '2001:db8::6', ['port of old']),
            ('STANDALONE', '198.51.100.6', []),
            ('MASTER', '2001:db8::6', []),
        ):
            old = _amphora('old', role, vrrp_ip)
            new = _amphora('new', role, vrrp_ip)
            plan = way_back.find({'old': 'ALLOCATED'}, [], [old, new])
            self.assertEqual(ports, plan.ports, (role, vrrp_ip))

    def test_one_of_a_pair_replaced(self) -> None:
        """The new one, a BACKUP, is replaced by what is missing."""
        before = {'master': 'ALLOCATED', 'backup': 'ALLOCATED'}
        new = _amphora('new', 'BACKUP')
        for replaced, left in (('master', 'backup'), ('backup', 'master')):
            plan = way_back.find(
                before, [replaced], [_amphora(left, left.upper()), new]
            )
            self.assertEqual(
                (
                    [],
                    {**new, 'role': replaced.upper()},
                    [],
                    {left: 'ALLOCATED'},
                    [],
                ),
                tuple(plan),
            )
            self.assertTrue(plan.replaces)

    def test_one_of_a_pair_replaced_and_another_built(self) -> None:
        before = {'master': 'ALLOCATED', 'backup': 'ALLOCATED'}
        left = _amphora('master', 'MASTER')
        new = _amphora('new', 'BACKUP')
        newer = _amphora('newer', 'MASTER')
        plan = way_back.find(before, ['backup'], [left, newer, new])

        self.assertEqual([newer], plan.surplus)
        self.assertEqual(new, plan.replace_one)

    def test_all_replaced(self) -> None:
        present = [_amphora('new', 'STANDALONE')]
        plan = way_back.find({'old': 'ALLOCATED'}, ['old'], present)

        self.assertEqual((present, None, [], {}, []), tuple(plan))
        self.assertTrue(plan.replaces)

    def test_more_than_a_pair_before(self) -> None:
        """What an earlier resize has left is replaced with the rest."""
        before = dict.fromkeys(('master', 'backup', 'odd'), 'ALLOCATED')
        odd, new = _amphora('odd', 'BACKUP'), _amphora('new', 'BACKUP')
        for replaced, present in (
            (['backup'], [odd, _amphora('master', 'MASTER'), new]),
            (['backup', 'master'], [odd, new, _amphora('newer', 'MASTER')]),
        ):
            plan = way_back.find(before, replaced, present)
            self.assertEqual((present, None, [], {}, []), tuple(plan))
