# SPDX-License-Identifier: Apache-2.0

"""Count the servers that are built at a time with a build_rate_limit.

    python -m benchmarks.slots [--count N] [--limit N] [--state-dir DIR]
                               [--output FILE]

On a distributed sandbox whose servers take five seconds to boot, one command
resizes all load balancers at once.
"""

import argparse
from collections.abc import Sequence
import pathlib
import sys
import threading

from benchmarks import load
from benchmarks.fleet import Fleet
from benchmarks.table import table
from resize_sandbox.distributed import octavia

_SAMPLE_SECONDS = 0.1
#: Octavia notes a server's ID when Nova has it, and its address when the
#: server is ACTIVE.
_BUILDING = (
    'SELECT count(*) FROM amphora WHERE compute_id IS NOT NULL'
    " AND lb_network_ip IS NULL AND status != 'DELETED'"
)


def run(arguments: argparse.Namespace, state_dir: str, directory: str) -> str:
    """Resize the load balancers, and return the table."""
    count, limit = arguments.count, arguments.limit
    sandbox = load.start_sandbox(state_dir)
    fleet = Fleet(sandbox, directory)
    fleet.tenants.create(count)
    names = fleet.get_names(count)
    with sandbox.state.config_file('octavia').open('a') as config:
        config.write(f'\n[haproxy_amphora]\nbuild_rate_limit = {limit}\n')
    sandbox.stop_services(*octavia.RESIZE_WORKERS)
    sandbox.start_services(*octavia.RESIZE_WORKERS)
    samples: list[int] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            samples.append(fleet.select(_BUILDING)[0][0])

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        fleet.run(
            *('--wait', '--max-in-progress', '0', '--flavor', 'slow'), *names
        )
    finally:
        done.set()
        thread.join()
    slots = fleet.select('SELECT slots_used FROM amphora_build_slots')
    return table(
        ('', 'Measured'),
        [
            ('``build_rate_limit``', str(limit)),
            ('Resized, all requested at once', str(count)),
            (
                'Servers built at a time, at most',
                f'{max(samples)}, in {len(samples):,} samples',
            ),
            ('Slots in use at the end', str(slots[0][0])),
        ],
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.slots', description=__doc__.splitlines()[0]
    )
    parser.add_argument('--count', type=int, default=30)
    parser.add_argument('--limit', type=int, default=2)
    parser.add_argument('--state-dir')
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args(argv)
    return load.report(arguments, run)


if __name__ == '__main__':
    sys.exit(main())
