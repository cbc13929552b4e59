# SPDX-License-Identifier: Apache-2.0

"""Certificates are verified, always."""

from pathlib import Path
import re
import ssl

import fixtures
import trustme

from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.client_faults import proxy

_ROOT = Path(__file__).parents[3]
_PACKAGES = (
    'octavia_resize',
    'resize_client',
    'resize_heat',
    'resize_sandbox',
    'resize_tempest_plugin',
)

# What turns verification off, in requests, urllib3, ssl, keystoneauth,
# openstacksdk, oslo and on command lines.
_NOT_VERIFIED = re.compile(
    r'verify\s*=\s*(False|None)|insecure|CERT_NONE|check_hostname\s*=\s*False'
    r'|_create_unverified_context|disable_warnings|verify_ca|ssl_verify',
    re.IGNORECASE,
)

# A command that is printed to be typed next repeats what the user has chosen.
_REPEATED = (
    "if getattr(self.app.options, 'insecure', None):",
    "chosen.append('--insecure')",
)

_COMMANDS = (
    ('loadbalancer', 'resize', '--flavor', 'small', '--dry-run', 'web'),
    ('loadbalancer', 'resize', 'cancel', 'web'),
    ('coe', 'cluster', 'resize', '--dry-run', 'dev', '2'),
)
_SERVICES = {'loadbalancer': 'octavia', 'coe': 'magnum'}


class TestSource(base.TestCase):
    def test_nothing_turns_it_off(self):
        found = []
        for package in _PACKAGES:
            files = list((_ROOT / package).rglob('*.py'))
            self.assertNotEqual([], files)
            for path in files:
                found += [
                    f'{path.relative_to(_ROOT)}:{number}: {line}'
                    for number, line in enumerate(
                        path.read_text().splitlines(), 1
                    )
                    if _NOT_VERIFIED.search(line)
                    and line.strip() not in _REPEATED
                ]
        self.assertEqual([], found)


class TestUnknownAuthority(base.TestCase):
    """Services with a certificate of an authority that nobody knows."""

    def setUp(self) -> None:
        super().setUp()
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        self.clouds = directory / 'clouds.yaml'
        self.authority_certificate = directory / 'authority.pem'
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.authority_certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert('127.0.0.1').configure_cert(self.context)

    def serve(self, *services: str) -> None:
        """Have some services answer with TLS, and the others without."""
        sandbox = shared_sandbox.shared()
        served = self.useFixture(
            proxy.FaultyProxy(
                {
                    service.name: service.url
                    for service in sandbox.status()
                    if service.url is not None
                },
                dict.fromkeys(services, self.context),
            )
        )
        self.proxy = served
        self.clouds.write_bytes(
            served.rewrite(sandbox.state.clouds_yaml.read_bytes())
        )

    def run_on_it(self, *arguments: str) -> base.Finished:
        self.proxy.forget()
        return self.run_openstack(
            *arguments, environment={'OS_CLIENT_CONFIG_FILE': str(self.clouds)}
        )

    def test_service(self):
        self.serve('octavia', 'magnum')
        for arguments in _COMMANDS:
            service = _SERVICES[arguments[0]]
            finished = self.run_on_it(*arguments)
            self.assertEqual((1, ''), (finished.status, finished.stdout))
            (line,) = finished.stderr.splitlines()
            self.assertRegex(
                line,
                '^the connection to https://127.0.0.1:[0-9]+ failed: '
                'unable to get local issuer certificate; if it is to be '
                'trusted, name the '
                'file with the certificate of its authority with '
                '--os-cacert. Nothing was changed$',
            )
            # Not a byte of it has reached the service.
            self.assertNotIn(service, {r.service for r in self.proxy.requests})
            self.assert_works(service, *arguments)

    def test_keystone(self):
        self.serve('keystone')
        for arguments in _COMMANDS:
            finished = self.run_on_it(*arguments)
            self.assertEqual((1, ''), (finished.status, finished.stdout))
            # What logs in for all openstack commands says the rest.
            self.assertNotIn('Traceback', finished.stderr)
            self.assertIn(
                'unable to get local issuer certificate', finished.stderr
            )
            self.assertEqual([], self.proxy.requests)
            self.assert_works('keystone', *arguments)

    def assert_works(self, service: str, *arguments: str) -> None:
        """Check that it is accepted once its authority is named."""
        finished = self.run_on_it(
            '--os-cacert', str(self.authority_certificate), *arguments
        )
        self.assertNotIn('certificate', finished.stderr)
        # There is nothing to do, or to cancel.
        self.assertEqual(
            1 if 'cancel' in arguments else 0, finished.status, finished
        )
        self.assertIn(service, {r.service for r in self.proxy.requests})
