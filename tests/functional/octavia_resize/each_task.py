# SPDX-License-Identifier: Apache-2.0

"""After which tasks of a resize something happens, in turn."""

import math
import os
import random
import re

# What the names of one task for different amphorae differ in
_AMPHORA = re.compile(
    r'MASTER|BACKUP|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+$'
)


def chosen(tasks: list[str]) -> list[tuple[int, str]]:
    """Return the tasks after which something shall happen, by number.

    Of a task that is run for each amphora of a pair, the last one: the
    others are done with the task by then.

    :param tasks: the names of all, in the order in which they are begun.
    """
    last: dict[str, int] = {}
    for number, name in enumerate(tasks):
        general = _AMPHORA.sub('', name)
        last[general if general != name else f'{number} {name}'] = number
    return [(number, tasks[number]) for number in sorted(last.values())]


def sample(tasks: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return a third of some tasks at random, in their order.

    All of them if RESIZE_EACH_TASK is "all", as in tools/test-long.
    """
    if os.environ.get('RESIZE_EACH_TASK') == 'all':
        return tasks
    return sorted(random.sample(tasks, math.ceil(len(tasks) / 3)))
