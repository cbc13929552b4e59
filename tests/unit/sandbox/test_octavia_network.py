# SPDX-License-Identifier: Apache-2.0
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
