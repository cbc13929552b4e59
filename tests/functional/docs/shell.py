# SPDX-License-Identifier: Apache-2.0

"""The shell into which a reader types one command after the other."""

import contextlib
import os
from pathlib import Path
import select
import signal
import subprocess
import time
from typing import Self
import uuid


class Shell:
    """A bash that keeps its directory and variables between commands.

    :param directory: where it begins, and where it writes.
    :param environment: its variables.
    """

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._command = directory / '.command'
        self._mark = uuid.uuid4().hex
        self._last_status = 0
        self._bash = subprocess.Popen(
            ['bash', '--norc', '--noprofile'],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._bash.stdin and self._bash.stdout
        self._bash.stdin.close()
        # With whatever it has left running.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.wait()
        self._bash.stdout.close()

    def run(self, command: str, timeout: float) -> tuple[int, str]:
        """Run a command.

        :param command: as one would type it.
        :param timeout: seconds within which it must end.
        :returns: its exit status, and what it has printed to both streams.
        :raises TimeoutError: when it doesn't end.
        """
        assert self._bash.stdin and self._bash.stdout
        self._command.write_text(f'{command}\n')
        # "$?" in it is the status of the last one.
        self._bash.stdin.write(
            f'(exit {self._last_status}); . "{self._command}" < /dev/null; '
            f'echo "{self._mark} $?"\n'.encode()
        )
        self._bash.stdin.flush()
        printed = b''
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if not select.select([self._bash.stdout], [], [], max(left, 0))[0]:
                raise TimeoutError(f'{command}: no end after {timeout:g} s')
            printed += os.read(self._bash.stdout.fileno(), 65536)
            text, found, status = printed.decode(errors='replace').partition(
                self._mark
            )
            if found and status.endswith('\n'):
                self._last_status = int(status)
                return self._last_status, text
            if self._bash.poll() is not None:
                raise RuntimeError(f'{command}: it has ended the shell')
