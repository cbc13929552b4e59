# SPDX-License-Identifier: Apache-2.0
"""Starting the first process of an amphora, and ending it from outside."""

from collections.abc import Iterator
import contextlib
from pathlib import Path
import subprocess
import sys
import time

import psutil

from resize_sandbox import process

_MODULE = 'resize_sandbox.dataplane.amphora'
_END_SECONDS = 30.0


def start(directory: Path) -> None:
    """Start PID 1 of an amphora, apart from the caller's own processes.

    :param directory: the amphora's, with config.json. PID 1 writes its
        process ID into log/pid there.
    """
    with (directory / 'log' / 'console.log').open('wb') as output:
        subprocess.run(
            [
                *('setsid', '--fork', 'unshare', '--net', '--mount', '--pid'),
                *('--uts', '--ipc', '--fork', sys.executable, '-I', '-m'),
                *(_MODULE, directory),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd='/',
            close_fds=True,
            check=True,
        )


def end(*directories: Path) -> None:
    """End amphorae at once, also those that have not come up.

    :param directories: the amphorae's.
    """
    deadline = time.monotonic() + _END_SECONDS
    # One that forks as it is killed leaves another one.
    while alive := list(_find(directories)):
        if time.monotonic() > deadline:
            return
        for found in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.kill()
        process.wait_until_ended(alive, patience=1.0)


def _find(directories: tuple[Path, ...]) -> Iterator[psutil.Process]:
    """Return PID 1 of amphorae, and what starts it and waits for it."""
    ends = [[_MODULE, str(directory)] for directory in directories]
    for found in psutil.process_iter(['cmdline']):
        # There is none of a process that has just ended.
        if (found.info['cmdline'] or [])[-2:] in ends:
            yield found
