# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Make several requests at a time."""

from collections.abc import Callable
from collections.abc import Sequence
from concurrent import futures
import contextvars
from typing import TypeVar

#: How many requests are under way at a time; the session keeps ten connections
CONCURRENT_REQUESTS = 8

Item = TypeVar('Item')
Found = TypeVar('Found')


def side_by_side(
    call: Callable[[Item], Found], items: Sequence[Item]
) -> list[Found]:
    """Call a function for each item, several at a time.

    :param call: What to call. Its requests may share the session.
    :param items: What to call it with.
    :returns: What it has returned, in the order of the items.
    :raises: What the first call that fails has raised; calls that haven't
        begun by then, or by an interrupt, aren't made.
    """
    # A thread costs more than it saves for a single one.
    if len(items) < 2:
        return [call(item) for item in items]
    pool = futures.ThreadPoolExecutor(CONCURRENT_REQUESTS)
    try:
        # Also in a thread, answered_within counts.
        contexts = [contextvars.copy_context() for _ in items]
        return list(
            pool.map(
                lambda item, context: context.run(call, item), items, contexts
            )
        )
    finally:
        pool.shutdown(cancel_futures=True)
