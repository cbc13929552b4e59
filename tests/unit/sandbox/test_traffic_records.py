# SPDX-License-Identifier: Apache-2.0
import io

import testtools

from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic.records import Record


def request(
    began: float, error: str | None = None, amphora: str | None = None
) -> Record:
    return Record(records.REQUEST, began, began + 0.01, error, amphora)


class TestRecord(testtools.TestCase):
    def test_round_trip(self) -> None:
        record = Record(records.BREAK, 1.0, 2.5, None, None, 'kept 1')
        file = io.StringIO()
        record.write(file)
        self.assertEqual(record, Record.read(file.getvalue()))


class TestSummarize(testtools.TestCase):
    def summarize(self, *seen: Record) -> records.Report:
        return records.summarize(records.Run(seen, 10.0, 12.0, 8, 0))

    def test_requests(self) -> None:
        """What was requested before the command is left out."""
        report = self.summarize(
            request(9.9, 'TimeoutError'),
            request(9.995),
            request(10.0, amphora='192.0.2.100'),
            request(10.5, 'TimeoutError'),
            request(11.25, amphora='192.0.2.101'),
            request(11.5, amphora='192.0.2.101'),
        )
        self.assertEqual((4, 1), (report.requests, report.failed))
        self.assertEqual(1250, report.longest_gap_ms)
        self.assertEqual(2.0, report.seconds)
        self.assertEqual(
            [
                {
                    'second': 0,
                    'requests': 2,
                    'failed': 1,
                    'breaks': 0,
                    'amphorae': {'192.0.2.100': 1},
                },
                {
                    'second': 1,
                    'requests': 2,
                    'failed': 0,
                    'breaks': 0,
                    'amphorae': {'192.0.2.101': 2},
                },
            ],
            report.timeline,
        )

    def test_no_answer_until_the_first(self) -> None:
        self.assertEqual(1010, self.summarize(request(11.0)).longest_gap_ms)

    def test_no_answer_at_all(self) -> None:
        self.assertEqual(
            2000,
            self.summarize(request(10.5, 'TimeoutError')).longest_gap_ms,
        )

    def test_breaks(self) -> None:
        report = self.summarize(
            Record(records.BREAK, 9.0, 9.5, connection='kept 0'),
            Record(records.BREAK, 9.9, 10.0, connection='kept 0'),
            Record(records.BREAK, 10.5, 15.5, connection='kept 0'),
            Record(records.BREAK, 10.5, 10.6, connection='download 0'),
        )
        self.assertEqual(2, report.breaks_max)
        self.assertEqual(5000, report.silence_max_ms)
        self.assertEqual(8, report.open_connections)

    def test_kept(self) -> None:
        """A connection that ends without a request is no break."""
        report = self.summarize(
            Record(records.KEPT_REQUEST, 9.0, 9.1, 'TimeoutError'),
            Record(records.KEPT_REQUEST, 10.0, 10.1),
            Record(records.KEPT_REQUEST, 11.0, 11.1, 'ConnectionResetError'),
            Record(records.CLOSE, 9.0, 9.5, connection='kept 0'),
            Record(records.CLOSE, 10.1, 10.2, connection='kept 0'),
        )
        self.assertEqual(
            (2, 1, 1),
            (report.kept_requests, report.kept_lost, report.kept_closed),
        )
        self.assertEqual((0, 0), (report.requests, report.breaks_max))

    def test_other_clients(self) -> None:
        for kind, counts in (
            (records.COLD_REQUEST, ('cold_requests', 'cold_failed')),
            (records.ROUTED_REQUEST, ('routed_requests', 'routed_failed')),
            (
                records.FLOATING_REQUEST,
                ('floating_requests', 'floating_failed'),
            ),
            (records.HTTP2_REQUEST, ('http2_requests', 'http2_lost')),
            (records.DOWNLOAD, ('downloads', 'downloads_failed')),
        ):
            report = self.summarize(
                Record(kind, 9.0, 9.1, 'TimeoutError'),
                Record(kind, 10.0, 10.1),
                Record(kind, 11.0, 11.1, 'TimeoutError'),
            )
            self.assertEqual(
                [2, 1], [getattr(report, count) for count in counts]
            )
            self.assertEqual({kind: {'TimeoutError': 1}}, report.errors)
            self.assertEqual(0, report.requests)
