# SPDX-License-Identifier: Apache-2.0

"""Compare Octavia's API with and without octavia_resize, by Octavia's tests.

octavia_suite.py [<module>...]

runs the functional API tests that are in Octavia's wheel twice, at once: on
Octavia's own application and on ours. Each test must end in the same way on
both. Modules are those of octavia.tests.functional.api.v2; all unless named.
The last line says "<n> passed, <n> failed": how many tests have the same
outcome, and how many another one.
"""

import json
import os
from pathlib import Path
import pkgutil
import subprocess
import sys
import tempfile
from typing import Any
import unittest
from unittest import mock

from octavia.api import app as octavia_app
from octavia.api import config as octavia_config
from octavia.common import policy
from octavia.tests.functional.api import v2

from octavia_resize import policies
from octavia_resize.api import app

_RELEASED = 'released'
_RESIZE = 'resize'


class Outcomes(unittest.TextTestResult):
    """Keeps how each test has ended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, str] = {}

    def _keep(self, test: unittest.TestCase, outcome: str) -> None:
        self.outcomes[test.id()] = outcome

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._keep(test, 'passed')

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._keep(test, f'failed: {err[0].__name__}')

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self._keep(test, f'failed: {err[0].__name__}')

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self._keep(test, 'skipped')


def use_resize() -> None:
    """Have Octavia's tests run on our application."""
    with (
        mock.patch.object(octavia_app, 'setup_app') as setup_app,
        # Octavia's configuration is not read yet.
        mock.patch.object(policy, 'get_enforcer'),
    ):
        app.setup_app([])
    changed = setup_app.call_args.kwargs['pecan_config'].app
    octavia_config.app['root'] = changed.root
    octavia_config.app['hooks'] = changed.hooks
    # Each test begins with another enforcer.
    get_enforcer = policy.get_enforcer

    def get_enforcer_with_rules() -> Any:
        enforcer = get_enforcer()
        policies.register_rules(enforcer)
        return enforcer

    policy.get_enforcer = get_enforcer_with_rules


def run(which: str, record: str, modules: list[str]) -> None:
    """Run tests, and write down how each has ended."""
    if which == _RESIZE:
        use_resize()
    suite = unittest.defaultTestLoader.loadTestsFromNames(
        [f'{v2.__name__}.{module}' for module in modules]
    )
    with Path(os.devnull).open('w') as nowhere:
        result = unittest.TextTestRunner(
            nowhere, resultclass=Outcomes, warnings='ignore'
        ).run(suite)
    assert isinstance(result, Outcomes)
    Path(record).write_text(json.dumps(result.outcomes))


def _log(record: Path) -> Path:
    return record.with_suffix('.log')


def _start(
    which: str, record: Path, modules: list[str]
) -> subprocess.Popen[bytes]:
    with _log(record).open('w') as log:
        return subprocess.Popen(
            [sys.executable, __file__, which, str(record), *modules],
            stdout=log,
            stderr=log,
        )


def compare(modules: list[str]) -> int:
    """Run the tests in two processes, and print what differs.

    :returns: The exit status.
    """
    with tempfile.TemporaryDirectory() as directory:
        records = {
            which: Path(directory, which) for which in (_RELEASED, _RESIZE)
        }
        children = {
            which: _start(which, record, modules)
            for which, record in records.items()
        }
        for which, child in children.items():
            if child.wait():
                print(_log(records[which]).read_text(), file=sys.stderr)
                print(f'The tests did not end: {which}.', file=sys.stderr)
                return 1
        released, resize = (
            json.loads(record.read_text()) for record in records.values()
        )
    different = [
        test
        for test in sorted({*released, *resize})
        if released.get(test) != resize.get(test)
    ]
    for test in different:
        print(f'{test}: {released.get(test)}, and here {resize.get(test)}')
    good = list(released.values()).count('passed')
    print(f"{good} of {len(released)} pass on Octavia's own application.")
    print(f'{len(released) - len(different)} passed, {len(different)} failed')
    return 1 if different or not good else 0


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and arguments[0] in (_RELEASED, _RESIZE):
        run(arguments[0], arguments[1], arguments[2:])
        return 0
    return compare(
        arguments
        or [
            module.name
            for module in pkgutil.iter_modules(v2.__path__)
            if module.name.startswith('test_')
        ]
    )


if __name__ == '__main__':
    sys.exit(main())
