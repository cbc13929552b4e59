# SPDX-License-Identifier: Apache-2.0


"""The text with which the agent of an amphora refuses a request.

The exceptions of Octavia's driver have the HTTP status only.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import functools
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import TypeVar

from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions

from octavia_resize.worker import failures

_P = ParamSpec('_P')
_T = TypeVar('_T')

_MAX_TEXT = 2000


@contextlib.contextmanager
def listen(driver: Any) -> Iterator[list[str]]:
    """Collect the refusals of agents while the context is open.

    :param driver: Octavia's driver of amphorae.
    """
    refused: list[str] = []

    def note(response: Any, **_: Any) -> None:
        if not response.ok:
            refused.append(
                f'{response.request.method} {response.url}: '
                f'{response.status_code} {response.text[:_MAX_TEXT].strip()}'
            )

    # The drivers for tests have no clients.
    hooks = [
        client.session.hooks['response']
        for client in getattr(driver, 'clients', {}).values()
    ]
    for hook in hooks:
        hook.append(note)
    try:
        yield refused
    finally:
        for hook in hooks:
            hook.remove(note)


def quoted(
    execute: Callable[Concatenate[Any, _P], _T],
) -> Callable[Concatenate[Any, _P], _T]:
    """Add the agent's refusal to the exception of a task.

    :param execute: The method of a task that has Octavia's driver of
        amphorae. The decorated method raises AmphoraRefused for an exception
        that Octavia's driver raises because of a refusal.
    """

    @functools.wraps(execute)
    def quote(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with listen(self.amphora_driver) as refused:
            try:
                return execute(self, *args, **kwargs)
            except agent_exceptions.APIException as e:
                # taskflow would have to store the cause with the jobboard.
                raise failures.AmphoraRefused(
                    refused[-1] if refused else str(e)
                ) from None

    return quote
