# SPDX-License-Identifier: Apache-2.0

"""Commands of the documents that can't run in a test, and why."""

from collections.abc import Callable
import configparser
import functools
import importlib.util
import itertools
import os
from pathlib import Path
import re
import shlex
import subprocess

from tests.functional import openstack_command
from tests.functional import shared_sandbox
from tests.functional.docs import console

_INSTALLS = 'It changes the environment; tests/packaging does the same'
_ITSELF = 'It runs the tests, of which this one is a part'
_TRAFFIC = 'Only root can; tests/traffic runs it'
_MARIADB = (
    'Neither Octavia nor we migrate SQLite; each start of a sandbox of the '
    'distributed profile runs it on MariaDB'
)

#: Documents of which no command is run, and why
DOCUMENTS = {
    'CONTRIBUTING.rst': 'It installs, and runs the tests',
    'doc/source/admin/faults.rst': _ITSELF,
    'doc/source/admin/heat.rst': 'It changes the host; tests/automation runs '
    'what it describes',
    'doc/source/admin/load.rst': 'It takes an hour',
    'doc/source/admin/fleets.rst': 'It takes an hour',
    'doc/source/admin/traffic.rst': 'Only root can, and it takes hours',
    'doc/source/user/automating.rst': 'tests/automation does the same',
    'doc/source/contributor/benchmarks.rst': 'It takes a quarter of an hour',
    'doc/source/contributor/long-tests.rst': _ITSELF,
    'doc/source/contributor/security.rst': _ITSELF,
}

#: Single commands of the others, and why
COMMANDS = {
    'resize-sandbox traffic web -- openstack loadbalancer resize --wait '
    '--flavor large web': _TRAFFIC,
    'resize-sandbox up --traffic': _TRAFFIC,
    '. .venv/bin/activate': 'The test runs in an environment already',
    'gunicorn --bind 127.0.0.1:9876 --workers 4 '
    'octavia_resize.wsgi.api:application': 'It runs until it is stopped; a '
    'sandbox of the distributed profile is served by it',
    'octavia-resize-db-manage --config-file /etc/octavia/octavia.conf '
    'remove': _MARIADB,
    'octavia-resize-db-manage --config-file /etc/octavia/octavia.conf '
    'upgrade': _MARIADB,
    'octavia-resize-status --config-file /etc/octavia/octavia.conf': _MARIADB,
    'octavia-resize-unlock --config-file /etc/octavia/octavia.conf '
    '<load balancer ID>': _MARIADB,
    'pip install -c upper-constraints.txt '
    'python_resizeclient-*.whl': _INSTALLS,
    "pip install './python-resizeclient[sandbox]'": _INSTALLS,
    "pip install '.[tempest]'": _INSTALLS,
    'pip wheel --no-deps ./python-resizeclient': _INSTALLS,
    'sudo systemctl enable --now octavia-resize-worker': 'It changes the host',
    r"tempest run --regex '^resize_tempest_plugin\.'": 'tools/test-tempest '
    'runs it',
    'tools/demo': 'tests/packaging/test_sandbox.py runs what it runs',
}


def is_run(command: console.Command) -> bool:
    """Return whether a test runs a command."""
    document = str(command.path.relative_to(console.ROOT))
    return document not in DOCUMENTS and command.text not in COMMANDS


def check(command: str) -> list[str]:
    """Check whether a command could run.

    :param command: one that isn't run.
    :returns: what speaks against it: no such program, file, option, extra of
        the package or environment of tox.
    """
    faults = []
    for part in re.split(r'\n|&&', command):
        words = [
            word
            for word in shlex.split(part, comments=True)
            if not re.fullmatch(r'[A-Z_]+=.*', word)
        ]
        if words and words[0] == 'sudo':
            words = words[1:]
        if words:
            program = words[0].removeprefix('.venv/bin/')
            faults += _CHECKS.get(program, _check_options)(
                [program, *words[1:]]
            )
    return faults


def _check_options(words: list[str]) -> list[str]:
    """Find each option in the help of the program.

    What follows "--" belongs to another program.
    """
    words = list(itertools.takewhile(lambda word: word != '--', words))
    if words[0].startswith('tools/'):
        program = console.ROOT / words[0]
        known = program.read_text() if program.exists() else None
    else:
        known = _help(words)
    if not known:
        return [f'there is no {words[0]}']
    return [
        f'{words[0]} has no option {option}'
        for option in (word.partition('=')[0] for word in words[1:])
        if option.startswith('-')
        and not re.search(rf'(?<![\w-]){re.escape(option)}(?![\w-])', known)
    ]


def _help(words: list[str]) -> str:
    """Return what a program, and its subcommand if it has any, prints."""
    subcommand = tuple(itertools.takewhile(str.isalpha, words[1:]))
    known = [_run_help(words[0])]
    if subcommand:
        known.append(_run_help(words[0], *subcommand))
    return ''.join(known) if all(known) else ''


@functools.cache
def _run_help(program: str, *subcommand: str) -> str:
    """Return the help of a program, nothing without one."""
    if program == 'openstack':
        command = openstack_command.Command(
            (*subcommand, '--help'), os.environ
        )
        finished = command.wait(60)
        return '' if finished.status else finished.stdout
    own = shared_sandbox.BIN / program
    try:
        finished = subprocess.run(
            [own if own.exists() else program, *subcommand, '--help'],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        return ''
    return '' if finished.returncode else finished.stdout


def _check_sandbox(words: list[str]) -> list[str]:
    # What it runs has options of its own; a load balancer's name is no
    # command.
    own = list(itertools.takewhile(lambda word: word != 'openstack', words))
    return _check_options(
        [*own[:2], *(word for word in own[2:] if word.startswith('-'))]
    )


def _check_pip(words: list[str]) -> list[str]:
    faults = _check_options(words)
    setup = configparser.ConfigParser()
    setup.read(console.ROOT / 'setup.cfg')
    for word in words[1:]:
        found = re.fullmatch(r'(\./python-resizeclient|\.)\[(.*)\]', word)
        if found:
            faults += [
                f'setup.cfg has no extra {extra}'
                for extra in found[2].split(',')
                if extra not in setup['extras']
            ]
    return faults


def _check_python(words: list[str]) -> list[str]:
    module, *arguments = words[words.index('-m') + 1 :]
    tests = [word for word in arguments if word.startswith('tests.')]
    return [
        f'there is no module {name}'
        for name in (module, *tests)
        if not _is_module(name)
    ]


def _is_module(name: str) -> bool:
    """Find a module, of which only the packages above are imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _check_stestr(words: list[str]) -> list[str]:
    # Without the option, what .stestr.conf names.
    path = 'tests/unit'
    if '--test-path' in words:
        path = words[words.index('--test-path') + 1]
    faults = _check_options(words)
    if not (console.ROOT / path).is_dir():
        faults.append(f'there is no directory {path}')
    return faults + [
        f'there is no {word} in {path}'
        for word in words[1:]
        if re.fullmatch(r'\w+(\.\w+)+', word) and not _has_tests(path, word)
    ]


def _has_tests(path: str, name: str) -> bool:
    """Find a module of tests, or for a class in one.

    :param path: the directory below which it is.
    :param name: its name, of which the first packages may be missing.
    """
    above, _, last = name.rpartition('.')
    for file in (console.ROOT / path).rglob('*.py'):
        relative = file.relative_to(console.ROOT).with_suffix('')
        module = '.'.join(('', *relative.parts))
        if module.endswith(f'.{name}') or (
            module.endswith(f'.{above}')
            and re.search(rf'^class {last}\b', file.read_text(), re.M)
        ):
            return True
    return False


def _check_systemctl(words: list[str]) -> list[str]:
    return [
        f'there is no unit {unit}'
        for unit in words[2:]
        if unit.startswith('octavia')
        and not Path(console.ROOT, 'etc/systemd', f'{unit}.service').exists()
    ]


def _check_tox(words: list[str]) -> list[str]:
    tox = configparser.ConfigParser()
    tox.read(console.ROOT / 'tox.ini')
    return [
        f'tox.ini has no environment {name}'
        for option, names in zip(words, words[1:], strict=False)
        for name in names.split(',')
        if option == '-e'
        and f'testenv:{name}' not in tox
        and not re.fullmatch(r'py3\d*', name)
    ]


def _nothing_to_check(words: list[str]) -> list[str]:
    return []


_CHECKS: dict[str, Callable[[list[str]], list[str]]] = {
    '.': _nothing_to_check,
    'export': _nothing_to_check,
    'pip': _check_pip,
    'pre-commit': _nothing_to_check,
    'python': _check_python,
    'python3': _check_python,
    'stestr': _check_stestr,
    'resize-sandbox': _check_sandbox,
    'systemctl': _check_systemctl,
    'tox': _check_tox,
}
