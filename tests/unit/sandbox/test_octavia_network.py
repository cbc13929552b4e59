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
from oslo_config import cfg
import testtools

from resize_sandbox.octavia import network
from resize_sandbox.octavia import options


class TestCreateEngine(testtools.TestCase):
    def test_no_file_is_named(self) -> None:
        options.register(cfg.CONF)
        # The fixture of oslo.config would forget the files of other tests.
        cfg.CONF.set_override('cloud_database', None, group=options.GROUP)
        self.addCleanup(
            cfg.CONF.clear_override, 'cloud_database', group=options.GROUP
        )
        error = self.assertRaises(cfg.RequiredOptError, network.create_engine)
        self.assertEqual(
            'value required for option cloud_database in group '
            '[resize_sandbox]',
            str(error),
        )
