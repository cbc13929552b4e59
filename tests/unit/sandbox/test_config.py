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
from oslo_config import cfg
import testtools

from resize_sandbox import config


class TestRender(testtools.TestCase):
    def test_text(self) -> None:
        self.assertEqual(
            '[a]\nname = text\nnumber = 3\nflag = True\n\n'
            '[b]\npath = /tmp/x\nlist = one,two\n',
            config.render(
                {
                    'a': {'name': 'text', 'number': 3, 'flag': True},
                    'b': {'path': Path('/tmp/x'), 'list': ('one', 'two')},
                }
            ),
        )

    def test_oslo_config_reads_it_back(self) -> None:
        values = {'plain': 'a', 'dollar': 'a$plain${b}', 'equals': 'x=y#z'}
        file = Path(self.useFixture(fixtures.TempDir()).path) / 'conf'
        file.write_text(config.render({'group': values}))
        conf = cfg.ConfigOpts()
        conf.register_opts([cfg.StrOpt(name) for name in values], 'group')
        conf([], default_config_files=[str(file)], default_config_dirs=[])
        self.assertEqual(
            values, {name: conf['group'][name] for name in values}
        )
