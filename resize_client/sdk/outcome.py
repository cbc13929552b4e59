# SPDX-License-Identifier: Apache-2.0

"""What was requested, and its result: the same for both services."""

from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
import enum
from typing import TypeVar

from openstack import exceptions

from resize_client.sdk import faults


class Refusal(exceptions.ConflictException):
    """A resize that was not requested, as a check before has refused it.

    :param reasons: Why: a sentence for each subject, such as ``flavor`` or
        ``state``.
    """

    def __init__(self, reasons: Mapping[str, str]):
        super().__init__('; '.join(reasons.values()))
        self.reasons = reasons


class Result(enum.StrEnum):
    """The result of a resize, or of its cancel."""

    #: No request was sent: only planned, or another one was refused
    NOT_STARTED = 'not started'
    #: Nothing has that name or ID
    NOT_FOUND = 'not found'
    #: Several have that name
    AMBIGUOUS = 'ambiguous'
    #: The caller's roles don't allow to see it
    FORBIDDEN = 'forbidden'
    #: A check before the request refused it, or the service did before
    #: anything began
    REFUSED = 'refused'
    #: There is nothing to do
    UNCHANGED = 'unchanged'
    #: The service has accepted the request; Magnum may still drop it
    ACCEPTED = 'accepted'
    #: Done: the load balancer or nodegroup has the new size
    RESIZED = 'resized'
    #: Done: the load balancer has new amphorae of the same flavor
    REBUILT = 'rebuilt'
    #: Done: the load balancer is as it was before the resize or rebuild
    CANCELLED = 'cancelled'
    #: The request failed, or the resize did
    FAILED = 'failed'
    #: The timeout passed first
    TIMED_OUT = 'timed out'
    #: The wait was interrupted
    INTERRUPTED = 'interrupted'
    #: A request was sent, and nothing more is known
    UNKNOWN = 'unknown'


#: The results that count as failures
_FAILURES = (Result.REFUSED, Result.FAILED, Result.TIMED_OUT, Result.UNKNOWN)


_OF_FAILED_GET: dict[type[Exception], Result] = {
    exceptions.NotFoundException: Result.NOT_FOUND,
    exceptions.DuplicateResource: Result.AMBIGUOUS,
    exceptions.ForbiddenException: Result.FORBIDDEN,
}


def of_failed_get(error: Exception) -> Result | None:
    """Return NOT_FOUND, AMBIGUOUS or FORBIDDEN, from what a GET has raised.

    :returns: None for what says nothing about the object.
    """
    if faults.is_transient(error):
        return None
    results = (
        r for kind, r in _OF_FAILED_GET.items() if isinstance(error, kind)
    )
    return next(results, None)


def of_failed_request(error: Exception) -> Result:
    """Return REFUSED or FAILED, from what a request has raised."""
    return Result.REFUSED if faults.is_refusal(error) else Result.FAILED


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A resize that was planned or requested, and its result so far."""

    #: What is to be resized, as the caller has named it
    argument: str
    _: dataclasses.KW_ONLY
    #: The result
    result: Result = Result.NOT_STARTED
    #: Why no request was sent, or why the request, the resize or the wait
    #: failed
    error: Exception | None = None
    #: Why, after an error, the state now could not be read
    doubt: Exception | None = None

    @property
    def id(self) -> str:
        """The ID of what was found, empty if nothing was."""
        return ''

    @property
    def key(self) -> str:
        """What identifies it among those that were named."""
        return self.id or f'argument {self.argument}'

    @property
    def label(self) -> str:
        """What names it in a message, under its first name."""
        return self.argument

    @property
    def has_failed(self) -> bool:
        """Whether this counts as a failure of the resize."""
        return self.result in _FAILURES

    @property
    def stops_all(self) -> bool:
        """Whether no other is requested, as this one was refused."""
        return self.error is not None

    @property
    def has_not_begun(self) -> bool:
        """Whether a request, whose answer was lost, was not accepted."""
        return False


OutcomeT = TypeVar('OutcomeT', bound=Outcome)


def without_duplicates(outcomes: Iterable[OutcomeT]) -> list[OutcomeT]:
    """Keep the first of each that is named by its name and its ID."""
    kept: dict[str, OutcomeT] = {}
    for outcome in outcomes:
        kept.setdefault(outcome.key, outcome)
    return list(kept.values())
