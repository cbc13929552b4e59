#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""How long tests took, for stestr to share them out by.

Without an argument it prints what tests/seconds.txt says, as stestr loads it.
With the log of a run of tools/test, it writes that file anew.
"""

import collections
import datetime
from pathlib import Path
import re
import sys

import subunit

_FILE = Path(__file__).parents[1] / 'tests' / 'seconds.txt'
#: Classes that are shorter don't matter. Of the others all tests are told:
#: stestr doesn't weigh a group of tests one of which it doesn't know.
_LONG_SECONDS = 2.0
_BEGIN = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_LINE = re.compile(
    # Which tests on the distributed profile share a process is in
    # tests/distributed/workers.yaml.
    r'^\{\d+\} (tests\.(?!distributed)\S+) \[([0-9.]+)s\] \.\.\. \w+$',
    re.M,
)


def _renew(log: str) -> None:
    found = {name: float(seconds) for name, seconds in _LINE.findall(log)}
    modules: collections.Counter[str] = collections.Counter()
    for name, seconds in found.items():
        modules[_module(name)] += seconds
    _FILE.write_text(
        ''.join(
            f'{seconds:.1f} {name}\n'
            for name, seconds in sorted(found.items())
            # Tests of a module can be a group, whose time stestr doesn't
            # know without that of each.
            if modules[_module(name)] >= _LONG_SECONDS
        )
    )


def _module(test: str) -> str:
    return test.rsplit('.', 2)[0]


def _print() -> None:
    stream = subunit.StreamResultToBytes(sys.stdout.buffer)
    for line in _FILE.read_text().splitlines():
        seconds, name = line.split()
        end = _BEGIN + datetime.timedelta(seconds=float(seconds))
        stream.status(name, 'inprogress', timestamp=_BEGIN)
        stream.status(name, 'success', timestamp=end)


if __name__ == '__main__':
    if len(sys.argv) > 1:
        _renew(Path(sys.argv[1]).read_text())
    else:
        _print()
