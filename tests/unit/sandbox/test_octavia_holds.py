# SPDX-License-Identifier: Apache-2.0

import threading
import time
from unittest import mock

import fixtures
from oslo_config import cfg
import testtools

from resize_sandbox import state
from resize_sandbox.octavia import holds
from resize_sandbox.octavia import options
from resize_sandbox.state import Step


class TestHolds(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.state = state.StateDirectory(
            self.useFixture(fixtures.TempDir()).path
        )
        self.state.create()
        options.register(cfg.CONF)
        # The fixture of oslo.config would forget the files of other tests.
        cfg.CONF.set_override(
            'holds', str(self.state.holds), group=options.GROUP
        )
        self.addCleanup(cfg.CONF.clear_override, 'holds', group=options.GROUP)

    def test_waits_until_released(self) -> None:
        passed = []

        def build() -> None:
            holds.pass_step(Step.BUILD, 'amphora-1')
            passed.append('amphora-1')

        thread = threading.Thread(target=build)
        with self.state.hold(Step.BUILD) as waiting:
            self.assertEqual([], waiting())
            thread.start()
            while not waiting():
                time.sleep(0.01)
            self.assertEqual(['amphora-1'], waiting())
            self.assertEqual([], passed)
        thread.join()
        self.assertEqual(['amphora-1'], passed)
        with self.state.hold(Step.BUILD) as waiting:
            self.assertEqual([], waiting())

    def test_other_load_balancers_are_free(self) -> None:
        of_web, of_shop = threading.Event(), threading.Event()
        ids = {'amphora-1': 'web', 'amphora-2': 'shop', 'amphora-3': ''}

        def build(name: str, built: threading.Event) -> None:
            holds.pass_step(Step.BUILD, name)
            built.set()

        with (
            mock.patch.object(
                holds,
                '_find_load_balancer',
                autospec=True,
                side_effect=ids.get,
            ),
            self.state.hold(Step.BUILD, 'web', 'app') as waiting,
        ):
            thread = threading.Thread(target=build, args=('amphora-1', of_web))
            thread.start()
            build('amphora-2', of_shop)
            build('amphora-3', of_shop)
            while not waiting():
                time.sleep(0.01)
            self.assertEqual(['amphora-1'], waiting())
            self.assertFalse(of_web.is_set())
        thread.join()
        self.assertTrue(of_web.is_set())

    def test_other_steps_are_free(self) -> None:
        with self.state.hold(Step.BOOT):
            holds.pass_step(Step.BUILD, 'amphora-1')
            self.assertTrue(holds.is_held(Step.BOOT))
            self.assertFalse(holds.is_held(Step.BUILD))
        self.assertFalse(holds.is_held(Step.BOOT))
