# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
import contextlib
import os
import signal
import sqlite3
import time
from typing import Any

from openstack.load_balancer.v2 import load_balancer as _lb

from tests.functional import base
from tests.functional import load_balancer
from tests.functional import openstack_command
from tests.functional import shared_sandbox
from tests.functional.openstack_command import Finished
from tests.unit.osc import terminal

_TIMEOUT_SECONDS = 180
#: Of amphorae that were built before there was a new image
_OLD_IMAGE = '3c1f7a52-8e0d-4b69-9a54-d2b6f1c07e83'


class TestCase(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tag = self.unique('tag')

    def create(
        self,
        *tags: str,
        cloud: str = base.MEMBER,
        flavor: str = 'small',
        **attributes: str,
    ) -> _lb.LoadBalancer:
        """Create a load balancer with the tag of this test."""
        return self.create_load_balancer(
            flavor,
            children=False,
            cloud=cloud,
            tags=[self.tag, *tags],
            **attributes,
        )

    def admin_runs(self, line: str, status: int = 0) -> Finished:
        """Run a command with -f json as an administrator."""
        finished = self.run_openstack(
            *line.split(), '-f', 'json', cloud=base.ADMIN
        )
        self.assertEqual(status, finished.status, finished)
        return finished

    def results(self, finished: Finished) -> dict[str, tuple[Any, str]]:
        """Return status and result of each, by its ID."""
        return {
            row['id']: (row['provisioning_status'], row['result'])
            for row in finished.data
        }

    def write(self, statement: str, *values: str) -> None:
        """Change a row of Octavia."""
        database = self.find_sandbox().state.data / 'octavia.db'
        with contextlib.closing(
            sqlite3.connect(database, timeout=_TIMEOUT_SECONDS)
        ) as connection:
            connection.execute(statement, values)
            connection.commit()

    def until_pending(self, *lbs: _lb.LoadBalancer) -> _lb.LoadBalancer:
        """Wait until one of some is PENDING_UPDATE, and return that one."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            for lb in lbs:
                if self.get(lb.id).provisioning_status == 'PENDING_UPDATE':
                    return lb
            time.sleep(0.1)
        raise AssertionError('None is PENDING_UPDATE')


class TestSelection(TestCase):
    def choose(self, options: str) -> openstack_command.Command:
        """Start a dry run for the load balancers of this test."""
        return self.start_openstack(
            *'loadbalancer resize --flavor large --dry-run -f json'.split(),
            *f'--tags {self.tag}{options}'.split(),
            cloud=base.ADMIN,
        )

    def create_zone(self) -> str:
        """Create an availability zone, and return its name."""
        name = self.unique('zone')
        profile = self.admin.load_balancer.create_availability_zone_profile(
            name=name,
            provider_name='amphora',
            availability_zone_data='{"compute_zone": "nova"}',
        )
        self.admin.load_balancer.create_availability_zone(
            name=name, availability_zone_profile_id=profile.id
        )
        return name

    def test_filters(self):
        zone = self.create_zone()
        in_zone = self.create(flavor='large', availability_zone=zone)
        ours, theirs = self.create('x'), self.create(cloud=base.OTHER)
        large = self.create('x', flavor='large')
        started = [
            (self.choose(options), [lb.id for lb in expected])
            for options, expected in (
                (',x', [ours, large]),
                (' --from-flavor small', [ours, theirs]),
                (' --from-flavor small --project other', [theirs]),
                (
                    f' --project {ours.project_id} --provider amphora',
                    [ours, large, in_zone],
                ),
                (f' --availability-zone {zone}', [in_zone]),
                (' --availability-zone nowhere', []),
            )
        ]
        refused = self.choose(' --project nosuch').wait(_TIMEOUT_SECONDS)
        self.assertEqual(
            "No project with the name or ID 'nosuch' found. Nothing was "
            'changed\n',
            refused.stderr,
        )
        for command, expected in started:
            finished = command.wait(_TIMEOUT_SECONDS)
            self.assertEqual(0, finished.status, finished)
            chosen = {row['load_balancer'] for row in finished.data}
            self.assertEqual(set(expected), chosen, command.line)
            count = f'{len(expected) or "No"} load balancer'
            self.assertIn(count, finished.stderr)

    def test_changed_by_others_meanwhile(self):
        lbs = [self.create() for _ in range(4)]
        with self.builds_held(*lbs):
            command = self.start_openstack(
                *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
                *('--tags', self.tag, '--canary', '1', '-f', 'json'),
                cloud=base.ADMIN,
            )
            first = self.until_pending(*lbs)
            command.signal(signal.SIGSTOP)
        deleted, failed_over, last = (lb for lb in lbs if lb is not first)
        self.admin.load_balancer.delete_load_balancer(deleted.id)
        self.wait_until_deleted(deleted.id)
        late = self.create()
        self.wait_for(first.id, 'ACTIVE')
        with self.builds_held(*lbs):
            self.admin.load_balancer.failover_load_balancer(failed_over.id)
            command.signal(signal.SIGCONT)
            self.until_pending(last)
        finished = command.wait(_TIMEOUT_SECONDS)
        self.wait_for(failed_over.id, 'ACTIVE')

        self.assertEqual(1, finished.status, finished)
        self.assertEqual(
            {
                first.id: ('ACTIVE', 'resized'),
                deleted.id: (None, 'failed'),
                failed_over.id: ('PENDING_UPDATE', 'refused'),
                last.id: ('ACTIVE', 'resized'),
            },
            self.results(finished),
        )
        for lb, state in (deleted, 'deleted'), (failed_over, 'refused'):
            self.assertRegex(finished.stderr, rf'{lb.id}\): {state} \(\d')
        self.assertIn('has been deleted meanwhile\n', finished.stderr)
        self.assertIn('\n2 resized, 1 failed, 1 refused\n', finished.stderr)
        left = self.choose(' --from-flavor small').wait(_TIMEOUT_SECONDS)
        self.assertEqual(
            {failed_over.id, late.id},
            {row['load_balancer'] for row in left.data},
        )


class TestInterrupt(TestCase):
    def test_once_on_a_terminal_then_twice(self):
        lbs = [self.create() for _ in range(2)]
        line = (
            *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
            *('--max-in-progress', '1', '-f', 'json'),
            *(lb.name for lb in lbs),
        )
        environment = shared_sandbox.environment(self.find_sandbox())
        with contextlib.ExitStack() as held:
            held.enter_context(self.builds_held(*lbs))
            written, status = terminal.run(
                lambda: os.execve(
                    shared_sandbox.BIN / 'openstack',
                    ['openstack', *line],
                    environment | {'OS_CLOUD': base.MEMBER},
                ),
                columns=200,
                interrupt_at='building',
                call_at=('no more begin', held.close),
            )
        shown = terminal.plain(written)
        self.assertEqual(130, status, shown)
        self.assertIn('no more begin. 1 in progress are waited for', shown)
        self.assertIn('1 resized, 1 not started', shown)
        self.assertIn('Run the same command again', shown)
        self.assertEqual(
            [self.flavors['slow'], self.flavors['small']],
            [self.get(lb.id).flavor_id for lb in lbs],
        )

        show = ('loadbalancer', 'resize', 'show', '-f', 'json', lbs[1].name)
        with self.builds_held(*lbs):
            self.interrupt(
                line, ('building', signal.SIGINT), ('no more', signal.SIGINT)
            )
            record = self.openstack(*show).data['request_id']
            self.interrupt(line, ('building', signal.SIGTERM))
            command = self.start_openstack(*line)
            self.until_shown(command, 'building')
        finished = command.wait(_TIMEOUT_SECONDS)
        self.assertEqual(0, finished.status, finished)
        self.assertEqual(
            [('ACTIVE', 'unchanged'), ('ACTIVE', 'resized')],
            list(self.results(finished).values()),
        )
        self.assertEqual(record, self.openstack(*show).data['request_id'])

    def interrupt(
        self, line: Sequence[str], *signals: tuple[str, int]
    ) -> None:
        """Run a command, and send each signal when a text is shown.

        Of its load balancers the first has the flavor already.
        """
        command = self.start_openstack(*line)
        for text, number in signals:
            self.until_shown(command, text)
            command.signal(number)
        finished = command.wait(_TIMEOUT_SECONDS)
        self.assertEqual(130, finished.status, finished)
        self.assertEqual(
            [('ACTIVE', 'unchanged'), ('PENDING_UPDATE', 'interrupted')],
            list(self.results(finished).values()),
        )

    def until_shown(
        self, command: openstack_command.Command, text: str
    ) -> None:
        """Wait until a command has written a text to stderr, or has ended."""
        while command.runs and text not in command.stderr:
            time.sleep(0.1)


class TestSeveral(TestCase):
    def test_cancel_show_and_list(self):
        ours, theirs = self.create(), self.create(cloud=base.OTHER)
        both = (ours.id, theirs.id)

        def states() -> set[str]:
            response = self.admin.load_balancer.get(
                '/lbaas/resizes', params={'loadbalancer_id': both}
            )
            return {found['state'] for found in response.json()['resizes']}

        with self.builds_held(ours, theirs) as waits:
            self.start_resize(ours, 'slow')
            self.start_resize(theirs, 'slow', cloud=base.OTHER)
            self.wait_until(lambda: all(map(waits, both)))
            cancel = self.start_openstack(
                *('loadbalancer', 'resize', 'cancel', '--wait'),
                *(*both, '-f', 'json'),
                cloud=base.ADMIN,
            )
            self.wait_until(
                lambda: not cancel.runs or states() == {'CANCELLING'}
            )
        self.assertEqual(
            {('ACTIVE', 'cancelled')},
            set(self.results(cancel.wait(_TIMEOUT_SECONDS)).values()),
        )
        shown = self.openstack(
            *('loadbalancer', 'resize', 'show', '-f', 'json', *both),
            cloud=base.ADMIN,
        )
        self.assertEqual(
            ['CANCELLED'] * 2, [row['state'] for row in shown.data]
        )
        for cloud, options, seen in (
            (base.ADMIN, 'CANCELLED --state FAILED', {*both}),
            (base.ADMIN, 'CANCELLED --project other', {theirs.id}),
            (base.MEMBER, 'CANCELLED', {ours.id}),
            (base.OTHER, 'COMPLETED', set()),
        ):
            listed = self.openstack(
                *('loadbalancer', 'resize', 'list', '-f', 'json', '--state'),
                *options.split(),
                cloud=cloud,
            )
            found = {row['loadbalancer_id'] for row in listed.data}
            self.assertEqual(seen, found & {*both}, options)

    def test_rebuild(self):
        old, new, broken = (self.create() for _ in range(3))
        self.start_resize(broken, 'broken')
        self.wait_for(broken.id, 'ERROR')
        self.write(
            'UPDATE amphora SET image_id = ? WHERE load_balancer_id = ?',
            *(_OLD_IMAGE, old.id),
        )
        before = {lb.id: self.amphorae(lb.id) for lb in (old, new, broken)}
        refused = self.run_openstack(
            *('loadbalancer', 'rebuild', '--outdated', '--wait', '-f'),
            *('json', '--tags', self.tag),
        )
        self.assertEqual(1, refused.status, refused)
        self.assertIn('your roles do not allow it (rule ', refused.stderr)
        line = f'loadbalancer rebuild --outdated --tags {self.tag}'
        dry_run = self.admin_runs(f'{line} --dry-run')
        self.assertEqual(
            [[old.id, _OLD_IMAGE, 'outdated']],
            [
                [row['load_balancer'], row['from'], row['result']]
                for row in dry_run.data
                if row['result'] == 'outdated'
            ],
        )
        after = {lb.id: self.amphorae(lb.id) for lb in (old, new, broken)}
        self.assertEqual(before, after)
        rebuilt = self.admin_runs(f'{line} --wait')
        self.assertEqual(
            {
                old.id: ('ACTIVE', 'rebuilt'),
                new.id: ('ACTIVE', 'unchanged'),
                broken.id: ('ACTIVE', 'rebuilt'),
            },
            self.results(rebuilt),
        )
        self.assertEqual(
            {old.id, broken.id},
            {
                lb_id
                for lb_id, amphorae in before.items()
                if self.amphorae(lb_id).keys() != amphorae.keys()
            },
        )
