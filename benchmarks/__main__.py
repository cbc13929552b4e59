# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Measure the commands against their peers, on a sandbox of their own.

    python -m benchmarks [--pairs N] [--many N] [--output FILE]

Each command runs in turn with its peer, in environments of their own in
.venv/benchmarks: one with openstackclient, octaviaclient and magnumclient,
one with this project besides. It takes about 15 minutes, and the machine
should have nothing else to do.
"""

import argparse
from collections.abc import Iterator
import contextlib
import datetime
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any
import venv

import openstack

from benchmarks import measure
from resize_client.sdk import connection
from resize_sandbox import sandbox

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Not in a temporary directory: there, stevedore doesn't cache what is
# installed, as it does for users.
ENVIRONMENTS = ROOT / '.venv' / 'benchmarks'
PEERS = (
    'python-openstackclient',
    'python-octaviaclient',
    'python-magnumclient',
)
TIMEOUT_SECONDS = 300
SUBNET = '1a3b6f52-7d07-4b3e-8f3a-0d1c7d3f5a41'

Row = tuple[str, str, str, str]


def make_client(
    directory: pathlib.Path, state_dir: pathlib.Path, *packages: str
) -> measure.Client:
    """Install packages into an environment of their own.

    :param directory: The environment; made if it isn't there.
    :param state_dir: The state directory of the sandbox to talk to.
    """
    if not (directory / 'bin' / 'pip').exists():
        venv.create(directory, with_pip=True)
    subprocess.run(
        [
            directory / 'bin' / 'pip',
            'install',
            '--quiet',
            '--constraint',
            ROOT / 'tools' / 'constraints.txt',
            *packages,
        ],
        check=True,
    )
    environ = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(('OS_', 'PYTHON'))
    }
    environ |= {
        'OS_CLIENT_CONFIG_FILE': str(state_dir / 'clouds.yaml'),
        'OS_CLOUD': 'sandbox-admin',
        'XDG_CACHE_HOME': str(directory / 'cache'),
    }
    return measure.Client(directory / 'bin', environ)


class Benchmark:
    """All measurements, on one sandbox: started by start(), not stopped."""

    def __init__(self, directory: pathlib.Path, pairs: int, many: int) -> None:
        self.pairs = pairs
        self.many = many
        self.rows: list[Row] = []
        state_dir = directory / 'sandbox'
        self.peer = make_client(ENVIRONMENTS / 'peer', state_dir, *PEERS)
        self.ours = make_client(
            ENVIRONMENTS / 'ours', state_dir, *PEERS, str(ROOT)
        )
        self.sandbox = sandbox.Sandbox(state_dir)
        self.tenant, self.peer_tenant = (
            measure.Client(
                client.bin_dir,
                client.environ | {'OS_CLOUD': 'sandbox-member'},
            )
            for client in (self.ours, self.peer)
        )

    def start(self) -> None:
        self.sandbox.up()
        os.environ['OS_CLIENT_CONFIG_FILE'] = str(
            self.sandbox.state.clouds_yaml
        )
        self.cloud = openstack.connect(cloud='sandbox-admin')
        self.member = connection.extend(
            openstack.connect(cloud='sandbox-member')
        )

    def add(self, what: str, ours: str, peer: str, ratio: str) -> None:
        self.rows.append((what, ours, peer, ratio))
        print(' | '.join(self.rows[-1]), flush=True)

    def add_runs(
        self, what: str, ours: list[measure.Run], peer: list[measure.Run]
    ) -> None:
        """Add the rows of a command and its peer."""
        for field, name, unit in (
            ('cpu', 'CPU time', 's'),
            ('wall', 'wall time', 's'),
            ('memory', 'peak memory', 'MiB'),
        ):
            a, b = measure.median(ours, field), measure.median(peer, field)
            digits = 0 if unit == 'MiB' else 2
            self.add(
                f'{what}: {name}',
                f'{a:.{digits}f} {unit}',
                f'{b:.{digits}f} {unit}',
                f'{a / b:.2f}',
            )

    def wait_active(self, load_balancer_id: str) -> None:
        """Wait for the end of what a load balancer is PENDING for.

        :raises openstack.exceptions.SDKException: It is in ERROR, or hasn't
            ended in time.
        """
        self.cloud.load_balancer.wait_for_load_balancer(
            load_balancer_id,
            interval=measure.POLL_SECONDS,
            wait=TIMEOUT_SECONDS,
        )

    @contextlib.contextmanager
    def cluster_resized(self, node_count: int) -> Iterator[None]:
        """Wait for the end of the resize that is asked for inside.

        :param node_count: How many workers it asks for.
        :raises openstack.exceptions.SDKException: It has failed, or hasn't
            ended in time.
        """
        magnum = self.member.container_infrastructure_management
        cluster = magnum.get_cluster('dev')
        workers = magnum.get_nodegroup(cluster, 'default-worker')
        yield
        magnum.wait_for_cluster_resize(
            cluster, workers, node_count, timeout=TIMEOUT_SECONDS
        )

    def run(self) -> None:
        self.import_cost()
        self.load_balancer()
        self.flows()
        self.waiting()
        self.cluster()
        self.many_load_balancers()

    def import_cost(self) -> None:
        """``openstack --version``, with and without the plugin."""
        ours, peer = [], []
        # The difference is small against what one run differs from another.
        for number in range(self.pairs * 6):
            turns = [(ours, self.ours), (peer, self.peer)]
            for runs, client in turns if number % 2 else reversed(turns):
                runs.append(client.run('--version').cpu * 1000)
        differences = [a - b for a, b in zip(ours, peer, strict=True)]
        self.add(
            '``openstack --version``: CPU time',
            f'{statistics.median(ours):.0f} ms',
            f'{statistics.median(peer):.0f} ms',
            f'{statistics.median(differences):+.0f} ms',
        )

    def load_balancer(self) -> None:
        """Resize against failover, both without waiting.

        A failover is for administrators only.
        """
        lb_id = self.cloud.load_balancer.find_load_balancer('web').id
        ours, peer = [], []
        flavors = ['large', 'small'] * (self.pairs + 1)
        for flavor in flavors[: self.pairs]:
            ours.append(
                self.tenant.run(
                    'loadbalancer', 'resize', '--flavor', flavor, 'web'
                )
            )
            self.wait_active(lb_id)
            peer.append(self.peer.run('loadbalancer', 'failover', 'web'))
            self.wait_active(lb_id)
        self.add_runs('``loadbalancer resize``', ours, peer)
        flavor = flavors[self.pairs]
        requests = self.tenant.count_requests(
            'loadbalancer', 'resize', '--flavor', flavor, 'web'
        )
        self.wait_active(lb_id)
        peers = self.peer.count_requests('loadbalancer', 'failover', 'web')
        self.wait_active(lb_id)
        self.add(
            '``loadbalancer resize``: HTTP requests of a tenant',
            str(requests),
            str(peers),
            f'{requests / peers:.2f}',
        )

    def flows(self) -> None:
        """The server's flows, from its 202 to ACTIVE."""
        for name, flavors in (
            ('web', ('large', 'small')),
            ('shop', ('ha-large', 'ha-small')),
        ):
            proxy = self.cloud.load_balancer
            load_balancer = proxy.find_load_balancer(name)
            ids = {f.name: f.id for f in proxy.flavors()}
            now = load_balancer.flavor_id
            path = f'/lbaas/loadbalancers/{load_balancer.id}'
            ours, peer = [], []
            # They take no more than a second or two: too little for few.
            for number in range(3 * self.pairs):
                now = next(ids[f] for f in flavors if ids[f] != now)
                pair = [
                    (ours, 'resize', {'new_flavor_id': now}),
                    (peer, 'failover', None),
                ]
                # The first is faster: Octavia keeps the amphorae that it has
                # deleted in its database, and reads all each time.
                if number % 4 > 1:
                    pair.reverse()
                for durations, action, body in pair:
                    with self.watch(load_balancer.id) as watcher:
                        proxy.put(f'{path}/{action}', json=body)
                        begun = time.monotonic()
                    durations.append(watcher.ended[load_balancer.id] - begun)
            # Python looks for garbage in some of them only, which costs a
            # tenth of one: no median tells on whose account.
            a, b = statistics.mean(ours), statistics.mean(peer)
            self.add(
                f'The flow on the server, {load_balancer.name}',
                f'{a:.2f} s',
                f'{b:.2f} s',
                f'{a / b:.2f}',
            )

    def watch(
        self, load_balancer_id: str
    ) -> contextlib.AbstractContextManager[measure.Watcher]:
        return measure.watch(
            self.sandbox.state.data / 'octavia.db', [load_balancer_id]
        )

    def waiting(self) -> None:
        """The lag between the server's end and the command's."""
        proxy = self.cloud.load_balancer
        lb_id = proxy.find_load_balancer('web').id
        ours, peer = [], []
        for number in range(self.pairs):
            flavor = self.other_flavor('web')
            with self.watch(lb_id) as watcher:
                run = self.ours.run(
                    *('loadbalancer', 'resize', '--flavor', flavor),
                    *('--wait', 'web'),
                )
            ours.append(run.ended - watcher.ended[lb_id])
            with self.watch(lb_id) as watcher:
                run = self.peer.run(
                    'loadbalancer', 'failover', '--wait', 'web'
                )
            peer.append(run.ended - watcher.ended[lb_id])
        a, b = statistics.median(ours), statistics.median(peer)
        self.add(
            'From ACTIVE to the exit of the command with ``--wait``',
            f'{a:.2f} s',
            f'{b:.2f} s',
            f'{a / b:.2f}',
        )

    def other_flavor(self, name: str) -> str:
        proxy = self.cloud.load_balancer
        small = proxy.find_flavor('small').id
        now = proxy.find_load_balancer(name).flavor_id
        return 'large' if now == small else 'small'

    def cluster(self) -> None:
        """Resize of workers against magnumclient's command."""
        ours, peer = [], []
        for _ in range(self.pairs):
            for runs, client, count in (
                (ours, self.tenant, 3),
                (peer, self.peer_tenant, 2),
            ):
                with self.cluster_resized(count):
                    runs.append(
                        client.run(
                            'coe', 'cluster', 'resize', 'dev', str(count)
                        )
                    )
        self.add_runs('``coe cluster resize``', ours, peer)
        requests = []
        for client, count in ((self.tenant, 3), (self.peer_tenant, 2)):
            with self.cluster_resized(count):
                requests.append(
                    client.count_requests(
                        'coe', 'cluster', 'resize', 'dev', str(count)
                    )
                )
        self.add(
            '``coe cluster resize``: HTTP requests',
            *map(str, requests),
            f'{requests[0] / requests[1]:.2f}',
        )

    def many_load_balancers(self) -> None:
        """Many in one command, against a shell loop of the peer."""
        proxy = self.member.load_balancer
        small = self.cloud.load_balancer.find_flavor('small').id
        names = [f'many-{number}' for number in range(self.many)]
        ids = [
            proxy.create_load_balancer(
                name=name, vip_subnet_id=SUBNET, flavor_id=small
            ).id
            for name in names
        ]
        for lb_id in ids:
            self.wait_active(lb_id)
        run = self.tenant.run(
            'loadbalancer', 'resize', '--flavor', 'large', '--wait', *names
        )
        resizes = [
            proxy.get(f'/lbaas/loadbalancers/{lb_id}/resize').json()['resize']
            for lb_id in ids
        ]
        server = seconds_between(
            min(resize['created_at'] for resize in resizes),
            max(resize['updated_at'] for resize in resizes),
        )
        self.add(
            f'{self.many} load balancers at once: command against server',
            f'{run.wall:.1f} s',
            f'{server:.1f} s',
            f'{run.wall / server:.2f}',
        )
        begun = time.monotonic()
        for name in names:
            self.peer.run('loadbalancer', 'failover', '--wait', name)
        loop = time.monotonic() - begun
        self.add(
            f'{self.many} load balancers: one command against a loop',
            f'{run.wall:.1f} s',
            f'{loop:.1f} s',
            f'{run.wall / loop:.2f}',
        )
        requests = self.tenant.count_requests(
            'loadbalancer', 'resize', '--flavor', 'small', '--wait', *names
        )
        self.add(
            f'{self.many} load balancers: HTTP requests for each',
            f'{requests / self.many:.2f}',
            '',
            '',
        )


def seconds_between(begin: str, end: str) -> float:
    """Return the time between two points in ISO 8601."""
    length = datetime.datetime.fromisoformat(
        end
    ) - datetime.datetime.fromisoformat(begin)
    return length.total_seconds()


def write_table(rows: list[Row], output: pathlib.Path) -> None:
    """Write the results as a reStructuredText table."""
    lines = [
        '.. list-table::',
        '   :header-rows: 1',
        '   :widths: 46 18 18 18',
        '',
    ]
    for row in (('', 'ours', 'peer', 'ratio'), *rows):
        lines += [
            f'   {"* -" if number == 0 else "  -"} {cell}'.rstrip()
            for number, cell in enumerate(row)
        ]
    output.write_text('\n'.join(lines) + '\n')


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks', description=__doc__
    )
    parser.add_argument('--pairs', type=int, default=9)
    parser.add_argument('--many', type=int, default=50)
    parser.add_argument(
        '--only', help='name of one measurement, a method of Benchmark'
    )
    parser.add_argument('--output', type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='benchmarks-') as directory:
        benchmark: Any = Benchmark(
            pathlib.Path(directory), arguments.pairs, arguments.many
        )
        try:
            benchmark.start()
            getattr(benchmark, arguments.only or 'run')()
        finally:
            benchmark.sandbox.down()
    if arguments.output:
        write_table(benchmark.rows, arguments.output)
    return 0


if __name__ == '__main__':
    sys.exit(main())
