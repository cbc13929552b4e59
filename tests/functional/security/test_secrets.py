# SPDX-License-Identifier: Apache-2.0

"""Passwords, keys and tokens: not in logs, command lines or open files."""

from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.security import secrets

_SERVICES = ('keystone', 'octavia', 'magnum')
_ADMIN_PASSWORD = 'password of sandbox-admin'


class TestSecrets(base.TestCase):
    def test_secrets(self):
        sandbox = shared_sandbox.own('secrets')
        self.addCleanup(shared_sandbox.discard, sandbox)
        shared_sandbox.command('up', sandbox)
        known = secrets.of(sandbox)
        self.assertIn(_ADMIN_PASSWORD, known)
        secrets.configure_debug_level(sandbox, _SERVICES)
        sandbox.stop_services(*_SERVICES)
        sandbox.start_services(*_SERVICES)

        member = identity.connect(sandbox.state, base.MEMBER)
        known['token'] = member.session.get_token()
        member.load_balancer.get('/lbaas/loadbalancers').raise_for_status()
        resized = self.openstack(
            *('loadbalancer', 'resize', '--wait', '--flavor', 'large', 'web'),
            stderr=['^To undo: '],
            sandbox=sandbox,
        )
        self.assertIn('resized', resized.stdout)
        for name in ('dev', 'prod'):
            cluster = self.openstack(
                *('coe', 'cluster', 'resize', '--wait', name, '3'),
                stderr=['^To undo: '],
                sandbox=sandbox,
            )
            self.assertIn('resized', cluster.stdout)

        for service in _SERVICES:
            log = sandbox.log_file(service).read_text()
            self.assertIn(' DEBUG ', log, service)
        self.assertEqual([], secrets.in_logs(sandbox, known))
        self.assertEqual([], secrets.in_process_list(sandbox, known))
        # What bootstraps Keystone takes it from there.
        self.assertEqual(
            {(_ADMIN_PASSWORD, 'resize_sandbox.keystone')},
            {
                (name, command.split('\0')[2])
                for name, command in secrets.in_environments(sandbox, known)
            },
        )
        self.assertEqual([], secrets.open_files(sandbox))

    def test_debug_of_the_commands(self):
        sandbox = shared_sandbox.shared()
        known = secrets.of(sandbox)
        for arguments in (
            ('loadbalancer', 'resize', '--flavor', 'small', 'nowhere'),
            ('loadbalancer', 'resize', 'cancel', 'nowhere'),
            ('coe', 'cluster', 'resize', 'nowhere', '3'),
        ):
            finished = self.run_openstack('--debug', *arguments)
            self.assertEqual(1, finished.status, finished)
            self.assertIn('X-Auth-Token', finished.stderr)
            self.assertEqual(
                [],
                secrets.found_in(
                    (finished.stdout + finished.stderr).encode(), known
                ),
            )
            # Tokens of Keystone begin so.
            self.assertNotIn('gAAAA', finished.stderr)
