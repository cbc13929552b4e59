# SPDX-License-Identifier: Apache-2.0

"""A sandbox for each process of tests, which stop and kill its services.

$RESIZE_SANDBOX_DIR names the sandboxes, with a colon between them. Which tests
share a process is in workers.yaml.
"""

import fcntl
import os
from pathlib import Path

from resize_sandbox import state
from resize_sandbox.sandbox import Sandbox
from tests.functional import shared_sandbox

_taken: list[Sandbox] = []


def take(*, jobboard: bool | None = None) -> Sandbox:
    """Return this process's sandbox, which the first test chooses.

    Other processes are kept from the sandbox until this one ends.

    :param jobboard: what the sandbox has, if there is a choice.
    """
    if not _taken:
        _taken.append(_choose(jobboard))
    return _taken[0]


def _choose(jobboard: bool | None) -> Sandbox:
    named = os.environ.get(state.ENVIRONMENT_VARIABLE, '')
    for directory in sorted(
        named.split(os.pathsep),
        key=lambda directory: Sandbox(directory).options.jobboard != jobboard,
    ):
        lock = os.open(
            Path(directory, 'tests.lock'), os.O_WRONLY | os.O_CREAT, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        os.environ[state.ENVIRONMENT_VARIABLE] = directory
        return shared_sandbox.shared()
    raise RuntimeError(
        f'${state.ENVIRONMENT_VARIABLE} ({named}) names no sandbox that no '
        'other process tests.'
    )
