# SPDX-License-Identifier: Apache-2.0

"""Print the names of the tests that failed, and the last lines of each.

Usage: stestr last --subunit | failed_tests.py
"""

import sys
from typing import Any

import subunit
import testtools

_FAILED = ('fail', 'uxsuccess', 'inprogress', 'unknown')
#: CI keeps the last 120 lines of all output.
_MAX_LINES = 60
_MIN_LINES_OF_A_TEST = 4
_MAX_LINES_OF_A_TEST = 25
_MAX_COLUMNS = 200


def main() -> None:
    failed: list[dict[str, Any]] = []

    def note(test: dict[str, Any]) -> None:
        if test['status'] in _FAILED:
            failed.append(test)

    result = testtools.StreamToDict(note)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(sys.stdin.buffer).run(result)
    result.stopTestRun()
    count = max(
        _MIN_LINES_OF_A_TEST,
        min(_MAX_LINES_OF_A_TEST, _MAX_LINES // max(len(failed), 1)),
    )
    for test in failed:
        print(f'- {test["id"]}')
        for line in _get_lines(test)[-count:]:
            print(f'    {line[:_MAX_COLUMNS]}')


def _get_lines(test: dict[str, Any]) -> list[str]:
    """Return the lines of the traceback; without one, those of the output."""
    details = test['details']
    text = '\n'.join(
        details[name].as_text()
        for name in sorted(details, key=lambda name: 'traceback' in name)
        if details[name].content_type.type == 'text'
    )
    return [line for line in text.splitlines() if line.strip()]


if __name__ == '__main__':
    main()
