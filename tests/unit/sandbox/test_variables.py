# SPDX-License-Identifier: Apache-2.0

import testtools

from resize_sandbox import variables
from resize_sandbox.state import StateDirectory


class TestIsolated(testtools.TestCase):
    def test_isolated(self) -> None:
        state = StateDirectory('/state')
        self.assertEqual(
            {
                'PATH': '/bin',
                'HOME': '/state/home',
                'XDG_CACHE_HOME': '/state/home/.cache',
                'TMPDIR': '/state/home/tmp',
            },
            variables.isolated(
                state,
                {
                    'PATH': '/bin',
                    'HOME': '/home/me',
                    'OS_CLOUD': 'mine',
                    'OS_PASSWORD': 'secret',
                    'XDG_CONFIG_HOME': '/home/me/.config',
                },
            ),
        )


class TestExemptLoopback(testtools.TestCase):
    def test_no_proxy_at_all(self) -> None:
        environment = {'PATH': '/bin'}
        self.assertEqual({}, variables.exempt_loopback(environment))
        self.assertEqual({'PATH': '/bin'}, environment)

    def test_adds_to_what_is_exempt(self) -> None:
        environment = {
            'HTTPS_PROXY': 'http://proxy.example:3128',
            'NO_PROXY': 'localhost,.example',
        }
        changed = variables.exempt_loopback(environment)
        self.assertEqual({'no_proxy': 'localhost,.example,127.0.0.1'}, changed)
        self.assertEqual(changed['no_proxy'], environment['no_proxy'])
