# SPDX-License-Identifier: Apache-2.0
"""Starting processes and collecting those that end, as PID 1 must."""

from collections.abc import Mapping
from collections.abc import Sequence
import os
from pathlib import Path
import resource
import signal
import threading
import time

_ended: dict[int, int] = {}
_changed = threading.Condition()


def reap() -> None:
    """Collect processes that end, for ever."""
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.01)
            continue
        with _changed:
            _ended[pid] = os.waitstatus_to_exitcode(status)
            _changed.notify_all()


def spawn(
    arguments: Sequence[str],
    output: int,
    environment: Mapping[str, str] | None = None,
    open_files: int | None = None,
) -> int:
    """Start a program in a session of its own.

    :param output: the descriptor of its standard output and error.
    :param environment: variables to add.
    :param open_files: its limit, or as near to it as the kernel allows.
    :returns: its process ID.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        if open_files:
            _limit_open_files(open_files)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.execvpe(
            arguments[0], [*arguments], {**os.environ, **(environment or {})}
        )
    except BaseException as error:
        os.write(2, f'{arguments}: {error}\n'.encode())
    finally:
        os._exit(203)


def _limit_open_files(wanted: int) -> None:
    limit = min(wanted, int(Path('/proc/sys/fs/nr_open').read_text()))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    except ValueError:
        # Root may not raise it in each container.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def is_alive(pid: int) -> bool:
    """Return whether a process exists and has not been waited for."""
    with _changed:
        if pid in _ended:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait(pid: int, timeout: float | None = None) -> int | None:
    """Wait for the end of a child.

    :param timeout: seconds.
    :returns: its exit status, negative for a signal; None if it still runs.
    """
    with _changed:
        _changed.wait_for(lambda: pid in _ended, timeout)
        return _ended.get(pid)


def terminate(pid: int, patience: float = 10.0) -> None:
    """End a process, at last by SIGKILL, and wait until it is gone."""
    deadline = time.monotonic() + patience
    number = signal.SIGTERM
    while is_alive(pid):
        os.kill(pid, number)
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.005)
        number = signal.SIGKILL
        deadline = time.monotonic() + patience
