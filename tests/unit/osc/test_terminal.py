# SPDX-License-Identifier: Apache-2.0

import sys

import fixtures
from openstackclient import shell
import testtools

from resize_client.osc import output
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.load_balancers import WEB_LABEL
from tests.unit.osc import base
from tests.unit.osc import terminal
from tests.unit.sdk import cloud


class TestOnATerminal(base.TestCase):
    """The real command in a process of its own, with time that passes."""

    real_time = True

    def setUp(self) -> None:
        super().setUp()
        # The terminal's own width counts.
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS'))
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB)
        self.cloud.resize(WEB)

    def _resize(self, *options: str, **kwargs):
        line = ['loadbalancer', 'resize', '--flavor', 'large', '--wait']
        return terminal.run(
            lambda: shell.main([*line, *options, 'web']), **kwargs
        )

    def test_live_progress(self) -> None:
        self.cloud.states(PENDING, PENDING, RESIZED)
        self.cloud.latest_resize(
            WEB,
            {'phase': 'building', 'amphorae_built': 1, 'amphorae_to_build': 2},
        )
        written, status = self._resize()
        self.assertEqual(0, status)
        text = terminal.plain(written)
        self.assertRegex(
            text,
            r'\S? ?Load balancer web .* building amphorae 1 of 2 0:\d\d:\d\d',
        )
        # One line is drawn over and over, and then taken away.
        self.assertIn('\x1b[2K', written)
        self.assertIn('To undo: openstack loadbalancer resize', text)
        self.assertIn('| resized', text)

    def test_renamed_meanwhile(self) -> None:
        renamed = {'name': 'site'}
        self.cloud.states(
            PENDING, {**PENDING, **renamed}, {**RESIZED, **renamed}
        )
        written, status = self._resize('-f', 'value', '-c', 'result')
        self.assertEqual(0, status, written)
        self.assertIn('resized', written)

    def test_interrupt(self) -> None:
        self.cloud.states(PENDING)
        written, status = self._resize(interrupt_at='PENDING_UPDATE')
        self.assertEqual(130, status, written)
        text = terminal.plain(written)
        self.assertIn(
            f'Interrupted. {WEB_LABEL} was PENDING_UPDATE at the last '
            'poll; the resize continues',
            ' '.join(text.split()),
        )
        # The message is broken between words.
        self.assertIn('the resize\n', text)
        self.assertIn(
            'To cancel: openstack loadbalancer resize cancel web', text
        )
        self.assertIn('interrupted', text)
        self.assertNotIn('Traceback', text)
        # The cursor is shown again.
        self.assertGreater(
            written.rfind('\x1b[?25h'), written.rfind('\x1b[?25l')
        )

    def test_refusal(self) -> None:
        self.cloud.requests.get(cloud.FLAVORS_URL, status_code=503)
        written, status = self._resize(columns=44)
        self.assertEqual(1, status)
        self.assertEqual(
            [
                'Failed to get the flavors: the service',
                'answered 503. Nothing was changed; run the',
                'same command again',
            ],
            written.splitlines(),
        )

    def test_narrow_window(self) -> None:
        self.cloud.states(PENDING, PENDING, RESIZED)
        written, status = self._resize('-f', 'value', columns=44)
        self.assertEqual(0, status)
        lines = [
            line
            for line in terminal.plain(written).splitlines()
            if 'PENDING' in line
        ]
        self.assertTrue(lines)
        for line in lines:
            self.assertLessEqual(len(line), 44)
            self.assertRegex(line, r'… PENDING_UPDATE 0:\d\d:\d\d')

    def test_dumb_terminal(self) -> None:
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'dumb'))
        self.cloud.states(PENDING, RESIZED)
        written, status = self._resize()
        self.assertEqual(0, status)
        self.assertIn(f'{WEB_LABEL}: PENDING_UPDATE (', written)
        self.assertNotIn('\x1b', written)


class TestMany(testtools.TestCase):
    def test_those_in_progress_are_shown(self) -> None:
        subjects = [f'lb-{number}.' for number in range(60)]

        def child() -> int:
            with output.progress(sys.stderr, subjects) as display:
                for subject in subjects[:40]:
                    display.update(subject, 'PENDING_UPDATE')
                display.finish('lb-3.', 'ACTIVE')
                display.finish('lb-4.', 'ERROR')
                display.show('No more [begin]')
            return 0

        written, status = terminal.run(child)
        self.assertEqual(0, status)
        text = terminal.plain(written)
        self.assertRegex(
            text,
            r'2 of 60 ended, \d+\.\d/min, \d:\d\d:\d\d left '
            r' *1 ACTIVE, 1 ERROR ',
        )
        self.assertIn('\nNo more [begin]\n', text)
        self.assertIn('lb-5. ', text)
        # The terminal has 24 lines.
        self.assertNotIn('lb-24.', text)


class TestFew(testtools.TestCase):
    def test_clock_starts_at_the_begin(self) -> None:
        def child() -> int:
            with output.progress(sys.stderr, ['web', 'shop']) as display:
                display.update('web', 'PENDING_UPDATE')
            return 0

        text = terminal.plain(terminal.run(child)[0])
        self.assertRegex(text, r'web +PENDING_UPDATE 0:\d\d:\d\d')
        self.assertRegex(text, r'shop +-:--:--')


class TestBrackets(testtools.TestCase):
    def test_names_are_no_markup(self) -> None:
        def child() -> int:
            with output.progress(sys.stderr, ['[red]web[/red]']) as display:
                display.update('[red]web[/red]', '[bold]ACTIVE')
            return 0

        text, _ = terminal.run(child)
        self.assertIn('[red]web[/red]', text)
        self.assertIn('[bold]ACTIVE', text)
