# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import fixtures
import testtools
import yaml

from resize_sandbox import clouds
from resize_sandbox.state import StateDirectory


class TestRender(testtools.TestCase):
    def test_clouds(self) -> None:
        directory = self.useFixture(fixtures.TempDir()).path
        state = StateDirectory(Path(directory))
        content = yaml.safe_load(clouds.render(state, 'http://x/v3'))
        self.assertEqual(
            [
                'sandbox-admin',
                'sandbox-member',
                'sandbox-reader',
                'sandbox-other',
            ],
            list(content['clouds']),
        )
        self.assertEqual(
            {
                'auth': {
                    'auth_url': 'http://x/v3',
                    'username': 'sandbox-member',
                    'password': state.secret('password of sandbox-member'),
                    'project_name': 'sandbox',
                    'user_domain_name': 'Default',
                    'project_domain_name': 'Default',
                },
                'region_name': 'RegionOne',
                'identity_api_version': 3,
            },
            content['clouds']['sandbox-member'],
        )
        passwords = {
            cloud['auth']['password'] for cloud in content['clouds'].values()
        }
        self.assertEqual(4, len(passwords))
