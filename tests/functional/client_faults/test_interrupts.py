# SPDX-License-Identifier: Apache-2.0

import signal
import subprocess

from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.client_faults import faults
from tests.functional.client_faults import load_balancer
from tests.functional.client_faults import proxy


class TestCase(load_balancer.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lb = self.create_load_balancer('small', children=False)
        self.label = f'Load balancer {self.lb.name} \\({self.lb.id}\\)'
        self.command = self.resize_command(self.lb, 'slow')

    def assert_how_to_continue(self, finished: base.Finished) -> None:
        self.assert_message(
            f'^Interrupted. {self.label} was PENDING_UPDATE at the last '
            'poll; the resize continues$',
            finished,
        )
        self.assert_message(
            f'^To check: openstack loadbalancer resize show {self.lb.name}$',
            finished,
        )
        self.assert_message(
            '^To cancel: openstack loadbalancer resize cancel '
            f'{self.lb.name}$',
            finished,
        )

    def assert_continues(self) -> None:
        """Run the command again: it waits for the same resize."""
        finished = self.through(*self.command)
        # The latter if it came when that was done
        self.assert_message(
            'is being resized to slow already|already has flavor slow',
            finished,
        )
        self.assert_is(self.lb, 'ACTIVE', 'slow')
        self.assertEqual(1, len(self.proxy.made('PUT', '/resize')))


class TestInterrupt(TestCase):
    def test_while_waiting_in_a_pipe(self):
        with self.builds_held(self.lb):
            process = subprocess.Popen(
                [shared_sandbox.BIN / 'openstack', *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self.addCleanup(process.communicate)
            self.addCleanup(process.kill)
            polls = f'/loadbalancers/{self.lb.id}'
            # With the second one the client has the answer to the first.
            self.wait_until(lambda: len(self.proxy.made('GET', polls)) > 1)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=120)
        finished = self.check(
            base.Finished(process.returncode, stdout, stderr), 130
        )
        self.assert_how_to_continue(finished)
        self.assertEqual('interrupted', self.row(finished)['result'])
        self.assert_continues()

    def test_before_any_request(self):
        self.proxy.plan_nth(faults.SILENT, 'GET', '/flavors')
        command = self.start(*self.command)
        self.wait_until(lambda: self.proxy.made('GET', '/flavors'))
        command.signal(signal.SIGINT)
        finished = self.end(command, 130)
        self.assertEqual('', finished.stdout)
        self.assertEqual('Interrupted. Nothing was changed\n', finished.stderr)
        self.assert_is(self.lb, 'ACTIVE', 'small')

    def test_while_sending(self):
        self.proxy.plan_nth(faults.SILENT, 'PUT', '/resize')
        command = self.start(*self.command)
        self.wait_until(lambda: self.proxy.made('PUT', '/resize', status=202))
        command.signal(signal.SIGINT)
        finished = self.end(command, 130)
        self.assert_message(
            '^Interrupted. What was accepted continues. Run the same command '
            'again: it resizes only what is not being resized yet$',
            finished,
        )
        self.assertEqual('unknown', self.row(finished)['result'])
        self.assert_continues()

    def test_cancel(self):
        cancel = (
            *('loadbalancer', 'resize', 'cancel', '--wait', '-f', 'json'),
            self.lb.name,
        )
        with self.resize_held(self.lb, 'slow'):
            command = self.start(*cancel)
            self.wait_until(lambda: self.lb.name in command.stderr)
            command.signal(signal.SIGINT)
            finished = self.end(command, 130)
        self.assert_message(
            f'^Interrupted. {self.label} was PENDING_UPDATE at the last '
            'poll; the cancel continues$',
            finished,
        )
        finished = self.through(*cancel)
        self.assert_message(
            'is being cancelled already|is cancelled', finished
        )
        self.assert_is(self.lb, 'ACTIVE', 'small')
        self.assertEqual(1, len(self.proxy.made('DELETE', '/', status=202)))


class TestTakenUpAgain(TestCase):
    def test_killed_while_it_requests(self):
        self.proxy.plan_nth(faults.SILENT, 'PUT', '/resize')
        command = self.start(*self.command)
        self.wait_until(lambda: self.proxy.made('PUT', '/resize', status=202))
        command.signal(signal.SIGKILL)
        self.end(command, -signal.SIGKILL)
        self.assert_continues()

    def test_token_revoked(self):
        # The services believe for some minutes what they know of a token:
        # they get one which they don't know yet, and Keystone no more.
        tenant = identity.connect(shared_sandbox.shared().state, base.MEMBER)
        revoked = tenant.session.get_token()
        self.admin.identity.delete(
            '/auth/tokens', headers={'X-Subject-Token': revoked}
        )
        first: list[str | None] = []

        def choose(request: proxy.Request) -> proxy.Fault | None:
            if request.method == 'PUT':
                first.append(request.token)
            elif request.token in first:
                return proxy.Fault(forwarded=True, token=revoked)
            return None

        self.proxy.plan(choose)
        finished = self.through(*self.command)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertEqual(2, len(self.proxy.made('POST', '/auth/tokens')))
        self.assertEqual(1, len(self.proxy.made('GET', '/', status=401)))
        self.assertEqual(1, len(self.proxy.made('PUT', '/resize')))
