# SPDX-License-Identifier: Apache-2.0

import argparse
import datetime

import testtools

from resize_client.osc import rollout_options


class TestTime(testtools.TestCase):
    def test_until(self) -> None:
        now = datetime.datetime.now().astimezone()
        for text in ('00:00', '23:59', f'{now:%H:%M}'):
            until = rollout_options._time(text)
            self.assertEqual(text, f'{until:%H:%M}')
            self.assertTrue(
                0 < (until - now).total_seconds() <= 25 * 3600, text
            )
        self.assertRaises(
            argparse.ArgumentTypeError, rollout_options._time, '4 h'
        )
