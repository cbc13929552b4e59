# SPDX-License-Identifier: Apache-2.0

"""Measure the commands against their peers, on a sandbox of their own.

    python -m benchmarks [--pairs N] [--many N] [--only NAME ...]
                         [--earlier REVISION] [--output FILE]

Each command runs in turn with its peer, in environments of their own in
.venv/benchmarks: one with openstackclient, octaviaclient and magnumclient,
one with this project besides. It takes about 15 minutes, and the machine
should have nothing else to do. The peer of "cluster_wait" is this project as
it was in a revision of git.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

from benchmarks import clusters
from benchmarks import load_balancers
from benchmarks.setting import Setting
from benchmarks.table import table


def import_cost(setting: Setting) -> None:
    """A command of openstackclient's own, with and without the plugin.

    Not ``--version``, which loads no plugin.
    """
    ours: list[float] = []
    peer: list[float] = []
    # The difference is small against what one run differs from another.
    for number in range(setting.pairs * 6):
        turns = [(ours, setting.ours), (peer, setting.peer)]
        for runs, client in turns if number % 2 else reversed(turns):
            runs.append(client.run('module', 'list').cpu * 1000)
    differences = [a - b for a, b in zip(ours, peer, strict=True)]
    setting.add(
        '``openstack module list``: CPU time',
        f'{statistics.median(ours):.0f} ms',
        f'{statistics.median(peer):.0f} ms',
        f'{statistics.median(differences):+.0f} ms',
    )


MEASUREMENTS = {
    'import_cost': import_cost,
    'load_balancer': load_balancers.command,
    'flows': load_balancers.flows,
    'waiting': load_balancers.waiting,
    'cluster': clusters.command,
    'many_load_balancers': load_balancers.many,
}
# Against --earlier
AGAINST_EARLIER = {'cluster_wait': clusters.waiting}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks', description=__doc__
    )
    parser.add_argument('--pairs', type=int, default=9)
    parser.add_argument('--many', type=int, default=50)
    parser.add_argument(
        '--only', nargs='+', choices=[*MEASUREMENTS, *AGAINST_EARLIER]
    )
    parser.add_argument('--earlier', metavar='REVISION')
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args()
    measurements = MEASUREMENTS | (
        AGAINST_EARLIER if arguments.earlier else {}
    )
    for name in arguments.only or ():
        if name not in measurements:
            parser.error(f'{name} needs --earlier')
    with tempfile.TemporaryDirectory(prefix='benchmarks-') as directory:
        setting = Setting(
            pathlib.Path(directory),
            arguments.pairs,
            arguments.many,
            arguments.earlier,
        )
        try:
            setting.start()
            for name in arguments.only or measurements:
                measurements[name](setting)
        finally:
            setting.sandbox.down()
    if arguments.output:
        arguments.output.write_text(
            table(
                ('', 'ours', 'peer', 'ratio'),
                setting.rows,
                widths=(46, 18, 18, 18),
            )
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
