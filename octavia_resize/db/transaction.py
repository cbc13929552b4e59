# SPDX-License-Identifier: Apache-2.0

"""Transactions that are retried when the database aborts one."""

from collections.abc import Callable
from typing import Any
from typing import Concatenate
from typing import ParamSpec
from typing import TypeVar

from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_db import api
from oslo_db import exception
from sqlalchemy import exc as sqlalchemy_exceptions
from sqlalchemy import orm
import tenacity

CONF = cfg.CONF

_P = ParamSpec('_P')
_T = TypeVar('_T')

_MAX_RETRIES = 10
_RETRY_SECONDS = 0.05
_MAX_RETRY_SECONDS = 1


def _has_lost(error: Exception) -> bool:
    # A duplicate: another transaction has inserted the row since this one
    # has read the table.
    return isinstance(
        error, (exception.DBDeadlock, exception.DBDuplicateEntry)
    )


def _is_of_database(error: BaseException) -> bool:
    # A row that is not there is an answer.
    return isinstance(
        error, (exception.DBError, sqlalchemy_exceptions.SQLAlchemyError)
    ) and not isinstance(error, sqlalchemy_exceptions.NoResultFound)


def retrying(**kwargs: Any) -> tenacity.Retrying:
    """Return a tenacity object that retries as long as Octavia itself does.

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
    """Run a transaction, and retry it if the database aborts it.

    It is also retried while the database does not answer.

    A worker reads and writes the database by this function only.

    :param function: The transaction, which must be repeatable; its first
        argument is the session.
    :param args: The other arguments.
    :param kwargs: The other arguments, by name.
    :returns: The result of the function.
    """

    @retry_on_conflict
    def make() -> _T:
        with db_apis.session().begin() as session:
            return function(session, *args, **kwargs)

    made: _T = retrying(
        reraise=True, retry=tenacity.retry_if_exception(_is_of_database)
    )(make)
    return made
