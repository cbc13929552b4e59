# SPDX-License-Identifier: Apache-2.0

"""Count the requests of resizes and failovers to Neutron and Nova.

    python -m benchmarks.cost [--runs N] [--output FILE]

It makes an environment of its own in .venv/benchmarks/cost, and starts the
cloud of benchmarks/cloud.py, which needs what the distributed sandbox needs.
A SINGLE load balancer and an ACTIVE_STANDBY one, with members on another
network, are resized and failed over in turn. All requests to Neutron and Nova
are counted: also those of the two to each other.

The table is for doc/source/contributor/benchmarks.rst.
"""

import argparse
import collections
import pathlib
import re
import statistics
import sys
import time
from typing import Any

from benchmarks import environment

#: No request for so long: what was requested has an end.
_QUIET_SECONDS = 5
_TIMEOUT_SECONDS = 600
#: What gunicorn logs of a request.
_REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.\d" \d+ ')
_ID = re.compile(
    r'[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\d+\.\d+\.\d+\.\d+'
)

Requests = collections.Counter[str]


class Log:
    """The requests that a service has answered."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._read = 0

    def take(self) -> Requests:
        """Return the requests since the last call, once there are no more.

        Each is counted by its method and its path without IDs and addresses.
        """
        size = -1
        while size != (size := self._path.stat().st_size):
            time.sleep(_QUIET_SECONDS)
        with self._path.open() as log:
            log.seek(self._read)
            found = [_REQUEST.search(line) for line in log]
            self._read = log.tell()
        return collections.Counter(
            _ID.sub('ID', f'{one["method"]} {one["path"]}')
            for one in found
            if one
        )


class LoadBalancer:
    """A load balancer of the cloud."""

    def __init__(self, service: Any, name: str, prefix: str) -> None:
        self._service = service
        self._id = service.find_load_balancer(name).id
        self._flavor_ids = [
            service.find_flavor(f'{prefix}{size}').id
            for size in ('small', 'large')
        ]

    def resize(self) -> None:
        """Resize to the other flavor."""
        self._flavor_ids.reverse()
        self._put('resize', json={'new_flavor_id': self._flavor_ids[0]})

    def fail_over(self) -> None:
        """Fail over as Octavia does."""
        self._put('failover')

    def _put(self, action: str, **kwargs: Any) -> None:
        self._service.put(
            f'/lbaas/loadbalancers/{self._id}/{action}', **kwargs
        ).raise_for_status()
        self._service.wait_for_load_balancer(
            self._id, interval=1, wait=_TIMEOUT_SECONDS
        )


def compare(
    load_balancer: LoadBalancer, logs: dict[str, Log], runs: int
) -> dict[str, tuple[list[Requests], list[Requests]]]:
    """Return the requests of each resize and each failover, by service."""
    found: dict[str, tuple[list[Requests], list[Requests]]] = {
        name: ([], []) for name in logs
    }
    for log in logs.values():
        log.take()
    for _ in range(runs):
        for turn, act in enumerate(
            (load_balancer.resize, load_balancer.fail_over)
        ):
            act()
            for name, log in logs.items():
                requests = log.take()
                found[name][turn].append(requests)
                environment.say(
                    f'{act.__name__}, {name}: {requests.total()} requests'
                )
    return found


def measure(directory: pathlib.Path, runs: int) -> list[tuple[str, ...]]:
    """Return the rows of the table."""
    from benchmarks import cloud
    from resize_sandbox import clouds
    from resize_sandbox.seeds import identity

    sandbox = cloud.make(directory, environment.say)
    rows: list[tuple[str, ...]] = []
    try:
        sandbox.up()
        logs = {
            name: Log(sandbox.log_file(name))
            for name in (cloud.NEUTRON, cloud.NOVA)
        }
        service = identity.connect(
            sandbox.state, clouds.ADMIN_CLOUD
        ).load_balancer
        for topology, name, prefix in (
            ('SINGLE', 'web', ''),
            ('ACTIVE_STANDBY', 'shop', 'ha-'),
        ):
            load_balancer = LoadBalancer(service, name, prefix)
            found = compare(load_balancer, logs, runs)
            for of, turns in found.items():
                print_differences(f'{topology}, {of}', *turns)
                rows.append((topology, of.capitalize(), *_row(*turns)))
    finally:
        sandbox.down()
    return rows


def _row(ours: list[Requests], peer: list[Requests]) -> tuple[str, str, str]:
    counts = [[one.total() for one in requests] for requests in (ours, peer)]
    medians = [statistics.median(one) for one in counts]
    of_ours, of_peer = (', '.join(map(str, one)) for one in counts)
    return of_ours, of_peer, f'{medians[0] / medians[1]:.2f}'


def print_differences(
    what: str, ours: list[Requests], peer: list[Requests]
) -> None:
    """Print the mean number of each request of which there are not as many."""
    means = [
        {
            request: number / len(requests)
            for request, number in sum(requests, Requests()).items()
        }
        for requests in (ours, peer)
    ]
    for request in sorted({*means[0], *means[1]}):
        numbers = [mean.get(request, 0) for mean in means]
        if numbers[0] != numbers[1]:
            environment.say(
                f'{what}: {numbers[0]:g} : {numbers[1]:g} {request}'
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.cost',
        description=__doc__.splitlines()[0],
    )
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args()
    environment.enter('benchmarks.cost')
    header = ('Load balancer', 'Service', 'Resize', 'Failover', 'Ratio')
    with environment.report(arguments.output, *header) as (directory, rows):
        rows += measure(directory, arguments.runs)
    return 0


if __name__ == '__main__':
    sys.exit(main())
