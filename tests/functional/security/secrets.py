# SPDX-License-Identifier: Apache-2.0

"""Where the secrets of a sandbox must not be."""

from collections.abc import Iterable
from collections.abc import Iterator
import configparser
import os
from pathlib import Path
import stat

from resize_sandbox import sandbox as resize_sandbox
from tests.functional import base


def of(sandbox: resize_sandbox.Sandbox) -> dict[str, str]:
    """Return all secrets that a sandbox has made, by what they are for."""
    return {str(k): v for k, v in sandbox.state.read_json('secrets').items()}


def in_logs(
    sandbox: resize_sandbox.Sandbox, secrets: dict[str, str]
) -> list[str]:
    """Return which secrets stand in which log file."""
    return [
        f'{name}: {path.name}'
        for path in sandbox.state.logs.rglob('*')
        for name in found_in(path.read_bytes(), secrets)
    ]


def in_process_list(
    sandbox: resize_sandbox.Sandbox, secrets: dict[str, str]
) -> list[str]:
    """Return which secrets any user of the machine sees in a command line."""
    return [
        f'{name}: {line}'
        for line in base.processes_of(sandbox.state.root)
        for name in found_in(line.encode(), secrets)
    ]


def in_environments(
    sandbox: resize_sandbox.Sandbox, secrets: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Give which secrets the environment of which process holds.

    Only its own user can read that.

    :returns: the secret and the command line.
    """
    for line in base.processes_of(sandbox.state.root):
        pid, _, command = line.partition(' ')
        try:
            environment = Path('/proc', pid, 'environ').read_bytes()
        except OSError:
            # The process has ended meanwhile.
            continue
        for name in found_in(environment, secrets):
            yield name, command


def open_files(sandbox: resize_sandbox.Sandbox) -> list[str]:
    """Return the files and directories that others may read.

    Below its home directory, which is private, programs write what they want;
    and the mode of a socket counts for nothing in a directory that is private.
    """
    root, home = sandbox.state.root, sandbox.state.home
    return [
        f'{path.relative_to(root)} {oct(mode)}'
        for path in (root, *root.rglob('*'))
        if home not in path.parents
        and not path.is_symlink()
        and not path.is_socket()
        and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077
    ]


def configure_debug_level(
    sandbox: resize_sandbox.Sandbox, services: Iterable[str]
) -> None:
    """Have services log all they can, once they are started again."""
    for name in services:
        path = sandbox.state.config_file(name)
        config = configparser.RawConfigParser()
        config.read(path)
        config.set('DEFAULT', 'debug', 'True')
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC), 'w') as file:
            config.write(file)


def found_in(text: bytes, secrets: dict[str, str]) -> list[str]:
    """Return the names of the secrets that stand in a text."""
    return [name for name, value in secrets.items() if value.encode() in text]
