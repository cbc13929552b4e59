# SPDX-License-Identifier: Apache-2.0

"""Tenants with many load balancers, and their commands."""

from collections.abc import Sequence
import contextlib
import itertools
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid

from openstack.identity.v3 import _proxy as identity_v3
import yaml

from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox import variables
from resize_sandbox.seeds import identity

_POLL_SECONDS = 2.0
_TIMEOUT_SECONDS = 1800
_FLAVORS = ('small', 'large')


class Tenants:
    """Projects and users on a sandbox, and their load balancers."""

    def __init__(
        self, sandbox: resize_sandbox.Sandbox, count: int, directory: str
    ) -> None:
        self.sandbox = sandbox
        self.admin = identity.connect(sandbox.state, 'sandbox-admin')
        self.service = self.admin.load_balancer
        self.flavors = {f.name: f.id for f in self.service.flavors()}
        self.clouds = pathlib.Path(directory, 'clouds.yaml')
        self.projects: dict[str, str] = {}
        #: Load balancers by the cloud of their tenant.
        self.by_tenant: dict[str, list[str]] = {}
        self._make_tenants([f'load-{n + 1:02}' for n in range(count)])

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
        self.wait(all_ids(self.choose(count)))

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
                        *('--max-in-progress', '0'),
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


def all_ids(by_tenant: dict[str, list[str]]) -> list[str]:
    return list(itertools.chain.from_iterable(by_tenant.values()))
