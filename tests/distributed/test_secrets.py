# SPDX-License-Identifier: Apache-2.0

"""Passwords and keys of what runs in several processes."""

import signal

from tests.distributed import base
from tests.functional.security import secrets

_LOGGING = ('octavia', 'octavia-worker', *base.WORKERS)


class TestSecrets(base.TestCase):
    #: Whose server has a password, too
    jobboard = True

    def test_not_in_logs_and_command_lines(self) -> None:
        known = secrets.of(self.sandbox)
        self.assertIn('mariadb password of octavia', known)
        self.assertIn('rabbitmq password', known)
        path = self.sandbox.state.config_file('octavia')
        original = path.read_text()
        self.addCleanup(self._restart)
        self.addCleanup(path.write_text, original)
        secrets.configure_debug_level(self.sandbox, ['octavia'])
        self._restart()
        known['token'] = self.member.session.get_token()

        lb = self.create_load_balancer('small')
        self.start_resize(lb, 'large')
        self.wait_for(lb.id, 'ACTIVE')
        # What is logged of servers that do not answer.
        for name in ('rabbitmq', 'mariadb', 'redis'):
            self.stop(name, number=signal.SIGKILL)
            self.request_resize(lb.id, 'small')
            self.start(name)
        self.until('an answer', lambda: self.get(lb.id))
        self.until_ended(lb.id)

        for name in _LOGGING:
            log = self.sandbox.log_file(name).read_text(errors='replace')
            self.assertIn(' DEBUG ', log, name)
        self.assertEqual([], secrets.in_logs(self.sandbox, known))
        self.assertEqual([], secrets.in_process_list(self.sandbox, known))

    def test_not_in_environments(self) -> None:
        self.assertEqual(
            {('password of sandbox-admin', 'resize_sandbox.keystone')},
            {
                (name, command.split('\0')[2])
                for name, command in secrets.in_environments(
                    self.sandbox, secrets.of(self.sandbox)
                )
            },
        )

    def test_files_of_their_owner_only(self) -> None:
        self.assertEqual([], secrets.open_files(self.sandbox))

    def _restart(self) -> None:
        self.sandbox.stop_services(*_LOGGING)
        self.start(*_LOGGING)
