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

from resize_sandbox import sandbox as resize_sandbox
from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox

# How often to try what must happen while a "slow" resize runs.
_ATTEMPTS = 5


class TestResize(load_balancer.TestCase):
    """A resize that is done: what changes, what doesn't, what is shown."""

    def _resize(
        self, lb_id: str, argument: str, flavor: str, previous: str
    ) -> None:
        before = self.everything(lb_id)
        amphorae = self.amphorae(lb_id)

        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', argument),
            stderr=[
                f'^To undo: openstack loadbalancer resize --wait '
                f'--flavor {previous} {argument}$'
            ],
        )

        self.assertEqual(
            [
                {
                    'id': lb_id,
                    'name': self.get(lb_id).name,
                    'previous_flavor': previous,
                    'new_flavor': flavor,
                    'provisioning_status': 'ACTIVE',
                    'result': 'resized',
                }
            ],
            finished.data,
        )
        self.assert_unchanged(before, flavor)
        replaced = self.amphorae(lb_id)
        self.assertEqual(len(amphorae), len(replaced))
        self.assertEqual(set(), set(amphorae) & set(replaced))
        self.assertEqual({'sandbox.small'}, set(amphorae.values()))
        self.assertEqual({'sandbox.large'}, set(replaced.values()))

    def test_by_name(self):
        lb = self.create_load_balancer('small')
        self._resize(lb.id, lb.name, 'large', 'small')
        self.assertEqual(1, len(self.amphorae(lb.id)))

    def test_by_id_active_standby(self):
        lb = self.create_load_balancer('ha-small')
        self._resize(lb.id, lb.id, 'ha-large', 'ha-small')
        self.assertEqual(2, len(self.amphorae(lb.id)))

    def test_flavor_by_id(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--wait', '-f', 'json'),
            *('--flavor', self.flavors['large'], lb.name),
            stderr=['^To undo: '],
        )
        self.assertEqual('large', finished.data[0]['new_flavor'])
        self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_and_back(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        for flavor in ('large', 'small'):
            self.openstack(
                *('loadbalancer', 'resize', '--wait', '-f', 'json'),
                *('--flavor', flavor, lb.name),
                stderr=['^To undo: '],
            )
        self.assert_unchanged(before, 'small')
        self.assertEqual(
            ['sandbox.small'], list(self.amphorae(lb.id).values())
        )

    def test_of_a_tenant_by_an_administrator(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            lb.name,
            cloud=base.ADMIN,
            stderr=['^To undo: '],
        )
        self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_without_wait(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '-f', 'json'),
            lb.name,
            stderr=[
                f'^To cancel: openstack loadbalancer resize cancel {lb.name}$'
            ],
        )
        (row,) = finished.data
        self.assertEqual('PENDING_UPDATE', row['provisioning_status'])
        self.assertEqual('accepted', row['result'])
        self.assertEqual(
            self.flavors['large'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_quietly(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('-q', 'loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'value', '-c', 'result', lb.name),
        )
        self.assertEqual('resized\n', finished.stdout)
        self.assertEqual('', finished.stderr)

    def test_several(self):
        lbs = [
            self.create_load_balancer('small', children=False)
            for _ in range(3)
        ]
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', lbs[0].name, lbs[1].id, lbs[2].name),
            stderr=['^To undo: '],
        )
        self.assertEqual(
            [(lb.id, 'resized') for lb in lbs],
            [(row['id'], row['result']) for row in finished.data],
        )
        for lb in lbs:
            self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_already(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'small', '--wait'),
            *('-f', 'json', lb.name),
            stderr=[f'{lb.name} .*already has flavor small$'],
        )
        self.assertEqual('unchanged', finished.data[0]['result'])
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_dry_run(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--dry-run'),
            *('-f', 'json', lb.name),
            cloud=base.ADMIN,
        )
        self.assertIn(
            {
                'id': lb.id,
                'name': lb.name,
                'subject': 'compute_flavor',
                'from': 'sandbox.small',
                'to': 'sandbox.large',
                'result': 'changes',
            },
            finished.data,
        )
        self.assertEqual(before, self.everything(lb.id))


class TestRefusal(load_balancer.TestCase):
    """A resize that is refused changes nothing and says why."""

    def _refused(
        self,
        flavor: str,
        *reasons: str,
        of: str = 'small',
        cloud: str = base.MEMBER,
    ) -> None:
        lb = self.create_load_balancer(of)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', lb.name),
            cloud=cloud,
            status=1,
            stderr=[''.join(f'(?=.*{reason})' for reason in reasons)],
        )
        (row,) = finished.data
        self.assertEqual(lb.id, row['id'])
        self.assertEqual(of, row['previous_flavor'])
        self.assertEqual(flavor, row['new_flavor'])
        self.assertIn(row['result'], ('refused', 'failed'))
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_other_topology(self):
        self._refused('ha-large', 'topology ACTIVE_STANDBY', 'SINGLE')

    def test_other_topology_of_active_standby(self):
        self._refused(
            'large', 'topology SINGLE', 'ACTIVE_STANDBY', of='ha-small'
        )

    def test_disabled_flavor(self):
        self._refused('retired', 'retired', 'disabled')

    def test_other_provider(self):
        self._refused('other', 'noop_driver', 'amphora')

    def test_reader(self):
        self._refused('large', 'roles do not allow it', cloud=base.READER)

    def test_unknown_flavor(self):
        lb = self.create_load_balancer('small', children=False)
        flavor = self.unique('flavor')
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '-f', 'json'),
            lb.name,
            status=1,
            stderr=[f"'{flavor}' found; choose one of: .*large"],
        )
        self.assertEqual('', finished.stdout)

    def _not_found(self, argument: str, cloud: str = base.MEMBER) -> None:
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', argument),
            cloud=cloud,
            status=1,
            stderr=[f"No load balancer with the name or ID '{argument}'"],
        )
        self.assertEqual('not found', finished.data[0]['result'])

    def test_unknown_name(self):
        self._not_found(self.unique('nobody'))

    def test_unknown_id(self):
        self._not_found('00000000-1111-4222-8333-444444444444')

    def test_deleted(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack('loadbalancer', 'delete', '--wait', lb.name)
        self._not_found(lb.id)
        self._not_found(lb.name)

    def test_of_another_tenant_by_name(self):
        lb = self.create_load_balancer('small', children=False)
        self._not_found(lb.name, cloud=base.OTHER)

    def test_of_another_tenant_by_id(self):
        lb = self.create_load_balancer('small', children=False)
        before = self.everything(lb.id)
        self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', lb.id),
            cloud=base.OTHER,
            status=1,
            stderr=[f'roles do not allow to see load balancer {lb.id}'],
        )
        self.assertEqual(before, self.everything(lb.id))

    def test_one_of_several(self):
        lb = self.create_load_balancer('small', children=False)
        ha = self.create_load_balancer('ha-small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'retired', '--wait'),
            *('-f', 'json', lb.name, ha.name),
            status=1,
            stderr=['disabled', 'disabled', 'None of the load balancers was'],
        )
        self.assertEqual(2, len(finished.data))

    def test_while_one_runs(self):
        lb = self.create_load_balancer('small', children=False)
        for _ in range(_ATTEMPTS):
            self.start_resize(lb, 'slow')
            finished = self.run_openstack(
                *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
                *('-f', 'json', lb.name),
            )
            if finished.status:
                break
            # On a busy machine it came when that one was done.
        self.assertEqual(1, finished.status, finished)
        self.assertEqual('refused', finished.data[0]['result'])
        self.assertIn('is being resized to slow', finished.stderr)
        # The one that runs is not disturbed.
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_timeout_without_wait(self):
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large'),
            *('--timeout', '5', 'web'),
            status=1,
            stderr=['--timeout .*--wait'],
        )
        self.assertEqual('', finished.stdout)


class TestFailure(load_balancer.TestCase):
    """A resize that fails on the way can be tried again."""

    def _fail_and_recover(self, flavor: str, *, of: str, to: str) -> None:
        lb = self.create_load_balancer(of)
        before = self.everything(lb.id)
        failed = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', lb.name),
            status=1,
            stderr=[
                f'{lb.name} .* is ERROR with flavor {of}: '
                'The compute service could not provide an amphora',
                '^To go back: openstack loadbalancer resize cancel '
                f'{lb.name}$',
                '^To try again: ',
            ],
        )
        (row,) = failed.data
        self.assertEqual(of, row['previous_flavor'])
        self.assertEqual('ERROR', row['provisioning_status'])
        self.assertEqual('failed', row['result'])
        broken = self.get(lb.id)
        self.assertEqual('ERROR', broken.provisioning_status)
        self.assertEqual(self.flavors[of], broken.flavor_id)

        self.openstack(
            *('loadbalancer', 'resize', '--flavor', to, '--wait'),
            *('-f', 'json', lb.name),
            stderr=['^To undo: '],
        )
        self.assert_unchanged(before, to)
        self.assertEqual({'sandbox.large'}, set(self.amphorae(lb.id).values()))

    def test_single(self):
        self._fail_and_recover('broken', of='small', to='large')

    def test_recovered_by_a_failover(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'broken', '--wait'),
            *('-f', 'json', lb.name),
            status=1,
            stderr=['is ERROR with flavor small', '^To ', '^To try again: '],
        )
        self.openstack(
            *('loadbalancer', 'failover', '--wait', lb.name),
            cloud=base.ADMIN,
        )
        self.assert_unchanged(before, 'small')
        self.assertEqual(
            ['sandbox.small'], list(self.amphorae(lb.id).values())
        )


class TestWaiting(load_balancer.TestCase):
    def test_timeout(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
            *('--timeout', '1', '-f', 'json', lb.name),
            status=124,
            stderr=[
                'Not finished within 1 second.*its resize goes on',
                '^To look: openstack loadbalancer resize show ',
                '^To cancel: openstack loadbalancer resize cancel ',
            ],
        )
        (row,) = finished.data
        self.assertEqual('timed out', row['result'])
        self.assertEqual('PENDING_UPDATE', row['provisioning_status'])
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_taking_up_again(self):
        lb = self.create_load_balancer('small', children=False)
        for _ in range(_ATTEMPTS):
            self.start_resize(lb, 'slow')
            amphorae = self.amphorae(lb.id)
            finished = self.run_openstack(
                *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
                *('-f', 'json', lb.name),
            )
            self.assertEqual(0, finished.status, finished)
            if finished.data[0]['result'] == 'resized':
                break
            # On a busy machine it came when that one was done.
            self.start_resize(lb, 'small')
            self.wait_for(lb.id, 'ACTIVE')
        self.assertEqual('resized', finished.data[0]['result'])
        self.assertIn('is being resized to slow already', finished.stderr)
        self.assertEqual(self.flavors['slow'], self.get(lb.id).flavor_id)
        # It was replaced once, not twice.
        latest = self.admin.load_balancer.get(
            f'/lbaas/loadbalancers/{lb.id}/resize'
        ).json()['resize']
        self.assertEqual(self.flavors['small'], latest['previous_flavor_id'])
        self.assertEqual(
            set(), set(amphorae) & set(self.amphorae(lb.id)), amphorae
        )


class TestCancel(load_balancer.TestCase):
    def test_running(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        for _ in range(_ATTEMPTS):
            amphorae = self.amphorae(lb.id)
            self.start_resize(lb, 'slow')
            finished = self.run_openstack(
                *('loadbalancer', 'resize', 'cancel', '--wait'),
                *('-f', 'json', lb.name),
            )
            if finished.status == 0:
                break
            # On a busy machine it came when that one was done.
            self.start_resize(lb, 'small')
            self.wait_for(lb.id, 'ACTIVE')
        self.assertEqual(0, finished.status, finished)
        self.assertEqual('cancelled', finished.data[0]['result'])
        self.assert_unchanged(before, 'small')
        # The new amphora was not ready yet.
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_none(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', '--wait', lb.name),
            status=1,
            stderr=['has never been resized'],
        )
        self.assertEqual(before, self.everything(lb.id))


class TestPlainOctavia(base.TestCase):
    """A cloud without the resize API."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.sandbox = shared_sandbox.own('without-resize')
        cls.addClassCleanup(shared_sandbox.discard, cls.sandbox)
        shared_sandbox.command('up', cls.sandbox, '--without-resize')

    def _on(
        self, sandbox: resize_sandbox.Sandbox, *arguments: str
    ) -> base.Finished:
        return self.openstack(*arguments, '-f', 'json', sandbox=sandbox)

    def test_says_so(self):
        before = self._on(self.sandbox, 'loadbalancer', 'show', 'web').data
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait', 'web'),
            status=1,
            stderr=['load balancing service does not offer resize'],
            sandbox=self.sandbox,
        )
        self.assertNotIn('not found', finished.stdout + finished.stderr)
        after = self._on(self.sandbox, 'loadbalancer', 'show', 'web').data
        self.assertEqual(before, after)

    def test_cancel_says_so_and_deletes_nothing(self):
        before = self._on(self.sandbox, 'loadbalancer', 'show', 'shop').data
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', '--wait', 'shop'),
            status=1,
            stderr=['load balancing service does not offer resize'],
            sandbox=self.sandbox,
        )
        after = self._on(self.sandbox, 'loadbalancer', 'show', 'shop').data
        self.assertEqual(before, after)
