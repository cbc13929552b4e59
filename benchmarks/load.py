# SPDX-License-Identifier: Apache-2.0

"""Resize many load balancers at once, on a distributed sandbox.

    python -m benchmarks.load [--counts N ...] [--tenants N] [--resizes N]
                              [--state-dir DIR] [--output FILE]

For each count, that many load balancers are resized by one command of an
administrator, and then by as many commands of tenants, side by side. After
that, --resizes resizes are made one bunch after another, to see whether the
workers' memory grows. Meanwhile a GET of one load balancer is
timed again and again. The table is the one in doc/source/admin/load.rst.

With --state-dir, the sandbox stays there and runs on, with its load
balancers, for the next call.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import itertools
import os
import pathlib
import re
import statistics
import sys
import tempfile
import threading
import time

import psutil
import requests

from benchmarks.table import table
from benchmarks.tenants import Tenants
from benchmarks.tenants import all_ids
from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Options
from resize_sandbox.distributed import octavia

_SAMPLER = 'load-sampler'
_SAMPLE_SECONDS = 0.25

#: What gunicorn logs of each request: its path, status and user agent.
REQUEST = re.compile(
    rb'"(?P<line>[A-Z]+ \S+) HTTP/1\.\d" \d+ .*"(?P<agent>[^"]*)"$'
)


@dataclasses.dataclass
class Result:
    """What was seen while load balancers were resized."""

    how: str
    load_balancers: int
    #: Seconds from the start of the commands to the end of the last one.
    seconds: float
    #: HTTP requests that the commands made of Octavia.
    requests: int
    #: Seconds that a GET took meanwhile.
    latencies: list[float]
    #: Resident memory of the resize workers in MiB, before and after.
    memory_before: float
    memory_after: float

    def row(self) -> Sequence[str]:
        """Return the cells of the table."""
        return (
            self.how,
            str(self.load_balancers),
            f'{self.seconds:.0f} s',
            f'{self.load_balancers / self.seconds * 60:.0f}',
            f'{statistics.median(self.latencies) * 1000:.0f} ms',
            f'{_percentile(self.latencies, 95) * 1000:.0f} ms',
            f'{self.requests / self.load_balancers:.1f}',
            f'{self.memory_before:.0f} → {self.memory_after:.0f} MiB',
        )


HEADER = (
    'Commands',
    'Load balancers',
    'Until the last is done',
    'Resizes per minute',
    'GET p50',
    'GET p95',
    'Requests per load balancer',
    'Memory of the two workers',
)


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Load:
    """What load does to a sandbox."""

    def __init__(
        self, sandbox: resize_sandbox.Sandbox, tenants: Tenants
    ) -> None:
        self.sandbox = sandbox
        self.tenants = tenants

    def measure(
        self, how: str, count: int, work: Callable[[], None]
    ) -> Result:
        """Measure what happens while something is done."""
        log = self.sandbox.log_file(octavia.API)
        offset = log.stat().st_size
        before = self.memory()
        began = time.monotonic()
        with self.sampling() as latencies:
            work()
            seconds = time.monotonic() - began
        with log.open('rb') as file:
            file.seek(offset)
            made = [m for line in file if (m := REQUEST.search(line.strip()))]
        return Result(
            how,
            count,
            seconds,
            sum(_SAMPLER.encode() not in m['agent'] for m in made),
            latencies,
            before,
            self.memory(),
        )

    @contextlib.contextmanager
    def sampling(self) -> Iterator[list[float]]:
        """Time a GET again and again."""
        found = next(ids[0] for ids in self.tenants.by_tenant.values() if ids)
        port = self.sandbox.state.read_json('ports')[octavia.API]
        url = f'http://127.0.0.1:{port}/v2.0/lbaas/loadbalancers/{found}'
        latencies: list[float] = []
        done = threading.Event()

        def sample() -> None:
            with requests.Session() as session:
                session.trust_env = False
                session.headers['User-Agent'] = _SAMPLER
                while not done.wait(_SAMPLE_SECONDS):
                    session.headers['X-Auth-Token'] = str(
                        self.tenants.admin.session.get_token()
                    )
                    began = time.monotonic()
                    session.get(url, timeout=60).raise_for_status()
                    latencies.append(time.monotonic() - began)

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield latencies
        finally:
            done.set()
            thread.join()

    def memory(self) -> float:
        """Return what the resize workers hold in memory, in MiB."""
        total = 0
        for status in self.sandbox.status():
            if status.name in octavia.RESIZE_WORKERS and status.pid:
                leader = psutil.Process(status.pid)
                for process in leader.children(recursive=True):
                    total += process.memory_info().rss
        return total / 2**20

    def at_once(self, count: int) -> Iterator[Result]:
        """Resize so many load balancers by one command, then by many."""
        self.tenants.create(count)
        chosen = self.tenants.choose(count)
        ids = all_ids(chosen)
        flavor = self.tenants.next_flavor(ids)
        yield self.measure(
            'one',
            count,
            lambda: self.tenants.run_commands(
                [('sandbox-admin', ids)], flavor
            ),
        )
        self.tenants.wait(ids, flavor)
        flavor = self.tenants.next_flavor(ids)
        yield self.measure(
            f'{len(chosen)}, a tenant each',
            count,
            lambda: self.tenants.run_commands(list(chosen.items()), flavor),
        )
        self.tenants.wait(ids, flavor)

    def one_after_another(
        self, resizes: int, bunch: int
    ) -> Iterator[tuple[int, float]]:
        """Resize bunches of load balancers, one after another.

        :returns: how many resizes there were, and the workers' memory then.
        """
        self.tenants.create(bunch)
        # All of them in turn: of each, Octavia keeps the amphorae that it has
        # deleted in its database, and reads them with it.
        turn = itertools.cycle(all_ids(self.tenants.by_tenant))
        made = 0
        while made < resizes:
            ids = list(itertools.islice(turn, bunch))
            flavor = self.tenants.next_flavor(ids)
            for lb_id in ids:
                response = self.tenants.service.put(
                    f'/lbaas/loadbalancers/{lb_id}/resize',
                    json={'new_flavor_id': self.tenants.flavors[flavor]},
                )
                response.raise_for_status()
            self.tenants.wait(ids, flavor)
            made += bunch
            yield made, self.memory()


def start_sandbox(state_dir: str) -> resize_sandbox.Sandbox:
    """Start a distributed sandbox, and report that to stderr."""
    sandbox = resize_sandbox.Sandbox(
        state_dir,
        options=Options(profile=DISTRIBUTED),
        report=lambda line: print(line, file=sys.stderr),
    )
    sandbox.up()
    return sandbox


def report(
    arguments: argparse.Namespace,
    run: Callable[[argparse.Namespace, str, str], str],
) -> int:
    """Measure, and write the tables to stdout and to a file.

    :param arguments: Their ``state_dir`` is that of a sandbox that stays, or
        None; their ``output`` the file, or None.
    :param run: Returns the tables; takes the arguments, the sandbox's state
        directory and one for temporary files.
    """
    with tempfile.TemporaryDirectory() as directory:
        state_dir = arguments.state_dir or os.path.join(directory, 'sandbox')
        try:
            text = run(arguments, state_dir, directory)
        finally:
            if not arguments.state_dir:
                resize_sandbox.Sandbox(state_dir).down()
    if arguments.output:
        arguments.output.write_text(text)
    print(text)
    return 0


def run(arguments: argparse.Namespace, state_dir: str, directory: str) -> str:
    """Measure everything, and return the tables."""
    sandbox = start_sandbox(state_dir)
    load = Load(sandbox, Tenants(sandbox, arguments.tenants, directory))
    texts = []
    rows = []
    for count in arguments.counts:
        for result in load.at_once(count):
            rows.append(result.row())
            print(' | '.join(rows[-1]), file=sys.stderr, flush=True)
    if rows:
        texts.append(table(HEADER, rows))
    rows = []
    for made, memory in load.one_after_another(
        arguments.resizes, arguments.bunch
    ):
        print(f'{made} resizes: {memory:.0f} MiB', file=sys.stderr, flush=True)
        if made % 100 < arguments.bunch:
            rows.append((str(made), f'{memory:.0f} MiB'))
    if rows:
        texts.append(table(('Resizes', 'Memory of the two workers'), rows))
    return '\n'.join(texts)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.load', description=__doc__.splitlines()[0]
    )
    parser.add_argument('--counts', type=int, nargs='*', default=[10, 50, 200])
    parser.add_argument('--tenants', type=int, default=20)
    parser.add_argument('--resizes', type=int, default=1000)
    parser.add_argument('--bunch', type=int, default=20)
    parser.add_argument('--state-dir')
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args(argv)
    return report(arguments, run)


if __name__ == '__main__':
    sys.exit(main())
