# SPDX-License-Identifier: Apache-2.0

"""Options of a rollout: which load balancers, and how many at a time."""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import datetime
import re
import signal
import threading
from types import FrameType
from typing import Any

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import connection as _connection
from resize_client.sdk import rollout
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find

_SELECTION = (
    'from_flavor',
    'project',
    'tags',
    'provider',
    'availability_zone',
)
_LIMITS = ('max_in_progress', 'canary', 'max_failures', 'until')


def add_selection_arguments(
    parser: argparse.ArgumentParser, operation: str
) -> None:
    """Add names and what selects load balancers instead."""
    parser.add_argument(
        'load_balancers',
        metavar='<load-balancer>',
        nargs='*',
        help=f'Load balancer to {operation} (name or ID), unless the '
        'following options choose them, for an administrator in all projects',
    )
    for option, metavar, which in (
        ('--from-flavor', '<flavor>', 'that have this flavor (name or ID)'),
        ('--project', '<project>', 'of this project (name or ID)'),
        ('--tags', '<tag>[,<tag>,...]', 'that have all these tags'),
        ('--provider', '<provider>', 'of this provider'),
        ('--availability-zone', '<zone>', 'of this availability zone'),
    ):
        parser.add_argument(
            option, metavar=metavar, help=f'Choose the load balancers {which}'
        )


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how many are in progress, and when no further ones begin."""
    parser.add_argument(
        '--max-in-progress',
        metavar='<number>',
        type=_number,
        help='With --wait, how many are in progress at a time, 0 for all '
        f'(default: {rollout.DEFAULT_MAX_IN_PROGRESS})',
    )
    parser.add_argument(
        '--canary',
        metavar='<number>',
        type=_number,
        help='With --wait, how many must have ended well before others begin '
        '(default: 0)',
    )
    parser.add_argument(
        '--max-failures',
        metavar='<number>',
        type=_positive,
        help='With --wait, after so many failures no further ones begin '
        '(default: 1)',
    )
    parser.add_argument(
        '--until',
        metavar='<hh:mm>',
        type=_time,
        help='With --wait, after this local time no further ones begin',
    )


def contradiction(parsed_args: argparse.Namespace) -> str | None:
    """Return what is wrong with the options, None if nothing is."""
    is_selection = any(getattr(parsed_args, name) for name in _SELECTION)
    if parsed_args.load_balancers and is_selection:
        return (
            f'{selection_of(parsed_args)} selects load balancers: give no '
            'names with it'
        )
    if not parsed_args.load_balancers and not is_selection:
        return (
            'give load balancers, or a selection such as --from-flavor or '
            '--project'
        )
    given = [n for n in _LIMITS if getattr(parsed_args, n) is not None]
    if given and not parsed_args.wait:
        return f'--{given[0].replace("_", "-")} needs --wait'
    return None


def selection_of(parsed_args: argparse.Namespace) -> str:
    """Return the options that select, empty for named load balancers."""
    return ' '.join(
        f'--{name.replace("_", "-")} {value}'
        for name in _SELECTION
        if (value := getattr(parsed_args, name))
    )


def limits_of(parsed_args: argparse.Namespace) -> rollout.Limits:
    """Return the limits that were given."""
    given = {name: getattr(parsed_args, name) for name in _LIMITS}
    return rollout.Limits(
        timeout=parsed_args.timeout,
        **{name: value for name, value in given.items() if value is not None},
    )


def select(
    connection: _connection.ResizeConnection, parsed_args: argparse.Namespace
) -> list[_lb.LoadBalancer]:
    """List what is selected.

    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor or project.
    """
    proxy = connection.load_balancer
    query: dict[str, Any] = {
        name: value
        for name in ('tags', 'provider', 'availability_zone')
        if (value := getattr(parsed_args, name))
    }
    if parsed_args.from_flavor:
        named = parsed_args.from_flavor
        flavors = wait.retry(lambda: find.flavors_for(proxy, named))
        query['flavor_id'] = flavors.find(named).id
    if parsed_args.project:
        query['project_id'] = _project_id(connection, parsed_args.project)
    return wait.retry(lambda: list(find.list_load_balancers(proxy, **query)))


def _project_id(
    connection: _connection.ResizeConnection, name_or_id: str
) -> str:
    identity: Any = connection.identity
    try:
        found = identity.find_project(name_or_id)
    except exceptions.ForbiddenException:
        # Only administrators may look up projects.
        return name_or_id
    if found is None:
        raise exceptions.NotFoundException(
            f"No project with the name or ID '{name_or_id}' found"
        )
    return str(found.id)


class Brake:
    """Whether the user has interrupted the rollout once."""

    is_pulled = False


@contextlib.contextmanager
def brake(on_first: Callable[[], None]) -> Iterator[Brake]:
    """Have the first Ctrl-C begin no more, and the second one interrupt.

    :param on_first: Called at the first, to report.
    """
    shown = Brake()
    if threading.current_thread() is not threading.main_thread():
        yield shown
        return

    def pull(number: int, frame: FrameType | None) -> None:
        shown.is_pulled = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # The signal may have come while the same stream was written to.
        with contextlib.suppress(RuntimeError):
            on_first()

    before = signal.signal(signal.SIGINT, pull)
    try:
        yield shown
    finally:
        signal.signal(signal.SIGINT, before)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"'{text}' must be at least 1")
    return number


def _time(text: str) -> datetime.datetime:
    """Return the next time at which a local clock shows this."""
    found = re.fullmatch(r'([01]?\d|2[0-3]):([0-5]\d)', text, re.ASCII)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a time such as 04:00"
        )
    now = datetime.datetime.now()
    then = now.replace(
        hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0
    )
    if then <= now:
        then += datetime.timedelta(days=1)
    return then.astimezone()
