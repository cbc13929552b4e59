# SPDX-License-Identifier: Apache-2.0
"""A sandbox with traffic that all tests share."""

from collections.abc import Callable
from collections.abc import Sequence
import fcntl
import functools
import itertools
import json
import os
from pathlib import Path
import re
import subprocess
import time
from typing import Any

import fixtures
from openstack.connection import Connection
import testtools

from resize_sandbox import clouds
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.deployment import BRIDGES
from resize_sandbox.deployment import EMBEDDED
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity
from tests.functional import shared_sandbox

_COMMAND_SECONDS = 180
_WAIT_SECONDS = 180
#: Enough to find what is broken, and few enough for a busy machine: clients
#: that get no processor find each request too late, and never catch up.
_REQUESTS_PER_SECOND = 50
#: The environment variable that chooses the sandbox's profile
_PROFILE = 'RESIZE_TEST_PROFILE'


@functools.cache
def shared(network: str = BRIDGES) -> Sandbox:
    """Return the sandbox, running."""
    profile = os.environ.get(_PROFILE, EMBEDDED)
    return shared_sandbox.running(
        f'traffic-{profile}-{network}',
        *('--traffic', '--network', network, '--profile', profile),
    )


def get_stall_ms(report: dict[str, Any]) -> float:
    """Return for how long the machine itself keeps clients from working.

    That shows in the seconds before the switch: a client with nothing else
    beside it sends the same number of requests in each.

    :returns: Three times the longest time, in milliseconds.
    """
    old = set(report['timeline'][0]['amphorae'])
    sent = [
        second['requests']
        for second in itertools.takewhile(
            lambda second: set(second['amphorae']) <= old, report['timeline']
        )
    ]
    # The first one may be partial, and the switch is in the last one.
    return 3000 * (1 - min(sent[1:-1]) / max(sent))


class TestCase(testtools.TestCase):
    """A test whose clients reach VIPs."""

    #: What connects them.
    network = BRIDGES
    #: Whether the test kills the worker, or holds a step of all: no other test
    #: runs meanwhile.
    kills = False

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = shared(self.network)
        turn = (self.sandbox.state.root / 'turn').open('w')
        self.addCleanup(turn.close)
        fcntl.flock(turn, fcntl.LOCK_EX if self.kills else fcntl.LOCK_SH)
        self.fabric = fabrics.find(directory_of(self.sandbox.state))

    @property
    def admin(self) -> Connection:
        """A connection of the administrator."""
        return identity.connect(self.sandbox.state, clouds.ADMIN_CLOUD)

    @property
    def environment(self) -> dict[str, str]:
        """What commands need to find the sandbox."""
        return shared_sandbox.environment(self.sandbox) | {
            'RESIZE_SANDBOX_DIR': str(self.sandbox.state.root)
        }

    def other_flavor(self, load_balancer: str) -> str:
        """Return the flavor of a load balancer's topology that it has not."""
        with self.admin as admin:
            service = admin.load_balancer
            found = service.find_load_balancer(load_balancer)
            assert found is not None
            names = {flavor.id: flavor.name for flavor in service.flavors()}
        now = names[found.flavor_id]
        prefix = 'ha-' if now.startswith('ha-') else ''
        return (
            f'{prefix}small' if now == f'{prefix}large' else f'{prefix}large'
        )

    def run_on_it(self, *command: str | Path) -> str:
        """Run a program of the environment on the sandbox.

        :returns: its standard output.
        """
        finished = subprocess.run(
            [shared_sandbox.BIN / command[0], *command[1:]],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        self.assertEqual(0, finished.returncode, finished.stderr)
        return finished.stdout

    def traffic(
        self, load_balancer: str, *command: str, plot: Path | None = None
    ) -> dict[str, Any]:
        """Send requests while a command runs, and return the report.

        :param plot: where to write a plot of it.
        """
        report: dict[str, Any] = json.loads(
            self.run_on_it(
                *('resize-sandbox', 'traffic', '--json'),
                *('--requests-per-second', str(_REQUESTS_PER_SECOND)),
                *(('--plot', plot) if plot else ()),
                load_balancer,
                *(str(shared_sandbox.BIN / command[0]), *command[1:]),
            )
        )
        return report

    def resize(self, load_balancer: str, flavor: str) -> dict[str, Any]:
        """Resize a load balancer under traffic, and return the report."""
        plot = Path(self.useFixture(fixtures.TempDir()).path, 'plot.svg')
        report = self.traffic(
            load_balancer,
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', flavor, load_balancer),
            plot=plot,
        )
        self.assertEqual(0, report['command_exit_status'])
        self.assertGreater(report['requests'], 10 * _REQUESTS_PER_SECOND)
        self.assertGreater(report['cold_requests'], 50)
        self.assertEqual(16, report['open_connections'])
        # Who answers at last is not who answered at first.
        first, *_, last = (
            set(second['amphorae'])
            for second in report['timeline']
            if second['amphorae']
        )
        self.assertEqual(set(), first & last, report)
        drawn = plot.read_text()
        for amphora in (*first, *last):
            self.assertIn(f'amphora {amphora}: ', drawn)
        # The command, and at least one phase of the resize
        self.assertGreaterEqual(len(re.findall('"work".* s<', drawn)), 2)
        return report

    def check_unnoticed(
        self,
        report: dict[str, Any],
        breaks: Sequence[int] = (1, 2),
        cold_failed: int = 0,
    ) -> None:
        """Check that clients have hardly noticed a resize.

        :param breaks: how often the worst open connection may break.
        :param cold_failed: how many requests without ARP or neighbour entry
            may fail, a tenth of a second each.
        """
        figures = {k: v for k, v in report.items() if k != 'timeline'}
        stall = get_stall_ms(report)
        self.assertLess(report['longest_gap_ms'], 500 + stall, figures)
        self.assertLess(
            report['failed'], 2 + report['requests'] / 500, figures
        )
        self.assertLessEqual(report['cold_failed'], cold_failed, figures)
        # One that is on its way at the first reload of haproxy may be lost.
        self.assertLessEqual(report['kept_lost'], 4, figures)
        self.assertLessEqual(report['http2_lost'], 4, figures)
        self.assertGreater(report['kept_closed'], 50, figures)
        # Those that are in progress when the VIP moves.
        self.assertLessEqual(report['downloads_failed'], 2, figures)
        self.assertIn(report['breaks_max'], breaks, figures)
        self.assertLess(report['silence_max_ms'], 1500 + stall, figures)

    def fetch(self, url: str, source: str | None = None) -> str:
        """Return what a client gets, nothing if nobody answers.

        :param source: the client's address, one of its own if not given.
        """
        return subprocess.run(
            [
                *('ip', 'netns', 'exec', self.fabric.names.client),
                *('curl', '--silent', '--insecure', '--max-time', '3', url),
                *(('--interface', source) if source else ()),
            ],
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    def wait_until(self, happens: Callable[[], object]) -> None:
        """Wait until something happens."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not happens():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def wait_for_answer(self, url: str, seconds: float) -> None:
        """Wait until a client gets an answer."""
        deadline = time.monotonic() + seconds
        while not self.fetch(url):
            self.assertLess(time.monotonic(), deadline, f'no answer: {url}')
            time.sleep(0.5)

    def in_amphora(self, server_id: str, *command: str) -> str:
        """Run a command in an amphora, as its own root.

        :returns: its standard output.
        """
        server = self.fabric.cloud.server(server_id)
        assert server is not None
        finished = subprocess.run(
            [
                *('nsenter', '-t', str(server.pid), '-a', '-r', '-w'),
                *command,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        return finished.stdout
