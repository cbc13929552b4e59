# SPDX-License-Identifier: Apache-2.0
import io

from rich.console import Console
import testtools

from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic.display import Display
from resize_sandbox.dataplane.traffic.display import Tally
from resize_sandbox.dataplane.traffic.records import Record


class TestTally(testtools.TestCase):
    def test_as_the_report_says(self) -> None:
        """Whatever the bunches in which records come."""
        seen = [
            Record(records.REQUEST, 9.9, 9.95),
            Record(records.REQUEST, 10.0, 10.1),
            Record(records.BREAK, 9.0, 9.5, connection='kept 0'),
            Record(records.BREAK, 10.0, 10.2, connection='kept 0'),
            Record(records.COLD_REQUEST, 10.0, 11.0, 'TimeoutError'),
            Record(records.REQUEST, 10.2, 11.2, 'TimeoutError'),
            Record(records.REQUEST, 11.9, 12.0),
        ]
        report = records.summarize(records.Run(seen, 10.0, 12.0, 8, 0))
        tally = Tally(10.0)
        for record in seen:
            tally.add([record])
        self.assertEqual(
            (report.requests, report.failed, report.breaks_max),
            (tally.sent, tally.failed, tally.broken),
        )
        self.assertEqual(report.longest_gap_ms, round(tally.gap * 1000))

    def test_nobody_answers_yet(self) -> None:
        tally = Tally(10.0)
        tally.add([Record(records.REQUEST, 10.0, 13.0, 'TimeoutError')])
        self.assertEqual(3.0, tally.gap)


class TestDisplay(testtools.TestCase):
    def test_command_s_lines_are_as_they_are(self) -> None:
        """Neither wrapped, nor taken for the markup of rich."""
        file = io.StringIO()
        display = Display(Console(file=file, width=20))
        line = f'[red] is no markup here {"x" * 40}'
        display.say(line)
        self.assertEqual(f'{line}\n', file.getvalue())
