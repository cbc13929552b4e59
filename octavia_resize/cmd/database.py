# SPDX-License-Identifier: Apache-2.0


"""Octavia's database, for commands that must answer within seconds."""

from collections.abc import Callable
from collections.abc import Sequence
from concurrent import futures
import sys
import threading
from typing import TypeVar

from octavia.common import config
from octavia.db import api as db_apis
from oslo_config import cfg
from sqlalchemy import orm

from octavia_resize import opts

CONF = cfg.CONF

_T = TypeVar('_T')

#: With the start of the program, an answer takes less than 10 seconds.
_ANSWER_SECONDS = 5


class Unavailable(Exception):
    """The configuration cannot be read, or the database does not answer."""


def configure(options: Sequence[cfg.Opt]) -> None:
    """Read the command line and the configuration of Octavia.

    Octavia's log stays off, as it would be written to stdout.

    :param options: Options of the command line, beside Octavia's own.
    :raises Unavailable: A file, an option or an argument is not valid.
    """
    opts.register_opts(CONF)
    CONF.register_cli_opts(options)
    try:
        config.init(sys.argv[1:])
        # An option is not checked before it is read.
        dict(CONF[opts.GROUP])
    except cfg.Error as e:
        raise Unavailable(str(e)) from e
    except SystemExit as e:
        if not e.code:
            raise
        # What is wrong is printed already.
        raise Unavailable('Wrong arguments') from e
    # oslo.db would try for minutes to connect.
    CONF.set_override('max_retries', 0, group='database')


def run(function: Callable[[orm.Session], _T]) -> _T:
    """Run a transaction, and wait a few seconds for its end.

    The program ends even if the database's host drops packets.

    :returns: The result of the function, once it is committed.
    :raises Unavailable: The database does not answer.
    """
    result: futures.Future[_T] = futures.Future()

    def run() -> None:
        try:
            with db_apis.session().begin() as session:
                found = function(session)
            # Not before the commit: the program may end at once.
            result.set_result(found)
        except Exception as e:
            result.set_exception(e)

    threading.Thread(target=run, daemon=True).start()
    try:
        return result.result(timeout=_ANSWER_SECONDS)
    except TimeoutError as e:
        cause = f'no answer within {_ANSWER_SECONDS} seconds'
        raise Unavailable(_describe(cause)) from e
    except Exception as e:
        cause, *_ = str(e).splitlines() or [type(e).__name__]
        raise Unavailable(_describe(cause)) from e


def _describe(cause: str) -> str:
    return f"Octavia's database does not answer: {cause}"
