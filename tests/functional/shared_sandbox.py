# SPDX-License-Identifier: Apache-2.0

"""The sandboxes that tests share, in whatever processes.

Each is started by the first test that needs it and stopped when the last
process that uses it ends. For the functional tests, one that runs already is
used, and left running, when $RESIZE_SANDBOX_DIR names its state directory.
"""

import atexit
from collections.abc import Iterator
import contextlib
import fcntl
import functools
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

from openstack.connection import Connection

from resize_sandbox import sandbox
from resize_sandbox import state
from resize_sandbox import variables
from resize_sandbox.seeds import identity

BIN = Path(sys.executable).parent
_DIRECTORY = Path(__file__).parents[2] / '.sandbox-tests'
_START_TIMEOUT_SECONDS = 900


@functools.cache
def shared() -> sandbox.Sandbox:
    """Return the shared sandbox, running."""
    if os.environ.get(state.ENVIRONMENT_VARIABLE):
        found = sandbox.Sandbox(state.default_directory())
        if not all(service.running for service in found.status()):
            raise RuntimeError(
                f'The sandbox in {found.state.root}, which '
                f'${state.ENVIRONMENT_VARIABLE} names, is not running. Start '
                'it with: resize-sandbox up'
            )
        return found
    return running('shared')


@functools.cache
def with_octavia(which: str) -> sandbox.Sandbox:
    """Return a shared sandbox with another Octavia, running.

    :param which: what ``resize-sandbox up --octavia`` takes.
    """
    return running(f'octavia-{which}', '--octavia', which)


@functools.cache
def connect(cloud: str, of: sandbox.Sandbox | None = None) -> Connection:
    """Return a connection to a sandbox.

    :param cloud: the name of a cloud in its clouds.yaml.
    :param of: which; by default the shared one.
    """
    return identity.connect((of or shared()).state, cloud)


def environment(of: sandbox.Sandbox) -> dict[str, str]:
    """Return the environment for commands that use a sandbox.

    What they write to their home directory goes there, too.
    """
    return variables.isolated(of.state) | of.environment


@contextlib.contextmanager
def turn(name: str) -> Iterator[None]:
    """Let one test at a time have what can't be shared.

    :param name: what it is.
    """
    path = shared().state.run / f'tests-{name}.lock'
    with path.open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def running(name: str, *options: str) -> sandbox.Sandbox:
    """Return a sandbox that is shared, running.

    Call it once in a process.

    :param name: of its directory, for these options alone.
    :param options: those of ``resize-sandbox up``.
    """
    directory = _DIRECTORY / name
    users = _share(sandbox.Sandbox(directory), *options)
    # With the options that it has now
    found = sandbox.Sandbox(directory)
    atexit.register(_give_back, found, users)
    return found


def _share(wanted: sandbox.Sandbox, *options: str) -> int:
    """Take part in using a sandbox, and start it if it doesn't run.

    :param options: those of ``resize-sandbox up``.
    :returns: a descriptor whose shared lock shows that it is in use, until
        this process has ended, in whatever way.
    """
    with _deciding():
        users = os.open(
            _lock_file(f'{wanted.state.root.name}-users'),
            os.O_RDWR | os.O_CREAT,
        )
        fcntl.flock(users, fcntl.LOCK_SH)
        if not all(service.running for service in wanted.status()):
            command('down', wanted)
            shutil.rmtree(wanted.state.root, ignore_errors=True)
            command('up', wanted, *options)
    return users


def _give_back(used: sandbox.Sandbox, users: int) -> None:
    with _deciding():
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another process uses it.
            os.close(users)
            return
        command('down', used)
        os.close(users)


@contextlib.contextmanager
def _deciding() -> Iterator[None]:
    with _lock_file('decision').open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_file(name: str) -> Path:
    _DIRECTORY.mkdir(mode=0o700, exist_ok=True)
    return _DIRECTORY / f'{name}.lock'


def own(name: str) -> sandbox.Sandbox:
    """Return a sandbox for one test class, not started yet.

    :param name: a part of its directory's name.
    """
    _DIRECTORY.mkdir(mode=0o700, exist_ok=True)
    directory = tempfile.mkdtemp(prefix=f'{name}-', dir=_DIRECTORY)
    return sandbox.Sandbox(directory)


def discard(owned: sandbox.Sandbox) -> None:
    """Stop a sandbox and delete its directory."""
    owned.down()
    owned.state.remove()


def command(verb: str, target: sandbox.Sandbox, *options: str) -> str:
    """Run ``resize-sandbox``.

    :returns: what it has printed.
    :raises RuntimeError: when it fails.
    """
    finished = subprocess.run(
        [
            *(BIN / 'resize-sandbox', verb),
            *('--state-dir', target.state.root),
            *options,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_START_TIMEOUT_SECONDS,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f'resize-sandbox {verb}: {finished.stderr}')
    return finished.stdout
