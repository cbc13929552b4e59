# SPDX-License-Identifier: Apache-2.0

"""Starting, recognizing and stopping a service's process."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import dataclasses
import os
from pathlib import Path
import signal
import subprocess
import threading
import time

import psutil

# The start time that the system reports for one process may differ by a
# clock tick from call to call; a recycled process ID is much younger.
_SAME_START_SECONDS = 1.0
_POLL_SECONDS = 0.02
# A process that was killed ends at once, unless the machine is loaded.
_KILL_SECONDS = 30.0


@dataclasses.dataclass(frozen=True)
class ProcessIdentity:
    """A process ID together with its start time.

    A process ID alone may belong to somebody else's process by the time
    that it is used.
    """

    pid: int
    #: Seconds since the epoch.
    started: float

    def find(self) -> psutil.Process | None:
        """Return the process, or None when it has ended."""
        try:
            process = psutil.Process(self.pid)
            started = process.create_time()
            if abs(started - self.started) > _SAME_START_SECONDS:
                return None
        except psutil.NoSuchProcess:
            return None
        return process if _is_alive(process) else None

    def is_running(self) -> bool:
        """Return whether the process still exists."""
        return self.find() is not None


def start(
    command: Sequence[str],
    *,
    log_file: Path,
    environment: Mapping[str, str],
    descriptors: Sequence[int] = (),
) -> tuple[subprocess.Popen[bytes], ProcessIdentity]:
    """Start a process in the background, in a session of its own.

    :param command: the program and its arguments.
    :param log_file: where its standard output and error are appended.
    :param environment: its whole environment.
    :param descriptors: file descriptors that it inherits.
    :returns: the process, and what recognizes it later.
    """
    descriptor = os.open(
        log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
    )
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(environment),
            cwd='/',
            pass_fds=descriptors,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(descriptor)
    try:
        started = psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        started = time.time()
    return child, ProcessIdentity(child.pid, started)


def run_first(pid: int) -> None:
    """Have a process run before others, where the machine allows that.

    To be nice does not help: Linux compares that within a session only.
    """
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block.

    Between starting a process and taking it down for later, and while
    processes are being stopped, an interrupt would leave some running.
    """
    if threading.current_thread() is not threading.main_thread():
        # Python runs signal handlers in the main thread only.
        yield
        return
    pending: list[int] = []
    handlers = {
        number: signal.signal(number, lambda n, _frame: pending.append(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for deferred in pending:
            signal.raise_signal(deferred)


def stop(
    identities: Sequence[ProcessIdentity],
    *,
    patience: float,
    at_once: bool = False,
) -> None:
    """Stop processes and their children, and wait until they are gone.

    :param identities: the processes; those that have ended are passed over.
    :param patience: seconds that they get to end by themselves after
        SIGTERM. SIGKILL follows.
    :param at_once: whether to begin with SIGKILL.
    """
    leaders = [p for i in identities if (p := i.find())]
    family = list(leaders)
    for process in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            family += process.children(recursive=True)
    alive = family
    if not at_once:
        for process in leaders:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        alive = wait_until_ended(family, patience)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until_ended(alive, max(patience, _KILL_SECONDS))


def wait_until_ended(
    processes: Sequence[psutil.Process], patience: float
) -> list[psutil.Process]:
    """Wait until processes have ended.

    :param patience: seconds to wait at most.
    :returns: those that have not ended by then.
    """
    deadline = time.monotonic() + patience
    while True:
        alive = [process for process in processes if _is_alive(process)]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(_POLL_SECONDS)


def _is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs.

    A process that has ended can still be listed, as a zombie: its parent may
    be the init of a container, which waits for its children late, or never.
    Until all of its threads have ended, it still has its files and ports.
    """
    try:
        return process.is_running() and (
            process.status() != psutil.STATUS_ZOMBIE
            or process.num_threads() > 1
        )
    except psutil.NoSuchProcess:
        return False


def last_lines(path: Path, count: int, offset: int = 0) -> list[str]:
    """Return the last lines of a log file, or [] when there is none.

    :param offset: the number of bytes at its beginning to leave out.
    """
    try:
        content = path.read_bytes()[offset:]
    except FileNotFoundError:
        return []
    return content.decode(errors='replace').splitlines()[-count:]
