# SPDX-License-Identifier: Apache-2.0

"""Run something under a pseudo-terminal, as a person would."""

from collections.abc import Callable
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

_ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]')


def run(
    child: Callable[[], int],
    *,
    columns: int = 120,
    interrupt_at: str | None = None,
    call_at: tuple[str, Callable[[], object]] | None = None,
    timeout: float = 120.0,
) -> tuple[str, int]:
    """Run a function in a process whose terminal is ours.

    :param child: What to run; returns the exit status.
    :param columns: How wide the terminal is.
    :param interrupt_at: Type Ctrl-C when this has appeared.
    :param call_at: What to call when a text has appeared.
    :param timeout: Seconds after which to fail.
    :returns: All that it has written, as it was written, and the status.
    """
    parent_reads, child_reads = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        status = 70
        try:
            # Not before the terminal has its size
            os.read(parent_reads, 1)
            # Those of this process may be for a file, which can seek.
            sys.stdout = open(1, 'w', closefd=False)
            sys.stderr = open(2, 'w', closefd=False)
            status = child()
            # A process that ends like this doesn't do it by itself.
            sys.stdout.flush()
        finally:
            os._exit(status)
    size = struct.pack('HHHH', 24, columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    os.write(child_reads, b'.')
    written = b''
    ends_at = time.monotonic() + timeout
    while time.monotonic() < ends_at:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux shows that the other end is closed
            break
        if not piece:
            break
        written += piece
        if interrupt_at is not None and interrupt_at.encode() in written:
            interrupt_at = None
            os.write(terminal, b'\x03')
        if call_at is not None and call_at[0].encode() in written:
            call_at[1]()
            call_at = None
    else:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    for descriptor in (terminal, parent_reads, child_reads):
        os.close(descriptor)
    return written.decode(), os.waitstatus_to_exitcode(status)


def plain(written: str) -> str:
    """Take the colors and cursor movements out.

    :param written: What was written to a terminal.
    :returns: Its text.
    """
    return _ESCAPES.sub('', written).replace('\r', '\n')
