# SPDX-License-Identifier: Apache-2.0
"""A picture of what clients have seen: an SVG document.

It is as wide as the page lets it be. Its text keeps its size, so that people
can read it on a telephone, and its lanes, one below the other, share one axis
of time. Each lane has its name as text: no meaning depends on colour alone.
"""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from xml.etree import ElementTree

from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic.phases import Phase

# Amphorae have colours that differ for those, too, who see no red or no green,
# from one another and from the failures.
_STYLE = """
svg { --page: #fff; --ink: #222; --line: #ccc; --work: #666; --bad: #c4001a;
  --amphora-0: #0072b2; --amphora-1: #00896b; --amphora-2: #8a5aa8 }
@media (prefers-color-scheme: dark) {
  svg { --page: #1b1c1e; --ink: #e6e6e6; --line: #444; --work: #aaa;
    --bad: #ff6b6b; --amphora-0: #56b4e9; --amphora-1: #2fc79a;
    --amphora-2: #cc9ae6 } }
text { font: 13px sans-serif; fill: var(--ink); stroke: var(--page);
  stroke-width: 4px; paint-order: stroke }
.title { font-weight: bold }
.bad { fill: var(--bad) }
.work { fill: var(--work) }
.grid { stroke: var(--line) }
"""
_COLOURS = 3

# Percents of the width.
_LEFT = 2.0
_WIDTH = 95.0
# Pixels.
_TOP = 50
_LABEL = 17
_BAR = 22
_THIN_BAR = 8
_SPACE = 9
_TICKS = 6

#: A stretch of a lane: from and to, in seconds, and from and to of the
#: lane's height, of which 0 is the bottom and 1 is the top.
_Bar = tuple[float, float, float, float]


def draw(name: str, run: records.Run, phases: Sequence[Phase] = ()) -> str:
    """Draw who answered when, what failed, and when a resize did what.

    :param name: the load balancer's.
    :param phases: of its resize; none of a failover.
    :returns: the SVG document.
    """
    return _Plot(name, run, phases).finish()


class _Plot:
    def __init__(
        self, name: str, run: records.Run, phases: Sequence[Phase]
    ) -> None:
        self.run = run
        last = max((r.ended for r in run.records), default=run.ended)
        self.seconds = max(last, run.ended, run.began + 1.0) - run.began
        self.root = ElementTree.Element(
            'svg', xmlns='http://www.w3.org/2000/svg', width='100%', role='img'
        )
        self.height = _TOP
        self._begin(name)
        self._answers()
        self._failures()
        self._work(phases)

    def finish(self) -> str:
        """Return the document."""
        self._axis()
        self.root.set('height', str(self.height))
        ElementTree.indent(self.root)
        return ElementTree.tostring(self.root, encoding='unicode') + '\n'

    def _begin(self, name: str) -> None:
        report = records.summarize(self.run)
        result = (
            f'{report.failed} of {report.requests} requests failed, longest '
            f'gap {report.longest_gap_ms} ms'
        )
        self._add('title').text = f'{name}: {result}'
        self._add('style').text = _STYLE
        self._add(
            'rect', width='100%', height='100%', style='fill: var(--page)'
        )
        self.grid = self._add('g')
        self._text(name, _LEFT, 20, 'title')
        self._text(result, _LEFT, 37)

    def _answers(self) -> None:
        """A lane for each amphora, in the order in which they answered."""
        answers = [r for r in self.run.requests if r.amphora]
        width = self._bin_seconds
        most = max(
            Counter(int(self._at(r.began) / width) for r in answers).values(),
            default=1,
        )
        for number, amphora in enumerate(
            dict.fromkeys(str(r.amphora) for r in answers)
        ):
            times = [r.began for r in answers if r.amphora == amphora]
            self._lane(
                f'amphora {amphora}: {len(times)} answers',
                self._columns(times, most),
                style=f'fill: var(--amphora-{number % _COLOURS})',
            )

    def _failures(self) -> None:
        run = self.run
        failed = [r.began for r in run.requests if r.error]
        if failed:
            self._lane(
                f'failed: {len(failed)} requests',
                self._columns(failed, max(self._counts(failed).values())),
                'bad',
            )
        cold = run.cold_requests
        if failed := [r.began for r in cold if r.error]:
            self._lane(
                f'failed without ARP entry: {len(failed)} of {len(cold)}',
                self._columns(failed, 1),
                'bad',
            )
        if run.breaks:
            rows = run.open_connections
            names = sorted({str(r.connection) for r in run.breaks})
            self._lane(
                f'{len(run.breaks)} breaks of {rows} open connections, '
                'until noticed',
                [
                    (
                        self._at(r.began),
                        self._at(r.ended),
                        (row := names.index(str(r.connection))) / rows,
                        (row + 0.8) / rows,
                    )
                    for r in run.breaks
                ],
                'bad',
            )

    def _work(self, phases: Sequence[Phase]) -> None:
        """Lanes for the command and for what a resize did."""
        run = self.run
        stretches = {'command': [(run.began, run.ended)]}
        for phase in phases:
            stretches.setdefault(phase.name, []).append(
                (phase.began, min(phase.ended, run.began + self.seconds))
            )
        for name, times in stretches.items():
            length = sum(ended - began for began, ended in times)
            self._lane(
                f'{name}: {length:.1f} s',
                [(self._at(a), self._at(b), 0.0, 1.0) for a, b in times],
                'work',
                height=_THIN_BAR,
            )

    @property
    def _bin_seconds(self) -> float:
        return max(0.1, self.seconds / 500)

    def _counts(self, times: Iterable[float]) -> Counter[int]:
        return Counter(int(self._at(t) / self._bin_seconds) for t in times)

    def _columns(self, times: Iterable[float], most: int) -> Iterator[_Bar]:
        """Return a column for each bin, higher the more there was in it."""
        width = self._bin_seconds
        for number, count in sorted(self._counts(times).items()):
            # A single one must be seen, and one more or less needn't.
            height = min(1.0, max(0.15, count / most / 0.9))
            yield number * width, (number + 1) * width, 0.0, height

    def _at(self, time: float) -> float:
        return max(0.0, time - self.run.began)

    def _lane(
        self,
        label: str,
        bars: Iterable[_Bar],
        kind: str = '',
        *,
        style: str = '',
        height: int = _BAR,
    ) -> None:
        self._text(label, _LEFT, self.height + _LABEL - 5, kind)
        self.height += _LABEL
        lane = self._add(
            'svg',
            x=f'{_LEFT}%',
            y=str(self.height),
            width=f'{_WIDTH}%',
            height=str(height),
            viewBox=f'0 0 {self.seconds:.3f} 1',
            preserveAspectRatio='none',
        )
        # What is short must be seen.
        least = self.seconds / 400
        path = ''.join(
            f'M{a:.3f} {1 - top:.3f}H{max(b, a + least):.3f}'
            f'V{1 - bottom:.3f}H{a:.3f}Z'
            for a, b, bottom, top in bars
        )
        ElementTree.SubElement(
            lane, 'path', {'d': path, 'class': kind, 'style': style}
        )
        self.height += height + _SPACE

    def _axis(self) -> None:
        step = _step(self.seconds)
        for number in range(int(self.seconds / step) + 1):
            second = number * step
            x = _LEFT + _WIDTH * second / self.seconds
            ElementTree.SubElement(
                self.grid,
                'line',
                {'class': 'grid', 'x1': f'{x:.2f}%', 'x2': f'{x:.2f}%'},
                y1=str(_TOP - 4),
                y2=str(self.height),
            )
            self._text(
                f'{second} s',
                x,
                self.height + 15,
                # The first and the last one must not be cut off.
                anchor='start' if x < 4 else 'end' if x > 95 else 'middle',
            )
        self.height += 24

    def _text(
        self,
        text: str,
        x: float,
        y: int,
        kind: str = '',
        *,
        anchor: str = 'start',
    ) -> None:
        self._add(
            'text',
            {'class': kind, 'text-anchor': anchor},
            x=f'{x:.2f}%',
            y=str(y),
        ).text = text

    def _add(
        self, tag: str, attributes: dict[str, str] | None = None, **more: str
    ) -> ElementTree.Element:
        return ElementTree.SubElement(
            self.root, tag, {**(attributes or {}), **more}
        )


def _step(seconds: float) -> int:
    """Return how far ticks are apart: a round number of seconds."""
    step = 1
    for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600):
        if seconds / step < _TICKS:
            break
    return step
