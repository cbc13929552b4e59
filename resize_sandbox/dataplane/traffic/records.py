# SPDX-License-Identifier: Apache-2.0
"""What clients note of each request and connection, and what it amounts to.

Clients write a record as a line of JSON. Times are seconds since the epoch.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import json
from typing import Any
from typing import TextIO

#: Kinds of records: a new connection with one request; the same by a client
#: that knows no MAC address, by one behind a router, and by one that uses a
#: floating IP; a download of a second; a request on a connection that is kept,
#: and one of HTTP/2; the end of a connection that is kept, with a request or a
#: download, and without.
REQUEST = 'request'
COLD_REQUEST = 'cold request'
ROUTED_REQUEST = 'routed request'
FLOATING_REQUEST = 'floating request'
DOWNLOAD = 'download'
KEPT_REQUEST = 'kept request'
HTTP2_REQUEST = 'HTTP/2 request'
BREAK = 'break'
CLOSE = 'close'


@dataclasses.dataclass(frozen=True)
class Record:
    """A request, or the end of a connection that was kept open."""

    kind: str
    #: When it began; of a break, when something came last.
    began: float
    #: When it ended, or the break was noticed.
    ended: float
    #: What went wrong, if anything did.
    error: str | None = None
    #: The amphora's address as the member has seen it.
    amphora: str | None = None
    #: Which of the open connections broke.
    connection: str | None = None

    def write(self, file: TextIO) -> None:
        """Write it as one line."""
        file.write(json.dumps(dataclasses.asdict(self)) + '\n')

    @classmethod
    def read(cls, line: str) -> 'Record':
        """Read a line."""
        return cls(**json.loads(line))


@dataclasses.dataclass(frozen=True)
class Run:
    """What clients have noted while a command ran, and around it."""

    records: Sequence[Record]
    #: When the command began: earlier requests do not count.
    began: float
    #: When the command ended.
    ended: float
    #: How many connections were kept open all the time.
    open_connections: int
    #: The command's; None if there was none.
    exit_status: int | None

    @property
    def requests(self) -> list[Record]:
        """Requests on connections of their own, as they ended."""
        return self.of_kind(REQUEST)

    @property
    def cold_requests(self) -> list[Record]:
        """Requests of the client that knows no MAC address."""
        return self.of_kind(COLD_REQUEST)

    def of_kind(self, kind: str) -> list[Record]:
        """Return requests of a kind, as they ended."""
        return sorted(
            (
                r
                for r in self.records
                if r.kind == kind and r.began >= self.began
            ),
            key=lambda r: r.ended,
        )

    @property
    def breaks(self) -> list[Record]:
        """Ends of open connections that have cost something."""
        return self._ended(BREAK)

    @property
    def closes(self) -> list[Record]:
        """Ends of open connections that have cost nothing."""
        return self._ended(CLOSE)

    def _ended(self, kind: str) -> list[Record]:
        return [
            r for r in self.records if r.kind == kind and r.ended >= self.began
        ]


@dataclasses.dataclass
class Report:
    """What clients have seen while a command ran, and for a while after."""

    #: New connections, each with one request.
    requests: int
    failed: int
    #: The longest time between two answers.
    longest_gap_ms: int
    #: Requests on connections that are kept, and those of them that were
    #: lost, also because no connection could be opened.
    kept_requests: int
    kept_lost: int
    #: How often such a connection ended before another request was sent.
    kept_closed: int
    #: The same with HTTP/2, if the load balancer has a listener with TLS.
    http2_requests: int
    http2_lost: int
    #: Downloads of a second, one after the other.
    downloads: int
    downloads_failed: int
    #: Connections that were kept open all the time.
    open_connections: int
    #: How often the worst of them broke.
    breaks_max: int
    #: How long it took at most until a client noticed that its connection
    #: was broken.
    silence_max_ms: int
    #: Requests of a client that forgets its neighbours before each.
    cold_requests: int
    cold_failed: int
    #: Requests of a client behind a router, and of one that uses a floating
    #: IP, if the network has them.
    routed_requests: int
    routed_failed: int
    floating_requests: int
    floating_failed: int
    #: How often requests of a kind failed, by error.
    errors: dict[str, dict[str, int]]
    command_exit_status: int | None
    #: How long the command took.
    seconds: float
    #: For each second: requests, failed ones, and answers by amphora.
    timeline: list[dict[str, Any]]


def summarize(run: Run) -> Report:
    """Say what the records of a run amount to."""
    requests = run.requests
    kept, kept_lost = _count(run, KEPT_REQUEST)
    http2, http2_lost = _count(run, HTTP2_REQUEST)
    downloads, downloads_failed = _count(run, DOWNLOAD)
    cold, cold_failed = _count(run, COLD_REQUEST)
    routed, routed_failed = _count(run, ROUTED_REQUEST)
    floating, floating_failed = _count(run, FLOATING_REQUEST)
    breaks = run.breaks
    answers = [run.began, *(r.ended for r in requests if r.error is None)]
    by_connection: dict[str | None, int] = {}
    for record in breaks:
        count = by_connection.get(record.connection, 0)
        by_connection[record.connection] = count + 1
    return Report(
        requests=len(requests),
        failed=sum(r.error is not None for r in requests),
        longest_gap_ms=_ms(
            max(
                (b - a for a, b in zip(answers, answers[1:], strict=False)),
                default=run.ended - run.began,
            )
        ),
        kept_requests=kept,
        kept_lost=kept_lost,
        kept_closed=len(run.closes),
        http2_requests=http2,
        http2_lost=http2_lost,
        downloads=downloads,
        downloads_failed=downloads_failed,
        open_connections=run.open_connections,
        breaks_max=max(by_connection.values(), default=0),
        silence_max_ms=_ms(
            max((r.ended - r.began for r in breaks), default=0)
        ),
        cold_requests=cold,
        cold_failed=cold_failed,
        routed_requests=routed,
        routed_failed=routed_failed,
        floating_requests=floating,
        floating_failed=floating_failed,
        errors=_errors(run),
        command_exit_status=run.exit_status,
        seconds=round(run.ended - run.began, 1),
        timeline=_timeline(requests, breaks, run.began),
    )


def _count(run: Run, kind: str) -> tuple[int, int]:
    """Return how many requests of a kind there are, and how many failed."""
    requests = run.of_kind(kind)
    return len(requests), sum(r.error is not None for r in requests)


def _errors(run: Run) -> dict[str, dict[str, int]]:
    errors: dict[str, dict[str, int]] = {}
    for record in run.records:
        if record.error is not None and record.began >= run.began:
            of_kind = errors.setdefault(record.kind, {})
            of_kind[record.error] = of_kind.get(record.error, 0) + 1
    return errors


def _timeline(
    requests: Iterable[Record], breaks: Iterable[Record], began: float
) -> list[dict[str, Any]]:
    seconds: dict[int, dict[str, Any]] = {}

    def entry(time: float) -> dict[str, Any]:
        second = int(time - began)
        return seconds.setdefault(
            second,
            {
                'second': second,
                'requests': 0,
                'failed': 0,
                'breaks': 0,
                'amphorae': {},
            },
        )

    for record in requests:
        of_second = entry(record.began)
        of_second['requests'] += 1
        of_second['failed'] += record.error is not None
        if record.amphora is not None:
            amphorae = of_second['amphorae']
            amphorae[record.amphora] = amphorae.get(record.amphora, 0) + 1
    for record in breaks:
        entry(record.ended)['breaks'] += 1
    return [seconds[second] for second in sorted(seconds)]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
