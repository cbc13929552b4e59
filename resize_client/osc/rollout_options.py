# SPDX-License-Identifier: Apache-2.0

"""Options of a rollout: how many at a time, and when no further ones."""

import argparse
import datetime
import re

from resize_client.osc import command
from resize_client.sdk import rollout

_LIMITS = ('max_in_progress', 'canary', 'max_failures', 'until')


def add_limit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how many are in progress, and when no further ones begin."""
    parser.add_argument(
        '--max-in-progress',
        metavar='<number>',
        type=command.number,
        help='With --wait, how many are in progress at a time, 0 for all '
        f'(default: {rollout.DEFAULT_MAX_IN_PROGRESS})',
    )
    parser.add_argument(
        '--canary',
        metavar='<number>',
        type=command.number,
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
    """Return which limit needs a wait, None if nothing is wrong."""
    given = [n for n in _LIMITS if getattr(parsed_args, n) is not None]
    if given and not parsed_args.wait:
        return f'--{given[0].replace("_", "-")} needs --wait'
    return None


def limits_of(parsed_args: argparse.Namespace) -> rollout.Limits:
    """Return the limits that were given."""
    given = {name: getattr(parsed_args, name) for name in _LIMITS}
    return rollout.Limits(
        timeout=parsed_args.timeout,
        **{name: value for name, value in given.items() if value is not None},
    )


def _positive(text: str) -> int:
    number = command.number(text)
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
