# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import fixtures
from oslo_config import cfg
import testtools

from resize_sandbox import config


class TestRender(testtools.TestCase):
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
