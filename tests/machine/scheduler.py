# SPDX-License-Identifier: Apache-2.0

"""Runs threads one at a time, and stops them where a machine wants.

A thread of a scheduler is an actor. It runs only while the main thread waits
for it, so a run is repeated by the same sequence of steps. It may be left
standing at any point: that is a worker that is stunned. It may be killed
there: from then on it reaches no database, and so changes nothing.
"""

from collections.abc import Callable
import sys
import threading
import time
import traceback
from typing import Any

_monotonic = time.monotonic

#: From one point to the next it takes milliseconds; where nothing passes for
#: so long, the test itself is in a deadlock.
_MAX_SECONDS = 120

#: The resize of a pair has about 300 tasks and ends of tasks.
_MAX_POINTS = 1000

#: Before a task, and after it: its result is not noted yet.
TASK = 'task'
#: Before a transaction, of any database.
TRANSACTION = 'transaction'
#: Whoever sleeps or polls.
IDLE = 'idle'


class Killed(BaseException):
    """What a killed actor meets at the point where it stands."""


class Actor:
    """A thread that runs only when it is its turn."""

    def __init__(self, name: str, function: Callable[[], Any]) -> None:
        self.name = name
        #: Names of the points passed, for reports.
        self.log: list[str] = []
        #: Faults to inject at the next place where they can happen.
        self.faults: set[str] = set()
        #: Faults that have happened.
        self.met: set[str] = set()
        #: So long it has slept.
        self.seconds = 0.0
        self.is_done = False
        self.is_killed = False
        #: Whether the last point was one of waiting.
        self.is_idle = False
        self.error: BaseException | None = None
        #: Connections of the thread with a transaction that holds a lock.
        self.locks: set[int] = set()
        self._function = function
        self._kind = TASK
        self._left = 0
        self._passed = 0
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self._thread = threading.Thread(
            target=self._run, name=name, daemon=True
        )
        self._thread.start()

    def advance(self, kind: str, count: int) -> None:
        """Run until so many points of a kind are passed, or it waits."""
        if self.is_done:
            return
        self._kind, self._left = kind, count
        self.is_idle = False
        self._go.release()
        passed = -1
        while not self._stopped.acquire(timeout=_MAX_SECONDS):
            if self._passed == passed:
                raise RuntimeError(
                    f'{self.name} does not stop:\n' + self._get_stack()
                )
            passed = self._passed

    def finish(self) -> None:
        """Run to the end, or until the actor only waits for others.

        :raises AssertionError: Neither comes.
        """
        self.advance(TASK, _MAX_POINTS)
        if not self.is_done and not self.is_idle:
            raise AssertionError(
                f'{self.name} has no end: ' + ', '.join(self.log[-60:])
            )

    def kill(self) -> None:
        """End the thread where it stands; nothing that it does then counts."""
        self.is_killed = True
        while not self.is_done:
            self.advance(TASK, 1)

    def take(self, fault: str) -> bool:
        """Return whether a fault is to happen, once."""
        if fault not in self.faults:
            return False
        self.faults.discard(fault)
        self.met.add(fault)
        self.log.append(f'({fault})')
        return True

    def pass_point(self, kind: str, name: str) -> None:
        """Stand still here if that is wanted; called by the actor itself."""
        self.check_alive()
        self._passed += 1
        if kind == TASK and name:
            self.log.append(name.rsplit('.')[-1][-60:])
        if self.locks:
            return
        if kind == IDLE:
            self.is_idle = True
        elif kind == self._kind:
            self._left -= 1
            if self._left >= 0:
                return
        else:
            return
        self._stopped.release()
        self._go.acquire()
        self.check_alive()

    def check_alive(self) -> None:
        if self.is_killed:
            raise Killed

    def _run(self) -> None:
        self._go.acquire()
        _local.actor = self
        try:
            self.check_alive()
            self._function()
        except Killed as e:
            self.error = e
        except Exception as e:
            self.error = e
        finally:
            self.is_done = True
            self._stopped.release()

    def _get_stack(self) -> str:
        assert self._thread.ident is not None
        frame = sys._current_frames()[self._thread.ident]
        return ''.join(traceback.format_stack(frame))


_local = threading.local()


def get_current() -> Actor | None:
    """Return the actor whose thread calls; None for all other threads."""
    return getattr(_local, 'actor', None)


def pass_point(kind: str, name: str) -> None:
    actor = get_current()
    if actor is not None:
        actor.pass_point(kind, name)


def sleep(seconds: float) -> None:
    """Take the place of time.sleep: others may run meanwhile."""
    actor = get_current()
    # oslo.db does so with each connection, for eventlet.
    if actor is not None and seconds:
        actor.seconds += seconds
        actor.pass_point(IDLE, 'sleep')


def get_seconds() -> float:
    """Take the place of time.monotonic: time passes only where one sleeps."""
    actor = get_current()
    return _monotonic() if actor is None else actor.seconds


class IdleEvent(threading.Event):
    """An event for which nobody waits in real time."""

    def wait(self, timeout: float | None = None) -> bool:
        sleep(1)
        return self.is_set()
