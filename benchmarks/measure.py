# SPDX-License-Identifier: Apache-2.0

"""How a command is measured: its whole process, from start to exit."""

from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import os
import pathlib
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

POLL_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a command."""

    wall: float
    cpu: float
    #: Peak resident memory in MiB.
    memory: float
    #: time.monotonic() when it had exited.
    ended: float


@dataclasses.dataclass(frozen=True)
class Client:
    """An environment with an ``openstack`` command."""

    bin_dir: pathlib.Path
    environ: dict[str, str]

    def run(self, *arguments: str) -> Run:
        """Run a command to its end.

        :raises subprocess.CalledProcessError: It did not exit with 0.
        """
        with tempfile.TemporaryFile() as output:
            begun = time.monotonic()
            process = subprocess.Popen(
                [str(self.bin_dir / 'openstack'), *arguments],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            _, status, usage = os.wait4(process.pid, 0)
            ended = time.monotonic()
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                output.seek(0)
                raise subprocess.CalledProcessError(
                    process.returncode, arguments, output.read()
                )
        return Run(
            wall=ended - begun,
            cpu=usage.ru_utime + usage.ru_stime,
            memory=usage.ru_maxrss / 1024,
            ended=ended,
        )

    def count_requests(self, *arguments: str) -> int:
        """Run a command once more and count its HTTP requests."""
        return len(self.requests(*arguments))

    def requests(self, *arguments: str) -> list[str]:
        """Run a command once more and return its HTTP requests, as logged."""
        process = subprocess.run(
            [str(self.bin_dir / 'openstack'), '--debug', *arguments],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        # urllib3 logs a line like 'http://... "GET /path HTTP/1.1" 200 12'.
        return [
            line
            for line in process.stderr.splitlines()
            if ' HTTP/1.1" ' in line
        ]


def median(runs: Sequence[Run], field: str) -> float:
    """Return the median of one field of some runs."""
    return float(statistics.median(getattr(run, field) for run in runs))


class Watcher:
    """Notes when load balancers become what they shall be.

    It reads the service's database: requests to its API would slow down what
    is measured.
    """

    def __init__(
        self, database: pathlib.Path, load_balancer_ids: Sequence[str]
    ) -> None:
        self.database = database
        self.pending = set(load_balancer_ids)
        #: time.monotonic() at the end of each, by ID.
        self.ended: dict[str, float] = {}
        self._begun: set[str] = set()
        self._stopped = threading.Event()

    def _watch(self) -> None:
        uri = f'file:{self.database}?mode=ro'
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            while self.pending and not self._stopped.wait(POLL_SECONDS):
                self._poll(connection)

    def _poll(self, connection: sqlite3.Connection) -> None:
        for lb_id, status in connection.execute(
            'SELECT id, provisioning_status FROM load_balancer'
        ):
            if lb_id not in self.pending:
                continue
            if status != 'ACTIVE':
                self._begun.add(lb_id)
            elif lb_id in self._begun:
                self.ended[lb_id] = time.monotonic()
                self.pending.discard(lb_id)


@contextlib.contextmanager
def watch(
    database: pathlib.Path, load_balancer_ids: Sequence[str]
) -> Iterator[Watcher]:
    """Watch load balancers in a thread of its own.

    :param database: Octavia's, an SQLite file.
    """
    watcher = Watcher(database, load_balancer_ids)
    thread = threading.Thread(target=watcher._watch)
    thread.start()
    try:
        yield watcher
    finally:
        thread.join(timeout=60)
        watcher._stopped.set()
        thread.join()
