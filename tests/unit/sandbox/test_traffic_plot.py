# SPDX-License-Identifier: Apache-2.0
import re
from xml.etree import ElementTree

import testtools

from resize_sandbox.dataplane.traffic import plot
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic.phases import Phase
from resize_sandbox.dataplane.traffic.records import Record

_SVG = '{http://www.w3.org/2000/svg}'


def request(
    began: float, amphora: str | None, kind: str = records.REQUEST
) -> Record:
    error = None if amphora else 'TimeoutError'
    return Record(kind, began, began + 0.01, error, amphora)


class TestDraw(testtools.TestCase):
    def draw(self, *seen: Record, phases: tuple[Phase, ...] = ()) -> None:
        document = plot.draw(
            'a <b>', records.Run(seen, 100.0, 108.0, 8, 0), phases
        )
        self.root = ElementTree.fromstring(document)
        self.texts = [text.text for text in self.root.iter(f'{_SVG}text')]

    def bars(self, label: str) -> list[tuple[float, float]]:
        """Return from when to when a lane has something."""
        lanes = [lane for lane in self.root if lane.tag == f'{_SVG}svg']
        labels = self.texts[2 : 2 + len(lanes)]
        path = lanes[labels.index(label)].find(f'{_SVG}path')
        assert path is not None
        return [
            (float(begin), float(end))
            for begin, end in re.findall(
                r'M([\d.]+) [\d.]+H([\d.]+)', path.attrib['d']
            )
        ]

    def test_who_answered_when(self) -> None:
        """What was requested before the command is left out."""
        self.draw(
            request(99.5, '192.0.2.9'),
            request(100.05, '192.0.2.100'),
            request(100.95, '192.0.2.100'),
            request(103.01, None),
            request(105.02, '192.0.2.101'),
            request(109.99, '192.0.2.101'),
        )
        self.assertEqual(
            ['a <b>', '1 of 5 requests failed, longest gap 4970 ms'],
            self.texts[:2],
        )
        for label, bars in (
            ('amphora 192.0.2.100: 2 answers', [(0.0, 0.1), (0.9, 1.0)]),
            ('amphora 192.0.2.101: 2 answers', [(5.0, 5.1), (9.9, 10.0)]),
            ('failed: 1 requests', [(3.0, 3.1)]),
            ('command: 8.0 s', [(0.0, 8.0)]),
        ):
            self.assertEqual(bars, self.bars(label), label)
        self.assertEqual('10 s', self.texts[-1])

    def test_only_what_there_was(self) -> None:
        self.draw(request(100.0, '192.0.2.100'))
        self.assertEqual(
            ['amphora 192.0.2.100: 1 answers', 'command: 8.0 s', '0 s'],
            self.texts[2:5],
        )

    def test_no_answer(self) -> None:
        self.draw()
        self.assertEqual([(0.0, 8.0)], self.bars('command: 8.0 s'))

    def test_open_connections_and_a_client_without_arp_entries(self) -> None:
        self.draw(
            Record(records.BREAK, 99.5, 104.5, connection='kept 0'),
            Record(records.BREAK, 102.0, 103.0, connection='download 0'),
            request(101.0, '192.0.2.100', records.COLD_REQUEST),
            request(102.0, None, records.COLD_REQUEST),
        )
        self.assertEqual(
            [(0.0, 4.5), (2.0, 3.0)],
            self.bars('2 breaks of 8 open connections, until noticed'),
        )
        self.assertEqual(
            [(2.0, 2.1)], self.bars('failed without ARP entry: 1 of 2')
        )

    def test_phases(self) -> None:
        """One in progress is cut off where the plot ends."""
        self.draw(
            phases=(
                Phase('building', 101.0, 104.0),
                Phase('switching', 104.0, 104.5),
                Phase('building', 104.5, 106.0),
                Phase('cleaning up', 106.0, float('inf')),
            )
        )
        for label, bars in (
            ('building: 4.5 s', [(1.0, 4.0), (4.5, 6.0)]),
            ('switching: 0.5 s', [(4.0, 4.5)]),
            ('cleaning up: 2.0 s', [(6.0, 8.0)]),
        ):
            self.assertEqual(bars, self.bars(label), label)
