# SPDX-License-Identifier: Apache-2.0

"""Resize many load balancers until Nova's quota is used up.

    python -m benchmarks.quota [--count N] [--room N] [--output FILE]

It uses the environment and the cloud of benchmarks/cost.py. The quota of the
project of amphorae has room for ``--room`` servers more, and the rollout has
one more load balancer in progress. The command that the failure prints is run
as it is printed, and then the first one with half of that limit.
"""

import argparse
import collections
import json
import pathlib
import re
import shlex
import subprocess
import sys
from typing import Any

from openstack.identity.v3 import _proxy as identity_v3

from benchmarks import environment

_TIMEOUT_SECONDS = 1800
#: What comes before the command that leads back from all failures.
_FAILED = 'To return all that failed'
_COMMAND = re.compile(r'openstack loadbalancer resize .*')


class Rollout:
    """Load balancers of one tenant, and the commands of an administrator."""

    def __init__(self, state: Any, count: int) -> None:
        from resize_sandbox import clouds
        from resize_sandbox import variables
        from resize_sandbox.seeds import identity

        self.admin = identity.connect(state, clouds.ADMIN_CLOUD)
        self.octavia = self.admin.load_balancer
        self.names = [f'quota-{number + 1:02}' for number in range(count)]
        self._environment = variables.isolated(state) | {
            'OS_CLIENT_CONFIG_FILE': str(state.clouds_yaml),
            'OS_CLOUD': clouds.ADMIN_CLOUD,
        }

    def create(self) -> None:
        """Create the load balancers, and wait until they are ACTIVE."""
        web = self.octavia.find_load_balancer('web', ignore_missing=False)
        small = self.octavia.find_flavor('small', ignore_missing=False)
        self._limit_servers(-1)
        # Each load balancer has a security group.
        self.admin.network.update_quota(
            self._get_project(),
            security_groups=-1,
            security_group_rules=-1,
            ports=-1,
        )
        for name in self.names:
            created = self.octavia.create_load_balancer(
                name=name,
                project_id=web.project_id,
                vip_subnet_id=web.vip_subnet_id,
                flavor_id=small.id,
            )
            self.octavia.wait_for_load_balancer(
                created.id, interval=1, wait=_TIMEOUT_SECONDS
            )
            environment.say(f'{name} is ACTIVE')

    def leave_room(self, room: int) -> None:
        """Set the quota to what is used, and so many servers more."""
        servers = list(self.admin.compute.servers(all_projects=True))
        self._limit_servers(len(servers) + room)

    def _limit_servers(self, number: int) -> None:
        self.admin.compute.update_quota_set(
            self._get_project(), instances=number, cores=-1, ram=-1
        )

    def _get_project(self) -> str:
        identity = self.admin.identity
        assert isinstance(identity, identity_v3.Proxy)
        (project,) = identity.projects(name='service')
        return str(project.id)

    def resize(self, max_in_progress: int) -> tuple[dict[str, int], str]:
        """Resize all load balancers.

        :returns: The number of each result, and what is written to stderr.
        """
        printed = self.run(
            *('openstack', 'loadbalancer', 'resize', '--flavor', 'large'),
            *('--wait', '--max-in-progress', str(max_in_progress)),
            *('-f', 'json', *self.names),
        )
        rows = json.loads(printed.stdout)
        return collections.Counter(row['result'] for row in rows), (
            printed.stderr
        )

    def run(self, *command: str) -> 'subprocess.CompletedProcess[str]':
        """Run a command of ``openstack``."""
        finished = subprocess.run(
            [pathlib.Path(sys.executable).parent / command[0], *command[1:]],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
        environment.say(finished.stderr)
        return finished

    def count_statuses(self) -> dict[str, int]:
        """Return how many load balancers have each provisioning status."""
        return collections.Counter(
            found.provisioning_status
            for found in self.octavia.load_balancers()
            if found.name in self.names
        )


def measure(
    directory: pathlib.Path, count: int, room: int
) -> list[tuple[str, str]]:
    """Return the rows of the table."""
    from benchmarks import cloud

    sandbox = cloud.make(directory, environment.say)
    try:
        sandbox.up()
        rollout = Rollout(sandbox.state, count)
        rollout.create()
        rollout.leave_room(room)
        rows = []
        for limit in room + 1, room // 2:
            results, printed = rollout.resize(limit)
            rows += [
                (f'``--max-in-progress {limit}``', _format(results)),
                ('Load balancers then', _format(rollout.count_statuses())),
            ]
            if command := _COMMAND.search(printed.partition(_FAILED)[2]):
                rollout.run(*shlex.split(command[0]))
                rows.append(
                    (
                        'After the command that is printed',
                        _format(rollout.count_statuses()),
                    )
                )
        return rows
    finally:
        sandbox.down()


def _format(counts: dict[str, int]) -> str:
    return ', '.join(
        f'{number} {what}' for what, number in sorted(counts.items())
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.quota',
        description=__doc__.splitlines()[0],
    )
    parser.add_argument('--count', type=int, default=50)
    parser.add_argument('--room', type=int, default=9)
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args()
    environment.enter('benchmarks.quota')
    with environment.report(arguments.output, '', 'Measured') as (
        directory,
        rows,
    ):
        rows += measure(directory, arguments.count, arguments.room)
    return 0


if __name__ == '__main__':
    sys.exit(main())
