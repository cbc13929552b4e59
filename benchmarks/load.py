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

"""Resize many load balancers at once, on a distributed sandbox.

    python -m benchmarks.load [--counts N ...] [--tenants N] [--resizes N]
                              [--state-dir DIR] [--output FILE]

For each count, that many load balancers are resized by one command of an
administrator, and then by as many commands of tenants, side by side. After
that, --resizes resizes are made one bunch after another, to see whether the
workers' memory grows. While all this goes on, a GET of one load balancer is
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
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from openstack.identity.v3 import _proxy as identity_v3
import psutil
import requests
import yaml

from benchmarks.table import table
from resize_sandbox import profile
from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox import variables
from resize_sandbox.distributed import octavia
from resize_sandbox.seeds import identity

_SAMPLER = 'load-sampler'
_SAMPLE_SECONDS = 0.25
_POLL_SECONDS = 2.0
_TIMEOUT_SECONDS = 1800
_FLAVORS = ('small', 'large')

#: What gunicorn logs of each request: its path, status and user agent.
_REQUEST = re.compile(
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
    """Load balancers of several tenants on one sandbox."""

    def __init__(
        self, sandbox: resize_sandbox.Sandbox, tenants: int, directory: str
    ) -> None:
        self.sandbox = sandbox
        self.admin = identity.connect(sandbox.state, 'sandbox-admin')
        self.service = self.admin.load_balancer
        self.flavors = {f.name: f.id for f in self.service.flavors()}
        self.clouds = pathlib.Path(directory, 'clouds.yaml')
        self.projects: dict[str, str] = {}
        #: Load balancers by the cloud of their tenant.
        self.by_tenant: dict[str, list[str]] = {}
        self._make_tenants([f'load-{n + 1:02}' for n in range(tenants)])

    def _make_tenants(self, names: Sequence[str]) -> None:
        """Create projects and users, and a clouds.yaml for all of them."""
        service = self.admin.identity
        assert isinstance(service, identity_v3.Proxy)
        clouds = yaml.safe_load(self.sandbox.state.clouds_yaml.read_text())
        template = clouds['clouds']['sandbox-member']
        member = next(r for r in service.roles() if r.name == 'member')
        known = {project.name: project.id for project in service.projects()}
        users = {user.name: user for user in service.users()}
        for name in names:
            password = uuid.uuid4().hex
            if name not in known:
                known[name] = service.create_project(
                    name=name, domain_id='default'
                ).id
            if name in users:
                user = service.update_user(users[name], password=password)
            else:
                user = service.create_user(
                    name=name, domain_id='default', password=password
                )
            service.assign_project_role_to_user(known[name], user, member)
            self.projects[name] = known[name]
            clouds['clouds'][name] = template | {
                'auth': template['auth']
                | {
                    'username': name,
                    'password': password,
                    'project_name': name,
                }
            }
            self.by_tenant[name] = [
                lb.id
                for lb in self.service.load_balancers(project_id=known[name])
            ]
        self.clouds.touch(mode=0o600)
        self.clouds.write_text(yaml.safe_dump(clouds))

    def create(self, count: int) -> None:
        """Have at least so many load balancers, evenly spread."""
        names = list(self.by_tenant)
        missing = [
            names[n % len(names)]
            for n in range(count)
            if n // len(names) >= len(self.by_tenant[names[n % len(names)]])
        ]
        for name in missing:
            created = self.service.create_load_balancer(
                name=f'{name}-{len(self.by_tenant[name])}',
                project_id=self.projects[name],
                vip_subnet_id=str(uuid.uuid4()),
                flavor_id=self.flavors[_FLAVORS[0]],
            )
            self.by_tenant[name].append(created.id)
        self.wait(_all(self.choose(count)))

    def choose(self, count: int) -> dict[str, list[str]]:
        """Return so many load balancers, by tenant."""
        names = list(self.by_tenant)
        chosen: dict[str, list[str]] = {}
        for n in range(count):
            name = names[n % len(names)]
            chosen.setdefault(name, []).append(
                self.by_tenant[name][n // len(names)]
            )
        return chosen

    def wait(self, ids: Sequence[str], flavor: str | None = None) -> None:
        """Wait until all are ACTIVE.

        :raises RuntimeError: One is in ERROR, or has another flavor.
        """
        wanted = set(ids)
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            found = [
                lb for lb in self.service.load_balancers() if lb.id in wanted
            ]
            statuses = {lb.provisioning_status for lb in found}
            if not any(s.startswith('PENDING_') for s in statuses):
                break
            time.sleep(_POLL_SECONDS)
        flavors = {lb.flavor_id for lb in found}
        if statuses != {'ACTIVE'} or (
            flavor is not None and flavors != {self.flavors[flavor]}
        ):
            raise RuntimeError(f'{statuses}, flavors {flavors}')

    def next_flavor(self, ids: Sequence[str]) -> str:
        """Bring all to one flavor, and return the other one."""
        flavors = {
            lb_id: self.service.get_load_balancer(lb_id).flavor_id
            for lb_id in ids
        }
        now = flavors[ids[0]]
        old, new = sorted(_FLAVORS, key=lambda f: self.flavors[f] != now)
        others = [lb_id for lb_id in ids if flavors[lb_id] != now]
        if others:
            self.run_commands([('sandbox-admin', others)], old)
        return new

    def run_commands(
        self, commands: Sequence[tuple[str, Sequence[str]]], flavor: str
    ) -> None:
        """Run ``loadbalancer resize --wait`` commands, all at once.

        :param commands: a cloud and load balancers for each.
        :raises RuntimeError: One has failed.
        """
        environment = variables.isolated(self.sandbox.state) | {
            'OS_CLIENT_CONFIG_FILE': str(self.clouds)
        }
        with contextlib.ExitStack() as stack:
            running = []
            for cloud, ids in commands:
                output = stack.enter_context(tempfile.TemporaryFile())
                process = subprocess.Popen(
                    [
                        str(pathlib.Path(sys.executable).parent / 'openstack'),
                        *('loadbalancer', 'resize', '--wait'),
                        *('--flavor', flavor, *ids),
                    ],
                    env=environment | {'OS_CLOUD': cloud},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
                stack.callback(process.wait)
                stack.callback(process.kill)
                running.append((process, output))
            for process, output in running:
                if process.wait(_TIMEOUT_SECONDS):
                    output.seek(0)
                    raise RuntimeError(output.read().decode())

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
            made = [m for line in file if (m := _REQUEST.search(line.strip()))]
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
        found = next(ids[0] for ids in self.by_tenant.values() if ids)
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
                        self.admin.session.get_token()
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
        self.create(count)
        chosen = self.choose(count)
        ids = _all(chosen)
        flavor = self.next_flavor(ids)
        yield self.measure(
            'one',
            count,
            lambda: self.run_commands([('sandbox-admin', ids)], flavor),
        )
        self.wait(ids, flavor)
        flavor = self.next_flavor(ids)
        yield self.measure(
            f'{len(chosen)}, a tenant each',
            count,
            lambda: self.run_commands(list(chosen.items()), flavor),
        )
        self.wait(ids, flavor)

    def one_after_another(
        self, resizes: int, bunch: int
    ) -> Iterator[tuple[int, float]]:
        """Resize bunches of load balancers, one after another.

        :returns: how many resizes there were, and the workers' memory then.
        """
        self.create(bunch)
        # All of them in turn: of each, Octavia keeps the amphorae that it has
        # deleted in its database, and reads them with it.
        turn = itertools.cycle(_all(self.by_tenant))
        made = 0
        while made < resizes:
            ids = list(itertools.islice(turn, bunch))
            flavor = self.next_flavor(ids)
            for lb_id in ids:
                response = self.service.put(
                    f'/lbaas/loadbalancers/{lb_id}/resize',
                    json={'new_flavor_id': self.flavors[flavor]},
                )
                response.raise_for_status()
            self.wait(ids, flavor)
            made += bunch
            yield made, self.memory()


def _all(by_tenant: dict[str, list[str]]) -> list[str]:
    return list(itertools.chain.from_iterable(by_tenant.values()))


def run(arguments: argparse.Namespace, state_dir: str, directory: str) -> str:
    """Measure everything, and return the tables."""
    sandbox = resize_sandbox.Sandbox(
        state_dir,
        options=profile.Options(profile=profile.DISTRIBUTED),
        report=lambda line: print(line, file=sys.stderr),
    )
    sandbox.up()
    load = Load(sandbox, arguments.tenants, directory)
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


if __name__ == '__main__':
    sys.exit(main())
