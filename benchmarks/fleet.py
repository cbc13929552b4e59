# SPDX-License-Identifier: Apache-2.0

"""Resize and rebuild a fleet of load balancers, on a distributed sandbox.

    python -m benchmarks.fleet [--count N] [--few N] [--kills N] [--rows N]
                               [--state-dir DIR] [--output FILE]

An administrator's command chooses its load balancers by their flavor. It
meets a flavor for which no host has room, is killed and run again, and
resizes few to a flavor that takes seconds, and many. Then a page of a list of
--rows resizes is timed beside a page of as many load balancers. The tables
are those in doc/source/admin/fleets.rst.

With --state-dir, the sandbox stays there and runs on, with its load
balancers, for the next call.
"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence
import configparser
import contextlib
import os
import pathlib
import re
import shlex
import signal
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

import sqlalchemy as sa

from benchmarks import load
from benchmarks import pages
from benchmarks.table import table
from benchmarks.tenants import Tenants
from benchmarks.tenants import all_ids
from octavia_resize import constants
from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox import variables
from resize_sandbox.distributed import octavia

_CANARY = 2
_MAX_IN_PROGRESS = 5
_SAMPLE_SECONDS = 0.1
_POLL_SECONDS = 0.1
_COMMAND = re.compile(r'openstack loadbalancer resize .*')

Row = tuple[str, str]


class Fleet:
    """Load balancers of one tenant, and the command of an administrator."""

    def __init__(
        self, sandbox: resize_sandbox.Sandbox, directory: str
    ) -> None:
        self.sandbox = sandbox
        self.tenants = Tenants(sandbox, 1, directory)
        config = configparser.ConfigParser(interpolation=None, strict=False)
        config.read(sandbox.state.config_file('octavia'))
        self.engine = sa.create_engine(config['database']['connection'])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``openstack loadbalancer resize``."""
        return subprocess.Popen(
            [
                str(pathlib.Path(sys.executable).parent / 'openstack'),
                *('loadbalancer', 'resize', *arguments),
            ],
            env=variables.isolated(self.sandbox.state)
            | {
                'OS_CLIENT_CONFIG_FILE': str(self.sandbox.state.clouds_yaml),
                'OS_CLOUD': 'sandbox-admin',
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> tuple[str, float]:
        """Run the command to its end.

        :param status: The expected exit status.
        :returns: What it has written to stderr, and its memory in MiB.
        """
        process = self.start(*arguments)
        assert process.stderr is not None
        text = process.stderr.read()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
        if process.returncode != status:
            raise RuntimeError(f'exit status {process.returncode}: {text}')
        return text, usage.ru_maxrss / 1024

    def select(self, query: str, **values: object) -> list[sa.Row[Any]]:
        """Return rows of Octavia's database."""
        with self.engine.begin() as connection:
            return list(connection.execute(sa.text(query), values))

    def get_names(self, count: int) -> list[str]:
        """Return the names of so many load balancers of the tenant."""
        rows = self.select(
            'SELECT name FROM load_balancer WHERE project_id = :project'
            ' ORDER BY name LIMIT :count',
            project=next(iter(self.tenants.projects.values())),
            count=count,
        )
        return [row.name for row in rows]

    def count(self, condition: str, **values: object) -> int:
        """Return the number of load balancers of which a condition is true."""
        ((number,),) = self.select(
            f'SELECT count(*) FROM load_balancer WHERE {condition}', **values
        )
        return int(number)

    def amphorae(self) -> dict[str, int]:
        """Return how many amphorae each load balancer ever had."""
        return {
            row.load_balancer_id: row.number
            for row in self.select(
                'SELECT load_balancer_id, count(*) AS number FROM amphora'
                ' GROUP BY load_balancer_id'
            )
        }

    @contextlib.contextmanager
    def sampled(self) -> Iterator[list[int]]:
        """Count the resizes in progress again and again."""
        samples: list[int] = []
        done = threading.Event()

        def sample() -> None:
            while not done.wait(_SAMPLE_SECONDS):
                ((number,),) = self.select(
                    'SELECT count(*) FROM load_balancer_resize'
                    ' WHERE state IN :states',
                    states=tuple(constants.IN_PROGRESS_STATES),
                )
                samples.append(number)

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield samples
        finally:
            done.set()
            thread.join()

    @contextlib.contextmanager
    def requests(self) -> Iterator[list[bytes]]:
        """Collect the requests to Octavia, which nobody else uses."""
        log = self.sandbox.log_file(octavia.API)
        offset = log.stat().st_size
        found: list[bytes] = []
        yield found
        with log.open('rb') as file:
            file.seek(offset)
            for line in file:
                if match := load.REQUEST.search(line.strip()):
                    found.append(match['line'])


def meet_a_full_cloud(fleet: Fleet) -> Iterator[Row]:
    """Resize to a flavor for which no host has room, and back."""
    text, _ = fleet.run(
        *('--from-flavor', 'small', '--flavor', 'broken'),
        *('--wait', '--canary', str(_CANARY)),
        status=1,
    )
    failed = fleet.count("provisioning_status = 'ERROR'")
    yield (
        f'In ERROR after a resize to a flavor without room, --canary '
        f'{_CANARY}, --max-in-progress {_MAX_IN_PROGRESS}',
        str(failed),
    )
    commands = set(_COMMAND.findall(text))
    if len(commands) != 1:
        raise RuntimeError(f'not one command: {text}')
    (command,) = commands
    fleet.run(*shlex.split(command)[3:])
    yield (
        'In ERROR after the command that this resize has printed',
        str(fleet.count("provisioning_status = 'ERROR'")),
    )


def kill_and_repeat(fleet: Fleet, kills: int, count: int) -> Iterator[Row]:
    """Kill the command, and run the same line again, until all are resized."""
    before = fleet.amphorae()
    large = fleet.tenants.flavors['large']
    arguments = ('--wait', '--from-flavor', 'small', '--flavor', 'large')
    with fleet.sampled() as samples:
        for number in range(1, kills + 1):
            process = fleet.start(*arguments)
            while process.poll() is None and (
                fleet.count('flavor_id = :large', large=large)
                < number * count // (kills + 1)
            ):
                time.sleep(_POLL_SECONDS)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        fleet.run(*arguments)
    added = [
        number - before[lb_id]
        for lb_id, number in fleet.amphorae().items()
        if lb_id in before
    ]
    resized = fleet.count('flavor_id = :large', large=large)
    yield (f'Resized by a command that was killed {kills} times', f'{resized}')
    yield ('Resized twice', str(sum(number > 1 for number in added)))
    yield (
        'Left out',
        str(
            fleet.count(
                "flavor_id = :small AND provisioning_status = 'ACTIVE'",
                small=fleet.tenants.flavors['small'],
            )
        ),
    )
    yield (
        'In progress at a time, at most',
        f'{max(samples)}, in {len(samples):,} samples',
    )


def resize(fleet: Fleet, count: int, flavor: str) -> Iterator[Row]:
    """Resize so many by their names."""
    names = fleet.get_names(count)
    began = time.monotonic()
    with fleet.requests() as requests, fleet.sampled() as samples:
        _, memory = fleet.run('--wait', '--flavor', flavor, *names)
    seconds = time.monotonic() - began
    durations = [
        float(row[0])
        for row in fleet.select(
            'SELECT timestampdiff(SECOND, r.created_at, r.updated_at)'
            ' FROM load_balancer_resize AS r JOIN load_balancer'
            ' ON load_balancer.id = load_balancer_id WHERE name IN :names',
            names=tuple(names),
        )
    ]
    expected = count / _MAX_IN_PROGRESS * statistics.mean(durations)
    yield (f'{count}: seconds', f'{seconds:.0f}')
    yield (
        f'{count}: number / limit × mean time of one',
        f'{expected:.0f} ({seconds / expected:.2f})',
    )
    yield (f'{count}: requests for each', f'{len(requests) / count:.2f}')
    yield (
        f'{count}: in progress at a time, at most',
        f'{max(samples)}, in {len(samples):,} samples',
    )
    yield (f'{count}: memory of the command', f'{memory:.0f} MiB')


def run(arguments: argparse.Namespace, state_dir: str, directory: str) -> str:
    """Measure everything, and return the tables."""
    sandbox = load.start_sandbox(state_dir)
    fleet = Fleet(sandbox, directory)
    fleet.tenants.create(arguments.count)
    flavor = fleet.tenants.next_flavor(all_ids(fleet.tenants.by_tenant))
    if flavor == 'small':
        fleet.run('--wait', '--from-flavor', 'large', '--flavor', 'small')
    rows: list[Row] = []
    for measured in (
        meet_a_full_cloud(fleet),
        kill_and_repeat(fleet, arguments.kills, arguments.count),
        resize(fleet, arguments.few, 'slow'),
        resize(fleet, arguments.count, 'small'),
    ):
        for row in measured:
            rows.append(row)
            print(': '.join(row), file=sys.stderr, flush=True)
    return '\n'.join(
        (
            table(('', 'Measured'), rows),
            table(
                pages.HEADER,
                list(pages.measure(sandbox, fleet.engine, arguments.rows)),
            ),
        )
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.fleet', description=__doc__.splitlines()[0]
    )
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--few', type=int, default=100)
    parser.add_argument('--kills', type=int, default=10)
    parser.add_argument('--rows', type=int, default=100_000)
    parser.add_argument('--state-dir')
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args(argv)
    if arguments.rows < pages.LEAST_ROWS:
        parser.error(f'--rows must be at least {pages.LEAST_ROWS}')
    return load.report(arguments, run)


if __name__ == '__main__':
    sys.exit(main())
