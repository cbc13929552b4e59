# SPDX-License-Identifier: Apache-2.0

import dataclasses
import os
from pathlib import Path
import signal
import sys
import threading
import time
from unittest import mock

import fixtures
import psutil
import testtools

from resize_sandbox import process


class TestProcess(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        self.log_file = directory / 'log'

    def start(self, code: str) -> process.ProcessIdentity:
        """Start Python code that prints something when it is ready."""
        child, identity = process.start(
            [sys.executable, '-c', code],
            log_file=self.log_file,
            environment={'NAME': 'value'},
        )
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        while child.poll() is None and not self.log_file.read_text():
            time.sleep(0.01)
        return identity

    def test_start(self) -> None:
        identity = self.start(
            'import os, time;'
            'print(os.environ["NAME"], os.getpid() == os.getsid(0), '
            'os.umask(0), flush=True);'
            'time.sleep(60)'
        )
        self.assertEqual(f'value True {0o077}\n', self.log_file.read_text())
        self.assertEqual(0o600, self.log_file.stat().st_mode & 0o777)
        self.assertTrue(identity.is_running())
        assert (found := identity.find()) is not None
        self.assertEqual(identity.pid, found.pid)

    def test_stop(self) -> None:
        identity = self.start(
            'import time; print(1, flush=True); time.sleep(60)'
        )
        process.stop([identity], patience=10)
        self.assertFalse(identity.is_running())
        process.stop([identity], patience=10)

    def test_stop_one_that_ignores_sigterm(self) -> None:
        identity = self.start(
            'import signal, time;'
            'signal.signal(signal.SIGTERM, signal.SIG_IGN);'
            'print(1, flush=True); time.sleep(60)'
        )

        def kill(killed: psutil.Process) -> None:
            """Kill as on a loaded machine."""
            threading.Timer(0.1, os.kill, (killed.pid, signal.SIGKILL)).start()

        with mock.patch.object(psutil.Process, 'kill', kill):
            process.stop([identity], patience=0)
        self.assertFalse(identity.is_running())

    def test_stop_children(self) -> None:
        identity = self.start(
            'import subprocess, time;'
            'child = subprocess.Popen(["sleep", "60"]);'
            'print(child.pid, flush=True); time.sleep(60)'
        )
        child = self.child()
        process.stop([identity], patience=0.5)
        self.assertFalse(identity.is_running())
        self.assertFalse(child.is_running())

    def test_stop_one_that_its_parent_does_not_collect(self) -> None:
        """It stays a zombie."""
        self.start(
            'import subprocess, time;'
            'child = subprocess.Popen(["sleep", "60"]);'
            'print(child.pid, flush=True); time.sleep(60)'
        )
        child = self.child()
        assert (found := child.find()) is not None
        found.kill()
        self.assertEqual([], process.wait_until_ended([found], patience=20))
        self.assertFalse(child.is_running())

    def test_zombie_whose_threads_run(self) -> None:
        """It has ended when they have: until then it has its ports."""
        identity = self.start(
            'import ctypes, threading, time;'
            'threading.Thread(target=time.sleep, args=(60,)).start();'
            'print(1, flush=True); ctypes.CDLL(None).pthread_exit(None)'
        )
        started = psutil.Process(identity.pid)
        while started.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        self.assertTrue(identity.is_running())
        process.stop([identity], patience=10)
        self.assertFalse(identity.is_running())

    def child(self) -> process.ProcessIdentity:
        """Return the process whose ID has been printed."""
        found = psutil.Process(int(self.log_file.read_text()))
        return process.ProcessIdentity(found.pid, found.create_time())

    def test_another_process_with_the_same_id(self) -> None:
        identity = self.start(
            'import time; print(1, flush=True); time.sleep(60)'
        )
        recycled = dataclasses.replace(identity, started=identity.started - 10)
        self.assertFalse(recycled.is_running())
        process.stop([recycled], patience=1)
        self.assertTrue(identity.is_running())


class TestInterruptsDeferred(testtools.TestCase):
    def test_interrupt_comes_at_the_end(self) -> None:
        steps = []
        previous = signal.signal(
            signal.SIGINT, lambda *_: steps.append('interrupted')
        )
        self.addCleanup(signal.signal, signal.SIGINT, previous)
        with process.interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            steps.append('done')
        self.assertEqual(['done', 'interrupted'], steps)
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(['done', 'interrupted', 'interrupted'], steps)


class TestLastLines(testtools.TestCase):
    def test_last_lines(self) -> None:
        path = Path(self.useFixture(fixtures.TempDir()).path) / 'log'
        self.assertEqual([], process.last_lines(path, 2))
        path.write_bytes(b'one\ntwo\n\xffthree\n')
        self.assertEqual(['two', '�three'], process.last_lines(path, 2))
        self.assertEqual(['�three'], process.last_lines(path, 2, offset=8))
        self.assertEqual([], process.last_lines(path, 2, offset=100))
