# SPDX-License-Identifier: Apache-2.0

import re
import signal
from typing import Any

from tests.functional import shared_sandbox
from tests.functional.client_faults import base
from tests.functional.client_faults import faults
from tests.functional.client_faults import proxy
from tests.functional.osc import test_cluster

_MASTER = 'default-master'


class TestCase(base.TestCase, test_cluster.TestCase):
    """A test with one of the seeded clusters to itself."""

    def command(self, node_count: int) -> tuple[str, ...]:
        """Return the command that resizes the control plane."""
        return (
            *('coe', 'cluster', 'resize', '--nodegroup', _MASTER, '--wait'),
            *('-f', 'json', 'dev', str(node_count)),
        )

    def assert_message(self, expression: str, finished: Any) -> None:
        """Check that a line on stderr matches."""
        self.assertIsNotNone(
            re.search(expression, finished.stderr, re.MULTILINE), finished
        )

    def assert_has(self, node_count: int) -> None:
        """Check how many nodes the control plane has."""
        nodegroup = self.nodegroup('dev', _MASTER)
        self.assertEqual(node_count, nodegroup['node_count'])
        self.assertTrue(nodegroup['status'].endswith('_COMPLETE'), nodegroup)

    def posts(self, status: int | None = None) -> int:
        """Return how many requests to resize there were."""
        return len(self.proxy.made('POST', '/actions/resize', status))

    def plan_polls(self, fault: proxy.Fault) -> None:
        """Make a fault of the first three polls of a wait.

        And of the request for Keystone's versions.
        """
        path = f'/clusters/{self.uuid}'
        polls = 0

        def choose(request: proxy.Request) -> proxy.Fault | None:
            nonlocal polls
            if request.method != 'GET':
                return None
            if request.path.endswith('/v3'):
                return fault
            # Once the cluster, once its nodegroup
            if path not in request.path or request.path.endswith(_MASTER):
                return None
            polls += 1
            return fault if polls in (1, 3) else None

        self.proxy.plan(choose)

    def setUp(self) -> None:
        super().setUp()
        turn = shared_sandbox.turn('cluster-dev')
        turn.__enter__()
        self.addCleanup(turn.__exit__, None, None, None)
        self.uuid = self.cluster('dev')['uuid']
        self.before = self.nodegroup('dev', _MASTER)['node_count']
        if self.before not in (1, 3):
            self.resize('dev', _MASTER, 1)
            self.before = 1
        # What a test leaves is where the next one begins.
        self.target = 4 - self.before
        self.has_before = {1: '1 node', 3: '3 nodes'}[self.before]
        self.has_target = {1: '1 node', 3: '3 nodes'}[self.target]


class TestResize(TestCase):
    """Each request of a resize fails in turn."""

    def _fail_before(self, fault: proxy.Fault) -> None:
        before = self.state('dev')
        for path in ('/clusters/dev', f'/nodegroups/{_MASTER}'):
            self.proxy.plan_nth(fault, 'GET', path)
            finished = self.through(*self.command(self.target), status=1)
            self.assertEqual('', finished.stdout)
            self.assert_message(
                '^Failed to get cluster dev: .+. Nothing was changed; '
                'run the same command again',
                finished,
            )
        self.assertEqual(0, self.posts())
        self.assertEqual(before, self.state('dev'))

    def _fail_all_in_turn(self, fault: proxy.Fault) -> None:
        self._fail_before(fault)

        before = self.state('dev')
        self.proxy.plan_nth(fault, 'POST', '/actions/resize', 1)
        finished = self.through(*self.command(self.target), status=1)
        self.assertEqual('', finished.stdout)
        self.assert_message(
            f'^Cluster dev \\({self.uuid}\\) was not resized: .+ '
            f'Nodegroup {_MASTER} still has {self.has_before} and is '
            '[A-Z]+_COMPLETE. Run the same command again: it resizes only '
            'what is not being resized yet$',
            finished,
        )
        self.assertEqual(before, self.state('dev'))

        self.plan_polls(fault)
        finished = self.through(*self.command(self.target))
        self.assertEqual('resized', finished.data['result'])
        self.assert_has(self.target)
        self.assertEqual(2, self.posts())
        self.assertEqual(1, self.posts(status=202))

    def _lose_answer(self, fault: proxy.Fault) -> None:
        self._fail_before(fault)

        self.proxy.plan_nth(fault, 'POST', '/actions/resize', 1)
        finished = self.through(*self.command(self.target))
        self.assertEqual('resized', finished.data['result'])
        self.assert_has(self.target)
        self.assertEqual(1, self.posts())

    def test_unavailable(self):
        self._fail_all_in_turn(faults.UNAVAILABLE)

    def test_cut(self):
        self._fail_all_in_turn(faults.CUT)

    def test_answer_lost(self):
        self._lose_answer(faults.ANSWER_LOST)

    def test_never_requested_twice(self):
        self.proxy.plan_nth(faults.ANSWER_LOST, 'POST', '/actions/resize')
        finished = self.through(
            *self.command(self.target), cloud=base.STUBBORN
        )
        self.assertEqual('resized', finished.data['result'])
        self.assertEqual(1, self.posts())
        self.assert_has(self.target)

    def test_truncated(self):
        self._lose_answer(faults.TRUNCATED)

    def test_slow_and_token_expires_at_each_request(self):
        seen = set()

        def choose(request: proxy.Request) -> proxy.Fault | None:
            place = (request.method, request.path)
            if request.token is None or place in seen:
                return faults.SLOW
            seen.add(place)
            return faults.EXPIRED_TOKEN

        self.proxy.plan(choose)
        finished = self.through(*self.command(self.target))
        self.assertEqual('resized', finished.data['result'])
        self.assertEqual(1, self.posts(status=202))
        self.assert_has(self.target)


class TestStale(TestCase):
    """What Magnum shows of an earlier operation isn't believed."""

    # Magnum answers before its conductor has begun.
    _LATE = proxy.Fault(
        response=proxy.Response(
            202,
            {'Content-Type': 'application/json'},
            b'{"uuid": "00000000-1111-4222-8333-444444444444"}',
        ),
        forwarded_after=3.0,
    )

    def _resize_late(self) -> None:
        for status, node_count in (
            ('UPDATE_FAILED', self.target),
            ('UPDATE_COMPLETE', self.before),
        ):
            self.assertEqual(status, self.cluster('dev')['status'])
            self.proxy.plan_nth(self._LATE, 'POST', '/actions/resize')
            finished = self.through(*self.command(node_count))
            self.assertEqual('resized', finished.data['result'])
            self.assert_has(node_count)
            self.assertEqual(1, self.posts(status=202))
            self.proxy.forget()

    def test_late(self):
        # More nodes than its quota allows, which it finds out later
        finished = self.through(*self.command(11), status=1)
        self.assert_message('Quota exceeded: 11 nodes requested', finished)
        self.assert_message(
            f'To check: openstack coe nodegroup show dev {_MASTER}$', finished
        )
        self.assertEqual('failed', finished.data['result'])
        self.proxy.forget()
        self._resize_late()


class TestInterrupt(TestCase):
    """A wait that ends early continues without a second resize."""

    def test_interrupt(self):
        command = self.start(*self.command(self.target))
        self.wait_until(lambda: 'UPDATE_IN_PROGRESS' in command.stderr)
        command.signal(signal.SIGINT)
        finished = self.end(command, 130)
        self.assert_message(
            f'^Interrupted. .* {self.has_target}.* at the last poll; the '
            'resize',
            finished,
        )
        self.assertEqual('interrupted', finished.data['result'])
        self.through(*self.command(self.target))
        self.assert_has(self.target)
        self.assertEqual(1, self.posts())

    def test_interrupt_while_sending(self):
        self.proxy.plan_nth(faults.SILENT, 'POST', '/actions/resize')
        command = self.start(*self.command(self.target))
        self.wait_until(lambda: self.posts(status=202))
        command.signal(signal.SIGINT)
        finished = self.end(command, 130)
        self.assert_message(
            f'^Interrupted while sending .* {self.has_before} before. ',
            finished,
        )
        self.wait_until(
            lambda: self.nodegroup('dev', _MASTER)['node_count'] == self.target
        )
        self.through(*self.command(self.target))
        self.assert_has(self.target)
        self.assertEqual(1, self.posts())


class TestNeverTakenUp(TestCase):
    """A request that Magnum's conductor loses, or has not begun with."""

    def test_lost(self):
        before = self.state('dev')
        self.proxy.plan_nth(
            proxy.Fault(
                response=proxy.Response(
                    202,
                    {'Content-Type': 'application/json'},
                    b'{"uuid": "00000000-1111-4222-8333-444444444444"}',
                )
            ),
            'POST',
            '/actions/resize',
        )
        finished = self.through(
            *self.command(self.target), '--timeout', '3', status=124
        )
        self.assert_message(
            '^Magnum accepted the request, and its conductor has not begun .* '
            f'{self.has_before}.* at the last poll; the resize may begin '
            'later$',
            finished,
        )
        self.assertEqual('timed out', finished.data['result'])
        self.assertEqual(before, self.state('dev'))
