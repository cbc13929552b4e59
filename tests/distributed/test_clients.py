# SPDX-License-Identifier: Apache-2.0

"""Clients that wait while what they wait for is restarted, or killed."""

import configparser
import signal
import time

from tests.distributed import base
from tests.functional import openstack_command

#: Longer than any request takes
_TOKEN_SECONDS = 20
#: How long a command may take.
_END_SECONDS = 120


class TestCase(base.TestCase):
    jobboard = None

    def setUp(self) -> None:
        super().setUp()
        self.lb = self.create_load_balancer('ha-small')
        self.before = self.everything(self.lb.id)

    def resize(self) -> openstack_command.Command:
        """Start the command that waits for a resize."""
        return self.start_openstack(
            'loadbalancer',
            'resize',
            '--wait',
            '--flavor',
            base.HA_SLOW,
            self.lb.name,
        )

    def assert_resized(self, command: openstack_command.Command) -> None:
        finished = command.wait(_END_SECONDS)
        self.assertEqual(0, finished.status, finished)
        self.assertIn('resized', finished.stdout)
        self.assert_unchanged(self.before, base.HA_SLOW)


class TestApi(TestCase):
    def test_restarted_during_a_wait(self) -> None:
        """The client continues when the API is back."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.boots_held():
                command = self.resize()
                self.until_mid_flow(self.lb.id)
                self.stop('octavia', number=number)
                self.start('octavia')

            self.assert_resized(command)
            self.heal(self.before, 'ha-small')


class TestToken(TestCase):
    def test_shorter_than_the_wait(self) -> None:
        """The client gets another one and continues."""
        self._let_tokens_expire()
        with self.boots_held():
            command = self.resize()
            self.until_mid_flow(self.lb.id)
            # Longer than the command's token is valid
            time.sleep(_TOKEN_SECONDS + 1)
        self.assert_resized(command)
        log = self.sandbox.log_file('keystone').read_bytes()[self.offset :]
        self.assertNotIn(b'Traceback', log)

    def _let_tokens_expire(self) -> None:
        path = self.sandbox.state.config_file('keystone')
        original = path.read_text()
        config = configparser.RawConfigParser()
        config.read_string(original)
        config.add_section('token')
        config.set('token', 'expiration', str(_TOKEN_SECONDS))
        config.set('token', 'allow_expired_window', '0')

        def restart(*names: str) -> None:
            self.sandbox.stop_services(*names)
            self.start(*names)

        # Octavia itself has a token that expires, too.
        self.addCleanup(restart, 'keystone', 'octavia')
        self.addCleanup(path.write_text, original)
        with path.open('w') as file:
            config.write(file)
        restart('keystone')
        self.offset = self.sandbox.log_file('keystone').stat().st_size


class TestKilledClient(TestCase):
    def test_wait_taken_up_again(self) -> None:
        """The same command again waits for the resize that runs."""
        with self.boots_held():
            command = self.resize()
            self.until_mid_flow(self.lb.id)
            created = self.resize_state(self.lb.id)['created_at']
            command.signal(signal.SIGKILL)
            command.wait(_END_SECONDS)

            again = self.resize()
            self.until(
                'the same resize',
                lambda: not again.runs or ' already' in again.stderr,
            )

        self.assert_resized(again)
        self.assertEqual(created, self.resize_state(self.lb.id)['created_at'])
