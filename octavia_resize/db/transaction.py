# SPDX-License-Identifier: Apache-2.0

"""Transactions that are made again when the database gives one up."""

from collections.abc import Callable
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import TypeVar

from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_db import api
from oslo_db import exception
from sqlalchemy import orm
import tenacity

CONF = cfg.CONF

_P = ParamSpec('_P')
_T = TypeVar('_T')

_MAX_RETRIES = 10
_RETRY_SECONDS = 0.05
_MAX_RETRY_SECONDS = 1


def _has_lost(error: Exception) -> bool:
    # A deadlock has a victim. A duplicate is met by a transaction that has
    # read before another one has inserted the row.
    return isinstance(
        error, (exception.DBDeadlock, exception.DBDuplicateEntry)
    )


def retrying(**kwargs: Any) -> tenacity.Retrying:
    """Return what waits for the database as long as Octavia itself does.

    :param kwargs: Other arguments of tenacity's Retrying.
    """
    options = CONF.haproxy_amphora
    return tenacity.Retrying(
        wait=tenacity.wait_incrementing(
            options.api_db_commit_retry_initial_delay,
            options.api_db_commit_retry_backoff,
            options.api_db_commit_retry_max,
        ),
        stop=tenacity.stop_after_attempt(options.api_db_commit_retry_attempts),
        **kwargs,
    )


#: For functions that are one transaction, from its beginning to its commit.
retry_on_conflict = api.wrap_db_retry(
    max_retries=_MAX_RETRIES,
    retry_interval=_RETRY_SECONDS,
    max_retry_interval=_MAX_RETRY_SECONDS,
    exception_checker=_has_lost,
    jitter=True,
)


def run(
    function: Callable[Concatenate[orm.Session, _P], _T],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _T:
    """Run a transaction, again and again if the database gives it up.

    The one way in which a worker reads and writes the database. What the
    transaction does must be repeatable.

    :param function: What to do in the transaction; its first argument is the
        session.
    :param args: The other arguments.
    :param kwargs: The same, by name.
    :returns: What the function returns.
    """

    @retry_on_conflict
    def make() -> _T:
        with db_apis.session().begin() as session:
            return function(session, *args, **kwargs)

    made: _T = retrying(reraise=True)(make)
    return made
