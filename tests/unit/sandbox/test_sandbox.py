# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
import dataclasses
import functools
from pathlib import Path
import signal
import subprocess
import sys

import fixtures
import psutil
import testtools

from resize_sandbox import exceptions
from resize_sandbox import sandbox
from resize_sandbox import supervisor
from resize_sandbox.deployment import Options
from resize_sandbox.deployment import Service


def service(name: str, code: str) -> Service:
    """Return a service that is Python code and does not listen."""
    return Service(
        name=name,
        configure=lambda deployment: None,
        command=lambda deployment, listener: (sys.executable, '-c', code),
        listens=False,
    )


def listening_service(name: str) -> Service:
    """Return a service that answers nothing at its socket."""
    return Service(
        name=name,
        configure=lambda deployment: None,
        command=lambda deployment, listener: (
            sys.executable,
            '-c',
            'import time; time.sleep(60)',
        ),
    )


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        # It has ended since it was listed.
        return False


class TestUp(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = Path(self.useFixture(fixtures.TempDir()).path) / 'state'
        # Here nobody answers who doesn't do so at once.
        self.useFixture(
            fixtures.MonkeyPatch(
                'resize_sandbox.supervisor._answers',
                functools.partial(supervisor._answers, timeout=0.1),
            )
        )

    def sandbox(
        self, services: Sequence[Service], **options: float
    ) -> sandbox.Sandbox:
        return sandbox.Sandbox(
            self.root,
            options=Options(**options),
            services=[listening_service('keystone'), *services],
        )

    def left_running(self) -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process().children(recursive=True)
            if _runs(child)
        ]

    def test_service_that_does_not_answer(self) -> None:
        self.useFixture(
            fixtures.MonkeyPatch(
                'resize_sandbox.supervisor.START_TIMEOUT_SECONDS', 0.5
            )
        )
        self.useFixture(
            fixtures.MonkeyPatch(
                'resize_sandbox.supervisor._answers', lambda url: False
            )
        )
        error = self.assertRaises(exceptions.SandboxError, self.sandbox([]).up)
        self.assertIn(
            'The service keystone did not start: it did not answer',
            str(error),
        )
        self.assertIn('    (empty)\n', str(error))
        self.assertEqual([], self.left_running())

    def test_interrupt(self) -> None:
        def interrupt(url: str) -> bool:
            self.assertEqual(1, len(self.left_running()))
            raise KeyboardInterrupt

        self.useFixture(
            fixtures.MonkeyPatch(
                'resize_sandbox.supervisor._answers', interrupt
            )
        )
        self.assertRaises(KeyboardInterrupt, self.sandbox([]).up)
        self.assertEqual([], self.left_running())

    def test_other_profile(self) -> None:
        made = self.sandbox([])
        made.state.create()
        made.state.write_json('last-options', {'profile': 'distributed'})
        made.state.write_json('seeded', {'seeded': True})
        error = self.assertRaises(exceptions.SandboxError, made.up)
        self.assertEqual(
            f'The sandbox in {self.root} was made with the profile '
            f'distributed, and its data with it. Name another directory '
            f'with --state-dir for one with the profile embedded.',
            str(error),
        )

    def test_order(self) -> None:
        """What a service needs is ready, and its preparation has ended."""
        order = self.root.parent / 'order'

        def note(word: str) -> str:
            return f'print({word!r}, file=open({str(order)!r}, "a"))'

        first = dataclasses.replace(
            service('first', f'import time; {note("first")}; time.sleep(60)'),
            is_ready=lambda deployment: order.exists(),
        )
        second = dataclasses.replace(
            service('magnum', note('second')),
            needs=('first',),
            prepare=lambda deployment: [
                (sys.executable, '-c', note('prepared'))
            ],
        )
        started = sandbox.Sandbox(
            self.root, services=[listening_service('keystone'), first, second]
        )
        error = self.assertRaises(exceptions.SandboxError, started.up)
        self.assertIn('magnum did not start: it ended', str(error))
        self.assertEqual(
            ['first', 'prepared', 'second'], order.read_text().split()
        )
        self.assertEqual([], self.left_running())

    def test_preparation_that_fails(self) -> None:
        broken = dataclasses.replace(
            service('magnum', 'pass'),
            prepare=lambda deployment: [
                (sys.executable, '-c', 'raise SystemExit("a reason")')
            ],
        )
        started = sandbox.Sandbox(
            self.root, services=[listening_service('keystone'), broken]
        )
        error = self.assertRaises(exceptions.SandboxError, started.up)
        self.assertIn(
            f'magnum did not start: {Path(sys.executable).name} ended with '
            f'exit status 1.',
            str(error),
        )
        self.assertIn('    a reason', str(error))


class TestModulesNeedNoServices(testtools.TestCase):
    def test_command_line(self) -> None:
        # "resize-sandbox status" must not load Octavia.
        heavy = 'octavia', 'keystone', 'magnum', 'openstack', 'sqlalchemy'
        code = (
            'import sys, resize_sandbox.cli;'
            f'print([m for m in {heavy!r} if m in sys.modules])'
        )
        output = subprocess.check_output([sys.executable, '-c', code])
        self.assertEqual(b'[]\n', output)


class TestSomeServices(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        root = Path(self.useFixture(fixtures.TempDir()).path) / 'state'
        self.sandbox = sandbox.Sandbox(
            root,
            services=[
                service(name, 'import time; time.sleep(60)')
                for name in ('one', 'two')
            ],
        )
        self.addCleanup(self.sandbox.down)
        self.sandbox.state.create()

    def pid(self, name: str = 'one') -> int | None:
        pids = {status.name: status.pid for status in self.sandbox.status()}
        return pids[name]

    def test_stop_and_start(self) -> None:
        self.sandbox.stop_services('one')
        self.assertIsNone(self.pid())
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.sandbox.start_services('one')
            pid = self.pid()
            self.assertIsNotNone(pid)
            self.sandbox.start_services('one')
            self.assertEqual(pid, self.pid())
            self.sandbox.stop_services('one', number=number)
            self.assertIsNone(self.pid())

    def test_several(self) -> None:
        self.sandbox.start_services('one')
        pid = self.pid('one')
        self.sandbox.start_services('one', 'two')
        self.assertEqual(pid, self.pid('one'))
        self.assertIsNotNone(self.pid('two'))
        self.sandbox.stop_services('one', 'two')
        self.assertEqual(
            [None, None], [self.pid(name) for name in ('one', 'two')]
        )

    def fail_to_start(self, code: str) -> str:
        """Start two services, of which the second fails; 'one' runs.

        :param code: the second one's.
        :returns: the error, without its last line.
        """
        broken = dataclasses.replace(
            service('broken', code), is_ready=lambda deployment: False
        )
        started = sandbox.Sandbox(
            self.sandbox.state.root,
            services=[*self.sandbox._services, broken],
        )
        self.sandbox.start_services('one')
        pid = self.pid('one')
        error = self.assertRaises(
            exceptions.SandboxError, started.start_services, 'two', 'broken'
        )
        self.assertEqual(pid, self.pid('one'))
        self.assertIsNone(self.pid('two'))
        message, _, outcome = str(error).rpartition('\n')
        self.assertEqual(
            'All services that were started with it have been stopped.',
            outcome,
        )
        return message

    def test_one_ends(self) -> None:
        self.assertIn(
            'The service broken did not start: it ended with exit status 3.',
            self.fail_to_start('raise SystemExit(3)'),
        )

    def test_unknown(self) -> None:
        for function in (
            self.sandbox.start_services,
            self.sandbox.stop_services,
        ):
            error = self.assertRaises(exceptions.SandboxError, function, 'ten')
            self.assertEqual(
                "The sandbox has no service 'ten': its services are one, two.",
                str(error),
            )
