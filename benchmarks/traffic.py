# SPDX-License-Identifier: Apache-2.0

"""What clients see of resizes, rebuilds and failovers, with real traffic.

    python -m benchmarks.traffic [--network {bridges,ovn}] [--runs N]
                                 [--only TEXT] [--plots DIR] [--json]

It is for root. For each way in which a cloud may be slow, it starts a sandbox
with traffic, and again and again resizes a SINGLE load balancer and an
ACTIVE_STANDBY one, to a larger flavor and back, rebuilds each, and fails it
over. So it does with load balancers whose amphorae know more than their
configuration. It also sends requests while no resize runs, which shows what
the machine itself does to them. The table is for doc/source/admin/traffic.rst.

With the default of 10 runs it takes hours, and the machine should have
nothing else to do.
"""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.members import MEMBERS
from benchmarks.members import Members
from benchmarks.members import create_load_balancers
from benchmarks.members import create_tls_listeners
from benchmarks.table import table
from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox.deployment import BRIDGES
from resize_sandbox.deployment import OVN
from resize_sandbox.deployment import Options

BIN = pathlib.Path(sys.executable).parent

HEADER = (
    'Operation (runs)',
    'Seconds',
    'Failed requests',
    'Longest gap, ms',
    'Lost on kept connections',
    'Lost of HTTP/2',
    'Broken downloads of 1 s',
    'Breaks of each open connection',
    'Silence, ms',
    'Failed without ARP entry',
    'Failed behind a router',
    'Failed of a floating IP',
)

#: Those that are there: names, topologies, and flavors: small and large.
LOAD_BALANCERS = (
    ('web', 'SINGLE', ('small', 'large')),
    ('shop', 'ACTIVE_STANDBY', ('ha-small', 'ha-large')),
)

_NOTHING_SECONDS = 20

Report = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Cloud:
    """How slow a cloud is, and what members its load balancers have."""

    name: str
    boot_seconds: float = 0.0
    delete_seconds: float = 0.0
    #: None for the load balancers that are there.
    members: Members | None = None


CLOUDS = (
    Cloud('boots at once'),
    Cloud('boots in 10 s', boot_seconds=10.0),
    Cloud('deletes in 5 s', delete_seconds=5.0),
    *(Cloud(members.name, members=members) for members in MEMBERS),
)


@dataclasses.dataclass(frozen=True)
class Case:
    """An operation in a cloud."""

    cloud: Cloud
    what: str
    load_balancer: str
    command: Sequence[str]
    #: The flavor to begin with; None if any will do.
    flavor_before: str | None = None

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f'{self.what}, {self.cloud.name}'

    @property
    def file_name(self) -> str:
        """Its name without what a file name shouldn't have."""
        return self.name.replace(',', '').replace(' ', '-').lower() + '.svg'


def cases() -> Iterator[Case]:
    """Return all of them, those of a cloud one after another."""
    for cloud in CLOUDS:
        if cloud == CLOUDS[0]:
            yield Case(
                cloud, 'nothing', 'web', ('sleep', str(_NOTHING_SECONDS))
            )
        load_balancers = (
            cloud.members.load_balancers if cloud.members else LOAD_BALANCERS
        )
        for name, topology, (small, large) in load_balancers:
            for before, after in ((small, large), (large, small)):
                yield Case(
                    cloud,
                    f'resize {topology}',
                    name,
                    _resize(name, after),
                    before,
                )
            for verb in ('rebuild', 'failover'):
                yield Case(
                    cloud,
                    f'{verb} {topology}',
                    name,
                    _openstack(verb, '--wait', name),
                )


def _openstack(*arguments: str) -> Sequence[str]:
    return (str(BIN / 'openstack'), 'loadbalancer', *arguments)


def _resize(load_balancer: str, flavor: str) -> Sequence[str]:
    return _openstack('resize', '--wait', '--flavor', flavor, load_balancer)


class Traffic:
    """Measurements on a sandbox that runs."""

    def __init__(self, sandbox: resize_sandbox.Sandbox) -> None:
        self.environment = (
            os.environ
            | sandbox.environment
            | {
                'OS_CLOUD': clouds.ADMIN_CLOUD,
                'RESIZE_SANDBOX_DIR': str(sandbox.state.root),
            }
        )

    def measure(self, case: Case, plot: pathlib.Path | None) -> Report:
        """Do it once under traffic.

        :param plot: where to draw it.
        :raises subprocess.CalledProcessError: It has failed.
        """
        if case.flavor_before:
            # Does nothing if the load balancer has the flavor already.
            self._run(_resize(case.load_balancer, case.flavor_before))
        report: Report = json.loads(
            self._run(
                (
                    *(str(BIN / 'resize-sandbox'), 'traffic', '--json'),
                    *(('--plot', str(plot)) if plot else ()),
                    *(case.load_balancer, '--', *case.command),
                )
            )
        )
        del report['timeline']
        return report

    def _run(self, command: Sequence[str]) -> str:
        return subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@contextlib.contextmanager
def started(cloud: Cloud, network: str) -> Iterator[Traffic]:
    """Start a sandbox, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix='benchmarks-') as directory:
        sandbox = resize_sandbox.Sandbox(
            pathlib.Path(directory) / 'sandbox',
            options=Options(
                traffic=True,
                network=network,
                boot_seconds=cloud.boot_seconds,
                delete_seconds=cloud.delete_seconds,
            ),
            report=_say,
        )
        try:
            sandbox.up()
            if cloud.members:
                create_load_balancers(sandbox.state, cloud.members)
            else:
                create_tls_listeners(sandbox.state)
            yield Traffic(sandbox)
        finally:
            sandbox.down()


def measure_all(
    chosen: Sequence[Case],
    network: str,
    runs: int,
    plots: pathlib.Path | None,
    results: dict[str, list[Report]],
) -> None:
    """Do all that was chosen, each so often.

    :param network: what connects the amphorae.
    :param plots: where to draw the first of each.
    :param results: filled with the reports of each case, by its name: what
        was measured is there also when the rest fails.
    :raises subprocess.CalledProcessError: A command has failed.
    """
    for cloud in CLOUDS:
        of_cloud = [case for case in chosen if case.cloud == cloud]
        if not of_cloud:
            continue
        with started(cloud, network) as traffic:
            # In turn, so that the first of each isn't alone with a machine
            # that has just started a sandbox.
            for _ in range(runs):
                for case in of_cloud:
                    plot = None
                    if plots and case.name not in results:
                        plot = plots / case.file_name
                    report = traffic.measure(case, plot)
                    results.setdefault(case.name, []).append(report)
                    _say(f'{case.name}: {json.dumps(report)}')


def row(name: str, reports: Sequence[Report]) -> Sequence[str]:
    """Return the cells of the table: minimum, median and maximum."""

    def spread(key: str, digits: int = 0) -> str:
        values = [report[key] for report in reports]
        figures = [min(values), statistics.median(values), max(values)]
        if len(set(values)) == 1:
            figures = values[:1]
        return ', '.join(f'{round(figure, digits):,g}' for figure in figures)

    def of(failed: str, requests: str) -> str:
        total = sum(report[requests] for report in reports)
        return f'{spread(failed)} (of {total / len(reports):,.0f})'

    return (
        f'{name} ({len(reports)})',
        spread('seconds', 1),
        of('failed', 'requests'),
        spread('longest_gap_ms'),
        of('kept_lost', 'kept_requests'),
        of('http2_lost', 'http2_requests'),
        of('downloads_failed', 'downloads'),
        spread('breaks_max', 1),
        spread('silence_max_ms'),
        of('cold_failed', 'cold_requests'),
        of('routed_failed', 'routed_requests'),
        of('floating_failed', 'floating_requests'),
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.traffic',
        description=__doc__.splitlines()[0],
    )
    parser.add_argument('--network', choices=(BRIDGES, OVN), default=BRIDGES)
    parser.add_argument('--runs', type=int, default=10)
    parser.add_argument(
        '--only',
        default='',
        metavar='TEXT',
        help='only operations in whose name this is, such as "resize SINGLE" '
        'or "boots in 10 s"',
    )
    parser.add_argument('--plots', type=pathlib.Path, metavar='DIR')
    parser.add_argument(
        '--json', action='store_true', help='print all reports, not a table'
    )
    arguments = parser.parse_args(argv)
    chosen = [case for case in cases() if arguments.only in case.name]
    if not chosen:
        names = '\n'.join(case.name for case in cases())
        parser.error(f'--only leaves nothing of\n{names}')
    if arguments.plots:
        arguments.plots.mkdir(parents=True, exist_ok=True)
    # As Ctrl-C does: the sandbox goes, and what was measured is printed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results: dict[str, list[Report]] = {}
    try:
        measure_all(
            chosen,
            arguments.network,
            arguments.runs,
            arguments.plots,
            results,
        )
    except exceptions.SandboxError as error:
        _say(str(error))
        return 1
    except subprocess.CalledProcessError as error:
        _say(f'{error}\n{error.stderr}')
        return 1
    finally:
        if arguments.json:
            print(json.dumps(results, indent=2))
        elif results:
            print(table(HEADER, [row(*item) for item in results.items()]))
    return 0


if __name__ == '__main__':
    sys.exit(main())
