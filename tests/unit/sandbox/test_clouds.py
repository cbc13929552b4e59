# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

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
