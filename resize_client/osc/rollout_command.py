# SPDX-License-Identifier: Apache-2.0

"""What the commands that change several at a time share."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import datetime
import functools
import signal
import threading
import time
from types import FrameType
from typing import Generic
from typing import Protocol
from typing import TypeVar

from resize_client.osc import command
from resize_client.osc import output
from resize_client.osc.command import Message
from resize_client.sdk import rollout
from resize_client.sdk.outcome import Outcome
from resize_client.sdk.outcome import Result

Item = TypeVar('Item', bound=Outcome)
_Shown = TypeVar('_Shown', bound=Outcome, contravariant=True)

_Callback = Callable[[Item], None]
_InterruptHandler = Callable[
    [Callable[[], None]], contextlib.AbstractContextManager[object]
]


_TO_CONTINUE = {Result.NOT_STARTED, Result.TIMED_OUT}
_OTHER_ADVICE = {Result.FAILED, Result.INTERRUPTED}
#: Results that no state of the service shows
_NOT_FOLLOWED = {Result.REFUSED, Result.TIMED_OUT}


class Messages(Protocol[_Shown]):
    """The messages about several: a module of functions."""

    def state(self, outcome: _Shown) -> str:
        """Return the progress of one."""

    def end(self, outcome: _Shown) -> str | None:
        """Return the state in which one has ended, None if it has not."""

    def ends(self, outcomes: Sequence[_Shown]) -> Iterator[Message]:
        """Return why each that has not ended well has not."""

    def summary(self, outcomes: Sequence[_Shown]) -> Iterator[Message]:
        """Return how many have which result, and the way back."""

    def again(self, outcomes: Sequence[_Shown]) -> Message:
        """Return that the same command continues."""


class _RollOut(Protocol[Item]):
    """Begins and follows several, such as ``waiting.roll_out``."""

    def __call__(
        self,
        outcomes: Sequence[Item],
        limits: rollout.Limits,
        *,
        may_begin: Callable[[], bool],
        callback: _Callback[Item],
    ) -> list[Item]: ...


class RolloutCommand(command.Command, Generic[Item]):
    """Changes several, and may wait for them."""

    def send(
        self,
        send: Callable[[Sequence[Item], _Callback[Item]], list[Item]],
        outcomes: Sequence[Item],
    ) -> list[Item]:
        """Send requests; after an interrupt, return what is known."""
        latest = {outcome.key: outcome for outcome in outcomes}

        def seen(outcome: Item) -> None:
            latest[outcome.key] = outcome

        try:
            return send(outcomes, seen)
        except KeyboardInterrupt:
            self.exit_status = command.INTERRUPTED
            return list(latest.values())

    def roll_out(
        self,
        roll_out: _RollOut[Item],
        outcomes: Sequence[Item],
        limits: rollout.Limits,
        messages: Messages[Item],
    ) -> list[Item]:
        """Begin and follow several, and show what has failed."""
        latest = {outcome.key: outcome for outcome in outcomes}
        followed = keys_to_follow(outcomes)
        if not followed:
            return list(outcomes)

        def end(outcome: Item) -> str | None:
            if outcome.result in _NOT_FOLLOWED:
                return str(outcome.result)
            return messages.end(outcome)

        stop = _Stop()
        rolled = self.follow(
            functools.partial(
                roll_out,
                outcomes,
                limits,
                may_begin=lambda: not stop.is_requested,
            ),
            latest,
            messages.state,
            end,
            stop.requested_by_interrupt,
        )
        ended = [outcome for outcome in rolled if outcome.key in followed]
        for message in messages.ends(ended):
            self.show_error(message)
        if self.exit_status == command.INTERRUPTED:
            self.show_error(self.if_interrupted)
        self._set_status_of_rollout(ended, is_stopped=stop.is_requested)
        self.closing = (
            *messages.summary(rolled),
            *_how_to_continue(ended, limits.until, messages),
        )
        return rolled

    def follow(
        self,
        follow: Callable[..., list[Item]],
        latest: dict[str, Item],
        state: Callable[[Item], str],
        end: Callable[[Item], str | None],
        handle_interrupts: _InterruptHandler = contextlib.nullcontext,
    ) -> list[Item]:
        """Follow several, and show their progress.

        :param follow: Follows them, and calls its argument ``callback``.
        :param latest: Those that are followed, by their keys: kept as they
            are seen, and returned after an interrupt.
        :param state: Returns the progress of one.
        :param end: Returns the state in which one has ended, None if none is
            to be shown.
        :param handle_interrupts: A context for the time meanwhile; its
            argument shows what the first interrupt does.
        """
        followed = keys_to_follow(latest.values())
        labels = [latest[key].label for key in followed]
        try:
            with output.progress(
                self.app.stderr, labels, quiet=self.is_quiet
            ) as display:

                def seen(outcome: Item) -> None:
                    latest[outcome.key] = outcome
                    if outcome.result is Result.ACCEPTED:
                        display.update(outcome.label, state(outcome))
                    elif (shown := end(outcome)) is not None:
                        display.finish(outcome.label, shown)

                def show_interrupted() -> None:
                    display.show(no_more_begin(latest.values()))

                with handle_interrupts(show_interrupted):
                    return follow(callback=seen)
        except KeyboardInterrupt:
            self.exit_status = command.INTERRUPTED
            return [_interrupted(outcome) for outcome in latest.values()]

    def _set_status_of_rollout(
        self, outcomes: Sequence[Item], *, is_stopped: bool
    ) -> None:
        """Set the exit status for those that have not begun."""
        results = {outcome.result for outcome in outcomes}
        if Result.NOT_STARTED not in results:
            return
        if is_stopped:
            self.exit_status = command.INTERRUPTED
        elif command.exit_status_of(results) == command.DONE:
            self.exit_status = command.TIMED_OUT


def keys_to_follow(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the keys of those that have not ended."""
    return [
        outcome.key
        for outcome in outcomes
        if outcome.result in (Result.NOT_STARTED, Result.ACCEPTED)
    ]


def _interrupted(outcome: Item) -> Item:
    """Return an outcome whose wait was interrupted."""
    if outcome.result is not Result.ACCEPTED:
        return outcome
    return dataclasses.replace(outcome, result=Result.INTERRUPTED)


def _how_to_continue(
    outcomes: Sequence[Item],
    until: datetime.datetime | None,
    messages: Messages[Item],
) -> Iterator[Message]:
    """Return why some have not ended, and what continues the rollout.

    Nothing after a failure, which has hints of its own, nor after a second
    interrupt, whose message has said this already.
    """
    results = {outcome.result for outcome in outcomes}
    if results.isdisjoint(_TO_CONTINUE) or results & _OTHER_ADVICE:
        return
    is_past = until is not None and until.timestamp() <= time.time()
    if is_past and Result.NOT_STARTED in results:
        yield Message(f'{until:%H:%M} has passed: no more begin')
    yield messages.again(outcomes)


def no_more_begin(outcomes: Iterable[Outcome]) -> str:
    """Return what the first interrupt does."""
    results = [outcome.result for outcome in outcomes]
    in_progress = results.count(Result.ACCEPTED)
    in_progress += results.count(Result.UNKNOWN)
    return (
        f'Interrupted: no more begin. {in_progress} in progress are waited '
        'for; interrupt again to stop waiting'
    )


class _Stop:
    """Whether the user has interrupted the rollout once."""

    is_requested = False

    @contextlib.contextmanager
    def requested_by_interrupt(
        self, on_first: Callable[[], None]
    ) -> Iterator[None]:
        """Have the first Ctrl-C begin no more, and the second one interrupt.

        :param on_first: Called at the first, to report.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def request(number: int, frame: FrameType | None) -> None:
            self.is_requested = True
            signal.signal(signal.SIGINT, signal.default_int_handler)
            # The signal may have come while the same stream was written to.
            with contextlib.suppress(RuntimeError):
                on_first()

        before = signal.signal(signal.SIGINT, request)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
