# SPDX-License-Identifier: Apache-2.0

"""Where the commands are measured: two environments, and a sandbox."""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import subprocess
import venv

import openstack
from openstack.load_balancer.v2 import flavor as _flavor
from openstack.load_balancer.v2 import load_balancer as _lb

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


def check_out(revision: str, directory: pathlib.Path) -> None:
    """Put the project, as it was in a revision, into a new directory."""
    for command in (
        ('git', 'clone', '--quiet', '--no-checkout', ROOT, directory),
        ('git', '-C', directory, 'checkout', '--quiet', revision),
    ):
        subprocess.run(command, check=True)


def _as_tenant(client: measure.Client) -> measure.Client:
    return measure.Client(
        client.bin_dir, client.environ | {'OS_CLOUD': 'sandbox-member'}
    )


class Setting:
    """A sandbox, the clients that talk to it, and what they have shown.

    The sandbox is started by start(), not stopped.
    """

    def __init__(
        self,
        directory: pathlib.Path,
        pairs: int,
        many: int,
        earlier: str | None = None,
    ) -> None:
        """Make the environments.

        :param directory: For what is to be deleted afterwards.
        :param pairs: How often each command runs in turn with its peer.
        :param many: How many load balancers are resized at once.
        :param earlier: A revision of this project, as git names it, for an
            environment of its own; None for no such environment.
        """
        self.pairs = pairs
        self.many = many
        self.rows: list[Row] = []
        state_dir = directory / 'sandbox'
        self.peer = make_client(ENVIRONMENTS / 'peer', state_dir, *PEERS)
        self.ours = make_client(
            ENVIRONMENTS / 'ours', state_dir, *PEERS, str(ROOT)
        )
        self.sandbox = sandbox.Sandbox(state_dir)
        self.tenant = _as_tenant(self.ours)
        self.peer_tenant = _as_tenant(self.peer)
        if earlier is not None:
            source = directory / 'earlier'
            check_out(earlier, source)
            self.earlier_tenant = _as_tenant(
                make_client(
                    ENVIRONMENTS / 'earlier', state_dir, *PEERS, str(source)
                )
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

    def find_load_balancer(self, name: str) -> _lb.LoadBalancer:
        """Return a load balancer of any project."""
        return self.cloud.load_balancer.find_load_balancer(
            name, ignore_missing=False
        )

    def find_flavor(self, name: str) -> _flavor.Flavor:
        """Return a flavor of load balancers."""
        return self.cloud.load_balancer.find_flavor(name, ignore_missing=False)

    def wait_active(self, load_balancer_id: str) -> None:
        """Wait for the end of what a load balancer is PENDING for.

        :raises openstack.exceptions.SDKException: It is in ERROR, or hasn't
            ended in time.
        """
        self.cloud.load_balancer.wait_for_load_balancer(
            load_balancer_id,
            interval=measure.POLL_SECONDS,  # type: ignore[arg-type]
            wait=TIMEOUT_SECONDS,
        )

    @contextlib.contextmanager
    def cluster_resized(self, node_count: int) -> Iterator[None]:
        """Wait for the end of the resize that is requested in the context.

        :param node_count: The requested number of workers.
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

    def watch(
        self, load_balancer_id: str
    ) -> contextlib.AbstractContextManager[measure.Watcher]:
        return measure.watch(
            self.sandbox.state.data / 'octavia.db', [load_balancer_id]
        )
