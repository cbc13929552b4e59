# SPDX-License-Identifier: Apache-2.0

import shlex

from openstack.load_balancer.v2 import load_balancer as _lb

from tests.functional import load_balancer as functional
from tests.functional.client_faults import load_balancer


class TestNames(load_balancer.TestCase):
    """A load balancer may have any name."""

    def _create(self, name: str) -> _lb.LoadBalancer:
        created = self.member.load_balancer.create_load_balancer(
            name=name + self.unique(' '),
            vip_subnet_id=functional._VIP_SUBNET,
            flavor_id=self.flavors['small'],
        )
        self.addCleanup(self._delete, created.id)
        return self.wait_for(created.id, 'ACTIVE')

    def test_resize_and_undo(self):
        lbs = [
            self._create(name)
            for name in (
                "the shop's \"new\" $HOME",
                'bücher-書店-🛒',
                '--wait',
                'a/b?c=%20&d#e+f',
                'x' * 245,
            )
        ]
        names = [lb.name for lb in lbs]
        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', '--', *names),
        )
        self.assertEqual(names, [row['name'] for row in finished.data])
        for lb in lbs:
            self.assert_is(lb, 'ACTIVE', 'large')

        # As a shell would read it
        (hint,) = [
            line.removeprefix('To undo: ')
            for line in finished.stderr.splitlines()
            if line.startswith('To undo: ')
        ]
        program, *arguments = shlex.split(hint)
        self.assertEqual('openstack', program)
        self.through(*arguments)
        for lb in lbs:
            self.assert_is(lb, 'ACTIVE', 'small')


class TestOtherThings(load_balancer.TestCase):
    """What isn't a load balancer, or a cluster, isn't found."""

    def test_ids_of_other_resources(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        clusters = self.member.container_infrastructure_management
        for other in (
            self.flavors['large'],
            next(iter(self.member.load_balancer.listeners())).id,
            lb.project_id,
            next(iter(clusters.clusters())).uuid,
            '0' * 255,
            'ü' * 255,
        ):
            finished = self.through(
                *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
                *('-f', 'json', other),
                status=1,
            )
            self.assert_message(
                f"^No load balancer with the name or ID '{other}' found; "
                "'openstack loadbalancer list' shows those that there are$",
                finished,
            )
            self.assertEqual('not found', self.row(finished)['result'])
        self.assertEqual([], self.proxy.made('PUT', '/'))
        self.assertEqual(before, self.everything(lb.id))

    def test_flavor_that_is_none(self):
        lb = self.create_load_balancer('small', children=False)
        for other in (lb.id, 'ü' * 255, '--', ' large', 'LARGE'):
            finished = self.through(
                *('loadbalancer', 'resize', f'--flavor={other}', lb.name),
                status=1,
            )
            self.assert_message(
                "^No load balancer flavor with the name or ID '.+' found; "
                "('.*flavor list' shows|did you mean large)",
                finished,
            )
        self.assertEqual([], self.proxy.made('PUT', '/'))

    def test_clusters(self):
        lb = self.create_load_balancer('small', children=False)
        for other in (lb.id, 'ü' * 255, '../clusters', 'dev/', 'dev?x=1'):
            finished = self.through(
                *('coe', 'cluster', 'resize', '--wait', other, '3'),
                status=1,
            )
            self.assertEqual('', finished.stdout)
            self.assert_message('^No cluster with the name or UUID', finished)
        for other in (lb.id, 'ü' * 255, '../default-worker', 'default/'):
            finished = self.through(
                *('coe', 'cluster', 'resize', '--wait', 'dev', '3'),
                *('--nodegroup', other),
                status=1,
            )
            self.assert_message(
                '^Cluster dev .* has no nodegroup with the name or UUID',
                finished,
            )
        self.assertEqual([], self.proxy.made('POST', '/actions'))
