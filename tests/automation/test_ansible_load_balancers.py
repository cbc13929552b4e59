# SPDX-License-Identifier: Apache-2.0

"""Playbooks that resize and rebuild load balancers."""

import os
import signal
from typing import Any

from resize_sandbox import clouds
from tests.automation import base
from tests.automation import playbooks


class TestLoadBalancer(playbooks.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load_balancers = [
            self.create_load_balancer('small') for _ in range(2)
        ]
        self.names = [found.name for found in self.load_balancers]

    def task(self, flavor: str, **arguments: Any) -> dict[str, Any]:
        """Return the task that resizes both load balancers."""
        return {
            'resize.openstack.loadbalancer_resize': {
                'name': self.names,
                'flavor': flavor,
                **arguments,
            }
        }

    def assert_flavor(self, flavor: str) -> None:
        """Check the flavor of both load balancers."""
        for found in self.load_balancers:
            self.assertEqual(('ACTIVE', flavor), self.seen(found.id))

    def test_up_and_down(self) -> None:
        self.play(self.task('large'), self.task('large'), self.task('small'))
        self.assert_results('changed', 'ok', 'changed')
        first, again, _ = self.results
        self.assertEqual(
            [
                (found.name, found.id, 'ACTIVE', 'small', 'large', 'resized')
                for found in self.load_balancers
            ],
            [
                (
                    *(resize['name'], resize['id']),
                    resize['provisioning_status'],
                    *(resize['previous_flavor'], resize['new_flavor']),
                    resize['result'],
                )
                for resize in first['resizes']
            ],
        )
        self.assert_each('unchanged', *again['resizes'])
        self.assert_flavor('small')

    def test_check_and_diff(self) -> None:
        self.play(
            self.task('large'), self.task('small'), options='--check --diff'
        )
        self.assert_results('changed', 'ok')
        found = self.results[0]
        self.assert_each('not started', *found['resizes'])
        self.assertEqual(
            {
                'before': dict.fromkeys(self.names, 'small'),
                'after': dict.fromkeys(self.names, 'large'),
            },
            found['diff'],
        )
        self.assert_flavor('small')

    def test_refused(self) -> None:
        """With --check and without."""
        topology = self.task('ha-large')
        nobody = self.task('large', name=[*self.names, 'nobody'])
        unseen = self.task('large', canary=1, wait=False)
        self.play(
            {**topology, 'check_mode': True},
            *(topology, self.task('no-such'), nobody, unseen),
        )
        self.assert_results(*['failed'] * 5)
        for result, word in zip(
            self.results,
            ('topology', 'topology', 'no-such', 'nobody', 'needs wait'),
            strict=True,
        ):
            self.assertIn(word, result['msg'])
        for result in self.results[:2]:
            self.assert_each('refused', *result['resizes'])
        self.assert_flavor('small')

    def test_failure(self) -> None:
        self.play(self.task('broken'), self.task('large'))
        self.assert_results('failed', 'changed')
        found = self.results[0]
        self.assertIn('could not provide an amphora', found['msg'])
        self.assertEqual(
            [('failed', 'FAILED', 'ERROR')] * 2,
            [
                (
                    one['result'],
                    one['resize']['state'],
                    one['provisioning_status'],
                )
                for one in found['resizes']
            ],
        )
        self.assert_flavor('large')

    def test_run_again(self) -> None:
        """The module continues to wait for a resize that is not over."""
        ids = [found.id for found in self.load_balancers]
        with base.shared().state.hold_builds(*ids):
            self.play(self.task('slow', timeout=1))
        (timed_out,) = self.results
        self.assertEqual('failed', playbooks.get_status(timed_out), timed_out)
        self.assertIn('run the playbook again', timed_out['msg'])
        self.assert_each('timed out', *timed_out['resizes'])
        self.play(
            self.task('slow'),
            self.task('small', wait=False),
            self.task('small'),
        )
        slow, accepted, small = self.results
        self.assertEqual('changed', playbooks.get_status(accepted), accepted)
        self.assert_each('accepted', *accepted['resizes'])
        for again, flavor in (slow, 'slow'), (small, 'small'):
            # It may have ended meanwhile.
            self.assertNotEqual('failed', playbooks.get_status(again), again)
            self.assertEqual(
                [('ACTIVE', flavor)] * 2,
                [
                    (one['provisioning_status'], one['new_flavor'])
                    for one in again['resizes']
                ],
            )

    def test_broken_off(self) -> None:
        running = self.start(self.task('slow'))
        self.wait_until(
            lambda: self.seen(self.load_balancers[1].id)[0] != 'ACTIVE'
        )
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        self.play(self.task('slow'))
        self.assertNotEqual('failed', playbooks.get_status(self.results[0]))
        self.assert_flavor('slow')

    def test_rebuild(self) -> None:
        """A tenant may not, and what is up to date need not be."""

        def task(cloud: str, **arguments: Any) -> dict[str, Any]:
            return {
                'resize.openstack.loadbalancer_rebuild': {
                    'name': self.names,
                    'cloud': cloud,
                    **arguments,
                }
            }

        everything = task(clouds.ADMIN_CLOUD, only_outdated=False)
        self.play(
            task(clouds.ADMIN_CLOUD),
            {**everything, 'check_mode': True},
            everything,
            task(clouds.MEMBER_CLOUD),
        )
        self.assert_results('ok', 'changed', 'changed', 'failed')
        for result, expected in zip(
            self.results, ('unchanged', 'not started', 'rebuilt'), strict=False
        ):
            self.assert_each(expected, *result['resizes'])
        self.assertIn('olicy', self.results[3]['msg'])
        self.assert_flavor('small')

    def test_before_the_module_that_creates(self) -> None:
        """Both tasks of a play have the same variables."""
        (name, _) = self.names
        resize = {
            'resize.openstack.loadbalancer_resize': {
                'name': name,
                'flavor': 'large',
            }
        }
        create = {
            'openstack.cloud.loadbalancer': {
                'name': name,
                'flavor': 'large',
                'vip_subnet': 'vip-subnet',
            }
        }
        self.play(resize, create, resize, create)
        self.assert_results('changed', 'ok', 'ok', 'ok')
        for created in self.results[1], self.results[3]:
            self.assertEqual(
                self.load_balancers[0].id, created['load_balancer']['id']
            )
