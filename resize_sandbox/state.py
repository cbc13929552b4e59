# SPDX-License-Identifier: Apache-2.0

"""The state directory: everything that a sandbox writes is in it.

::

    DIR/clouds.yaml      how to log in (OS_CLIENT_CONFIG_FILE)
    DIR/etc/             configuration files, keys and certificates
    DIR/data/            databases
    DIR/logs/            one log file for each service
    DIR/run/             what is running: processes, ports, options, secrets
    DIR/home/            the home directory of the services
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import enum
import fcntl
import json
import os
from pathlib import Path
import secrets
import shutil
import tempfile
from typing import Any

from resize_sandbox import exceptions

# What oslo.config and the URLs of databases take for something else.
_UNUSABLE = frozenset('$%?\r\n')

ENVIRONMENT_VARIABLE = 'RESIZE_SANDBOX_DIR'


class Step(enum.StrEnum):
    """A step at which :meth:`StateDirectory.hold` has a service wait."""

    #: A server is to be built.
    BUILD = 'build'
    #: A server that was built is to be ACTIVE; without traffic only.
    BOOT = 'boot'
    #: A server is to be deleted; without traffic only.
    DELETE = 'delete'
    #: A VIP port of an amphora was created, but is not plugged yet.
    VIP_PORT = 'vip-port'
    #: A port for members was created, but is not plugged yet.
    MEMBER_PORT = 'member-port'
    #: The VIP is to be plugged, or its port was enabled.
    VIP = 'vip'
    #: The driver for Cluster API runs helm.
    HELM = 'helm'


def default_directory() -> Path:
    """Return $RESIZE_SANDBOX_DIR, or .sandbox under the current directory."""
    return Path(os.environ.get(ENVIRONMENT_VARIABLE) or '.sandbox')


def hold_of(directory: Path, step: Step, load_balancer: str = '') -> Path:
    """Return the file whose lock keeps a service from a step.

    :param load_balancer: the ID of the one that is kept, empty for all.
    """
    return directory / f'{step}{load_balancer and f"-{load_balancer}"}'


def pass_hold(path: Path, name: str) -> None:
    """Wait while :meth:`StateDirectory.hold` keeps a service from a step.

    :param path: the file of the step.
    :param name: what is waited with.
    """
    if not path.exists():
        return
    with path.open('a') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            file.write(f'{name}\n')
            file.flush()
            fcntl.flock(file, fcntl.LOCK_SH)


class StateDirectory:
    """The files of one sandbox, readable by their owner only.

    :param root: the directory; created when first written to.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).absolute()
        self.clouds_yaml = self.root / 'clouds.yaml'
        self.etc = self.root / 'etc'
        self.data = self.root / 'data'
        self.logs = self.root / 'logs'
        self.run = self.root / 'run'
        self.home = self.root / 'home'
        #: A service passes a step only while nobody has locked its file here.
        self.holds = self.run / 'holds'

    def create(self) -> None:
        """Create the directories that don't exist yet.

        :raises SandboxError: when a directory can't be created, or its path
            can't be written into configuration files.
        """
        if unusable := _UNUSABLE.intersection(str(self.root)):
            raise exceptions.SandboxError(
                f'The state directory {str(self.root)!r} can not be used: '
                f"the services' configuration can not hold a path with "
                f'{" or ".join(repr(c) for c in sorted(unusable))}. '
                f'Name another one with --state-dir.'
            )
        try:
            for directory in (
                self.root,
                self.etc,
                self.data,
                self.logs,
                self.run,
                self.holds,
                self.home,
                self.home / 'tmp',
            ):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                directory.chmod(0o700)
        except OSError as error:
            raise exceptions.SandboxError(
                f'The state directory {self.root} can not be created: '
                f'{error.strerror}. Name another one with --state-dir.'
            ) from error

    def config_file(self, service: str) -> Path:
        """Return the path of a service's configuration file."""
        return self.etc / f'{service}.conf'

    def log_file(self, service: str) -> Path:
        """Return the path of a service's log file."""
        return self.logs / f'{service}.log'

    def database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f'sqlite:///{self.data / name}.db'

    def secret(self, name: str) -> str:
        """Return a random secret, the same one every time.

        :param name: what it is for.
        :returns: 32 hexadecimal digits.
        """
        known: dict[str, str] = self.read_json('secrets')
        if name not in known:
            known[name] = secrets.token_hex(16)
            self.write_json('secrets', known)
        return known[name]

    def write(self, path: Path, content: str | bytes) -> None:
        """Write a file at once and readable by its owner only."""
        data = content.encode() if isinstance(content, str) else content
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp creates with mode 0600.
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, 'wb') as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise

    def read_json(self, name: str) -> dict[str, Any]:
        """Return what :meth:`write_json` wrote under that name, or {}."""
        path = self.run / f'{name}.json'
        try:
            content = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise exceptions.SandboxError(
                f'{path} is damaged: {error}. If no service of this sandbox '
                f'is running any more, delete {self.root} and start again.'
            ) from error
        assert isinstance(content, dict)
        return content

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Keep a JSON object under a name."""
        self.write(self.run / f'{name}.json', json.dumps(content, indent=2))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Let one command at a time start or stop this sandbox.

        :raises SandboxError: when another command is at it.
        """
        self.create()
        descriptor = os.open(
            self.run / 'lock', os.O_WRONLY | os.O_CREAT, 0o600
        )
        with os.fdopen(descriptor, 'w') as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise exceptions.SandboxError(
                    f'Another command is starting or stopping the sandbox '
                    f'in {self.root}. Try again when it is done.'
                ) from error
            yield

    @contextlib.contextmanager
    def hold(
        self, step: Step, *load_balancers: str
    ) -> Iterator[Callable[[], list[str]]]:
        """Have a service wait at a step while the context is open.

        :param load_balancers: the IDs of those whose servers are not built;
            none for all. What waits keeps a thread of Octavia.
        :returns: a function that returns what has waited there since: the
            names of servers, ports and releases, or IDs.
        """
        paths = [
            hold_of(self.holds, step, load_balancer)
            for load_balancer in load_balancers or ('',)
        ]
        with contextlib.ExitStack() as files:
            for path in paths:
                file = files.enter_context(path.open('a'))
                fcntl.flock(file, fcntl.LOCK_EX)
                file.truncate(0)
            yield lambda: [
                name for path in paths for name in path.read_text().split()
            ]

    def hold_builds(
        self, *load_balancers: str
    ) -> contextlib.AbstractContextManager[Callable[[], list[str]]]:
        """Keep Octavia from building servers: see :meth:`hold`."""
        return self.hold(Step.BUILD, *load_balancers)

    def remove_data(self) -> None:
        """Delete the databases."""
        for path in self.data.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def remove(self) -> None:
        """Delete the directory and everything in it."""
        shutil.rmtree(self.root, ignore_errors=True)
