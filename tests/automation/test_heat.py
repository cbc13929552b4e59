# SPDX-License-Identifier: Apache-2.0

"""Stacks whose load balancers and clusters are resized in place."""

import fcntl
import signal
from typing import Any

from heatclient import client
import yaml

from tests.automation import base

_LOAD_BALANCER = """
heat_template_version: 2021-04-16
parameters:
  flavor: {type: string}
  description: {type: string, default: ''}
  fail: {type: boolean, default: false}
resources:
  web:
    type: OS::Octavia::LoadBalancer
    properties:
      vip_subnet: vip-subnet
      flavor: {get_param: flavor}
      description: {get_param: description}
  http:
    type: OS::Octavia::Listener
    properties:
      loadbalancer: {get_resource: web}
      protocol: HTTP
      protocol_port: 80
  later:
    type: OS::Heat::TestResource
    depends_on: web
    properties:
      fail: {get_param: fail}
"""

_CLUSTER = """
heat_template_version: 2021-04-16
parameters:
  master_count: {type: number, default: 1}
resources:
  dev:
    type: OS::Magnum::Cluster
    deletion_policy: Retain
    properties:
      name: dev
      cluster_template: dev-template
      master_count: {get_param: master_count}
      node_count: 2
"""


def _adoption(template: str, name: str, **resource: str) -> str:
    """Return what has a stack adopt one resource."""
    return yaml.safe_dump(
        {
            'action': 'CREATE',
            'status': 'COMPLETE',
            'template': yaml.load(template, yaml.BaseLoader),
            'resources': {
                name: {'resource_data': {}, 'metadata': {}, **resource}
            },
        }
    )


class _StackTestCase(base.TestCase):
    """A test with a stack of its own."""

    template: str
    #: Whether the test stops Heat: no other test uses Heat meanwhile.
    stops_heat = False

    def setUp(self) -> None:
        super().setUp()
        turn = (base.shared().state.run / 'tests-heat.lock').open('w')
        self.addCleanup(turn.close)
        fcntl.flock(turn, fcntl.LOCK_EX if self.stops_heat else fcntl.LOCK_SH)
        self.heat = client.Client('1', session=self.tenant.session)
        self.stack = self.unique('stack')

    def create(self, **arguments: Any) -> None:
        """Create the stack, and wait for it."""
        self.heat.stacks.create(
            stack_name=self.stack, template=self.template, **arguments
        )
        self.addCleanup(self._delete)
        self.wait_until(lambda: not self.status.endswith('_IN_PROGRESS'))
        self.assertEqual(self.status.split('_')[1], 'COMPLETE', self.reason)

    def update(self, status: str = 'UPDATE_COMPLETE', **how: Any) -> None:
        """Update the stack, wait, and check how that ends."""
        self.start_update(**how)
        # The failed update of a stack precedes its rollback.
        action = status.split('_')[0]
        self.wait_until(
            lambda: self.status in (f'{action}_COMPLETE', f'{action}_FAILED')
        )
        self.assertEqual(status, self.status, self.reason)

    def start_update(self, *, rollback: bool = False, **values: Any) -> None:
        """Update the stack with other parameters, and don't wait."""
        self.heat.stacks.update(
            self.stack,
            template=self.template,
            parameters=values,
            disable_rollback=not rollback,
        )

    def preview(self, **values: Any) -> dict[str, list[str]]:
        """Return the resources by what an update would do with them."""
        changes = self.heat.stacks.preview_update(
            self.stack, template=self.template, parameters=values
        )['resource_changes']
        return {
            kind: [resource['resource_name'] for resource in resources]
            for kind, resources in changes.items()
        }

    @property
    def status(self) -> str:
        """The stack's status."""
        return str(self.heat.stacks.get(self.stack).stack_status)

    @property
    def reason(self) -> str:
        """Why the stack has that status."""
        return str(self.heat.stacks.get(self.stack).stack_status_reason)

    def physical_id(self, resource: str) -> str:
        """Return the ID that a resource has in its service."""
        found = self.heat.resources.get(self.stack, resource)
        return str(found.physical_resource_id)

    def _delete(self) -> None:
        self.heat.stacks.delete(self.stack)


class _LoadBalancerTestCase(_StackTestCase):
    template = _LOAD_BALANCER

    def setUp(self) -> None:
        super().setUp()
        self.create(parameters={'flavor': 'small'})
        self.ids = self._ids()

    def _ids(self) -> list[str]:
        return [self.physical_id(name) for name in ('web', 'http')]

    def assert_kept(self, status: str, flavor: str) -> None:
        """Check state and flavor of the load balancer, and its ID."""
        self.assertEqual(self.ids, self._ids())
        self.assertEqual((status, flavor), self.seen(self.ids[0]))


class TestLoadBalancer(_LoadBalancerTestCase):
    def test_up_and_down(self) -> None:
        self.update(flavor='large')
        self.assert_kept('ACTIVE', 'large')
        amphorae = self.amphorae(self.ids[0])
        self.assertEqual(['sandbox.large'], list(amphorae.values()))
        self.update(flavor='large')
        self.assertEqual(amphorae, self.amphorae(self.ids[0]))
        self.update(flavor='small')
        self.assert_kept('ACTIVE', 'small')

    def test_preview(self) -> None:
        changes = self.preview(flavor='large')
        self.assertIn('web', changes['updated'])
        self.assertNotIn('web', changes['replaced'])

    def test_with_another_property(self) -> None:
        self.update(flavor='large', description='the shop')
        self.assert_kept('ACTIVE', 'large')
        found = self.tenant.load_balancer.get_load_balancer(self.ids[0])
        self.assertEqual('the shop', found.description)

    def test_failure(self) -> None:
        for _ in range(2):
            self.update('UPDATE_FAILED', flavor='broken')
            self.assertIn('could not provide an amphora', self.reason)
            self.assert_kept('ERROR', 'small')
        self.update(flavor='large')
        self.assert_kept('ACTIVE', 'large')

    def test_previous_flavor_after_failure(self) -> None:
        self.update('UPDATE_FAILED', flavor='broken')
        changes = self.preview(flavor='small')
        self.assertIn('web', changes['updated'])
        self.update(flavor='small')
        self.assert_kept('ACTIVE', 'small')

    def test_refusal(self) -> None:
        for flavor, reason in (
            ('retired', 'web was not resized: .*retired.* is disabled'),
            ('ha-large', 'web was not resized: .*topology'),
        ):
            self.update('UPDATE_FAILED', flavor=flavor)
            self.assertRegex(self.reason, reason)
            self.assert_kept('ACTIVE', 'small')
        self.update(flavor='small')

    def test_rollback_of_failure(self) -> None:
        self.update('ROLLBACK_COMPLETE', flavor='broken', rollback=True)
        self.assert_kept('ACTIVE', 'small')

    def test_rollback_of_success(self) -> None:
        self.update(
            'ROLLBACK_COMPLETE', flavor='large', fail=True, rollback=True
        )
        self.assert_kept('ACTIVE', 'small')

    def test_cancel(self) -> None:
        self.start_update(flavor='slow')
        self.wait_until(lambda: self.seen(self.ids[0])[0] == 'PENDING_UPDATE')
        self.heat.actions.cancel_update(self.stack)
        self.wait_until(lambda: self.status == 'ROLLBACK_COMPLETE')
        self.assert_kept('ACTIVE', 'small')

    def test_another_update_meanwhile(self) -> None:
        self.start_update(flavor='slow')
        self.wait_until(lambda: self.seen(self.ids[0])[0] == 'PENDING_UPDATE')
        self.update(flavor='large')
        self.assert_kept('ACTIVE', 'large')

    def test_resized_by_somebody_else(self) -> None:
        self.tenant.load_balancer.put(
            f'/lbaas/loadbalancers/{self.ids[0]}/resize',
            json={'new_flavor_id': self.flavor_id('large')},
        )
        self.wait_until(lambda: self.seen(self.ids[0]) == ('ACTIVE', 'large'))
        self.update(flavor='small', description='the shop')
        self.assert_kept('ACTIVE', 'large')
        self.update(flavor='large')
        self.assert_kept('ACTIVE', 'large')

    def test_flavor_removed(self) -> None:
        template = yaml.safe_load(_LOAD_BALANCER)
        template['heat_template_version'] = '2021-04-16'
        del template['resources']['web']['properties']['flavor']
        self.template = yaml.safe_dump(template)
        self.update('UPDATE_FAILED', flavor='small')
        self.assertIn('without a flavor', self.reason)
        self.assert_kept('ACTIVE', 'small')

    def test_deleted_by_somebody_else(self) -> None:
        self.update('UPDATE_FAILED', flavor='broken')
        self.delete_load_balancer(self.ids[0])
        self.wait_until(lambda: not self.is_there(self.ids[0]))
        self.update(flavor='small')
        self.assertNotEqual(self.ids[0], self.physical_id('web'))


class TestAdopted(_StackTestCase):
    template = _LOAD_BALANCER

    def test_without_id(self) -> None:
        self.heat.stacks.create(
            stack_name=self.stack,
            template=self.template,
            parameters={'flavor': 'small'},
            adopt_stack_data=_adoption(self.template, 'web'),
        )
        self.addCleanup(self._delete)
        self.wait_until(lambda: self.status == 'ADOPT_FAILED')
        self.update(flavor='small')
        self.assertEqual(
            ('ACTIVE', 'small'), self.seen(self.physical_id('web'))
        )


class TestEngine(_LoadBalancerTestCase):
    stops_heat = True

    def test_engine_dies(self) -> None:
        self.start_update(flavor='slow')
        self.wait_until(lambda: self.seen(self.ids[0])[0] == 'PENDING_UPDATE')
        base.shared().stop_services('heat', number=signal.SIGKILL)
        base.shared().start_services('heat')
        self.start_update(flavor='small')
        self.wait_until(lambda: self.status == 'UPDATE_COMPLETE')
        self.assert_kept('ACTIVE', 'small')


class TestCluster(_StackTestCase):
    template = _CLUSTER

    def setUp(self) -> None:
        super().setUp()
        self.cluster = self.take_cluster('dev')
        self.create(
            adopt_stack_data=_adoption(
                _CLUSTER, 'dev', resource_id=self.cluster
            )
        )

    def assert_kept(self, status: str, node_count: int) -> None:
        """Check state and size of the cluster, and its UUID."""
        self.assertEqual(self.cluster, self.physical_id('dev'))
        self.assertEqual(
            (self.cluster, status, node_count),
            self.control_plane('dev'),
        )

    def test_up_and_down(self) -> None:
        self.assertEqual(['dev'], self.preview(master_count=3)['updated'])
        self.update(master_count=3)
        self.assert_kept('UPDATE_COMPLETE', 3)
        self.update(master_count=3)
        self.update(master_count=1)
        self.assert_kept('UPDATE_COMPLETE', 1)

    def test_refusal(self) -> None:
        self.update('UPDATE_FAILED', master_count=2)
        self.assertRegex(
            self.reason, 'dev was not resized: .*cannot be an even number'
        )
        self.update(master_count=3)
        self.assert_kept('UPDATE_COMPLETE', 3)

    def test_failure(self) -> None:
        self.update('UPDATE_FAILED', master_count=51)
        self.assertIn('51 nodes are more than', self.reason)
        self.assert_kept('UPDATE_FAILED', 1)
        self.update(master_count=3)
        self.assert_kept('UPDATE_COMPLETE', 3)

    def test_rollback(self) -> None:
        self.update('ROLLBACK_COMPLETE', master_count=51, rollback=True)
        self.assert_kept('UPDATE_COMPLETE', 1)
