# SPDX-License-Identifier: Apache-2.0

"""What the commands share: exit status, options, messages and hints."""

import argparse
import atexit
import collections
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import gc
import itertools
import os
import shlex
import signal
import threading
from typing import Any
from typing import NamedTuple

from cliff import columns
from cliff.formatters import base as formatters
from keystoneauth1 import session as ks_session
from osc_lib import exceptions
from osc_lib.command import command

from resize_client.osc import output
from resize_client.sdk import connection
from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.outcome import Outcome
from resize_client.sdk.outcome import Result

# The exit statuses, the third as of timeout(1), the fourth as of a shell
DONE, FAILED, TIMED_OUT, INTERRUPTED = 0, 1, 124, 130

_EXIT_STATUSES = {
    **dict.fromkeys((Result.NOT_STARTED, Result.UNCHANGED), DONE),
    **dict.fromkeys((Result.ACCEPTED, Result.RESIZED), DONE),
    **dict.fromkeys((Result.REBUILT, Result.CANCELLED), DONE),
    Result.TIMED_OUT: TIMED_OUT,
    Result.INTERRUPTED: INTERRUPTED,
}

# The options that choose cloud, user and project. A password and its like
# aren't printed: openstack prompts for a password.
_CLOUD_OPTIONS = (
    *('cloud', 'region_name', 'interface', 'cacert', 'cert', 'key'),
    *('auth_type', 'auth_url'),
    *('username', 'user_id', 'user_domain_id', 'user_domain_name'),
    *('application_credential_id', 'application_credential_name'),
    *('project_id', 'project_name'),
    *('project_domain_id', 'project_domain_name'),
)

# The order of a summary
_SUMMARY = (
    *(Result.RESIZED, Result.REBUILT, Result.UNCHANGED),
    *(Result.FAILED, Result.REFUSED, Result.NOT_FOUND, Result.TIMED_OUT),
    *(Result.INTERRUPTED, Result.UNKNOWN, Result.NOT_STARTED),
)

_EPILOG = 'This command is provided by the python-resizeclient plugin.'


class Placeholder(str):
    """An argument of a command that the user has to fill in."""


class Hint(NamedTuple):
    """A command to type next."""

    #: What the command is for, empty in a list of steps
    purpose: str
    #: Its arguments, after ``openstack``
    arguments: tuple[str, ...]


class Message(NamedTuple):
    """A message on stderr."""

    #: Sentences without the last full stop, empty for hints alone
    text: str
    #: Commands to type next
    hints: tuple[Hint, ...] = ()


class _Nothing(columns.FormattableColumn[None]):
    """A cell without a value: null for programs, empty for people."""

    def human_readable(self) -> str:
        return ''


def cells(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values as cells of a table; None becomes an empty cell."""
    return tuple(_Nothing(None) if v is None else v for v in values)


def record(fields: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[Any]]:
    """Return what a ``ShowOne`` prints, from values by the columns' names."""
    return tuple(fields), cells(fields.values())


def option(name: str, value: str) -> tuple[str, ...]:
    """Return the arguments of an option, whose value may begin with a dash."""
    return (f'{name}={value}',) if value.startswith('-') else (name, value)


class RecordOrRows(command.ShowOne):
    """Shows one as a record, and several in a row each."""

    #: What prints several, None for one
    _list_formatter: formatters.ListFormatter | None = None

    def show_rows(self, parsed_args: argparse.Namespace, what: str) -> None:
        """Have several be shown, in a format that can; ``what`` is one."""
        # All but that of shell variables also print lists.
        if not isinstance(self.formatter, formatters.ListFormatter):
            raise exceptions.CommandError(
                f"'-f {parsed_args.formatter}' prints one {what} only"
            )
        self._list_formatter = self.formatter

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: Sequence[str],
        data: Sequence[Any],
    ) -> int:
        if self._list_formatter is None:
            return super().produce_output(parsed_args, column_names, data)
        columns, selector = self._generate_columns_and_selector(
            parsed_args, column_names
        )
        if selector:
            data = [tuple(itertools.compress(row, selector)) for row in data]
        self._list_formatter.emit_list(
            columns, data, self.app.stdout, parsed_args
        )
        return 0


class Command(command.Command):
    """A command with an exit status of its own, and with hints."""

    exit_status = DONE

    #: What to show after the table
    closing: tuple[Message, ...] = ()

    #: The exit statuses, for the help
    exit_statuses = (
        'Exit status: 0 when done (without --wait: accepted), or when there '
        'is nothing to do; 1 when refused or failed; 2 when the command line '
        'is wrong; 124 when --timeout or --until has passed before the end; '
        '130 when interrupted. After 124 and 130 the operation continues on '
        'the server; the same command waits for it again.'
    )

    #: The message when the user interrupts
    if_interrupted = Message('Interrupted. Nothing was changed')

    def get_epilog(self) -> str:
        """Return the end of the command's help."""
        # cliff's reads the metadata of every installed package, to find the
        # name of ours.
        return f'{self.exit_statuses}\n\n{_EPILOG}'

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command, and return the exit status."""
        # At exit Python collects garbage, which frees nothing that the end of
        # the process doesn't. With this a resize takes 0.74 of the CPU time of
        # "loadbalancer failover", and 0.98 without.
        atexit.register(gc.freeze)
        self._shown: set[Message] = set()
        self.app.stdout = output.or_null(self.app.stdout)
        try:
            with (
                _interrupted_by_kill(),
                _bounded(self.app.client_manager.sdk_connection.session),
                output.escaping(self.app.stdout),
                # cliff's table reads the width of sys.stdout, which may be
                # closed.
                contextlib.redirect_stdout(self.app.stdout),
            ):
                status = super().run(parsed_args)
                self.show_hints(*self.closing)
                return status or self.exit_status
        except exceptions.CommandError as exc:
            # cliff writes what is raised, as it is.
            message = output.wrap(
                self.app.stderr, self._with_cloud_options(str(exc))
            )
            raise exceptions.CommandError(message) from exc
        except BrokenPipeError:
            # openstack handles this itself.
            raise
        except OSError as exc:
            raise exceptions.CommandError(
                'Failed to write the result to standard output: '
                f'{exc.strerror or exc}. The operation itself was done, or '
                'continues'
            ) from exc
        except KeyboardInterrupt:
            self.show_error(self.if_interrupted)
            return INTERRUPTED

    @property
    def connection(self) -> connection.ResizeConnection:
        """The connection to the cloud."""
        return connection.extend(self.app.client_manager.sdk_connection)

    @property
    def is_quiet(self) -> bool:
        """Whether to show only data and errors."""
        return bool(self.app.options.verbose_level == 0)

    def show_hints(self, *messages: Message) -> None:
        """Show messages unless only data and errors are wanted."""
        for message in () if self.is_quiet else messages:
            self.show_error(message)

    def show_error(self, message: Message) -> None:
        """Show a message in any case, once.

        A message about the cloud is the same for each of several objects.
        """
        if message in self._shown:
            return
        self._shown.add(message)
        stderr = self.app.stderr
        if message.text:
            text = self._with_cloud_options(message.text)
            output.write_line(stderr, output.wrap(stderr, text))
        for purpose, arguments in message.hints:
            # On one line, to be pasted
            before = f'{purpose}: ' if purpose else '  '
            output.write_line(stderr, before + self.command_line(*arguments))

    def check_wait_arguments(self, parsed_args: argparse.Namespace) -> None:
        """Refuse a timeout without a wait, and set the default timeout."""
        if parsed_args.timeout is None:
            parsed_args.timeout = wait.DEFAULT_TIMEOUT
        elif not parsed_args.wait:
            raise exceptions.CommandError(
                '--timeout is how long to --wait: give both'
            )

    def command_line(self, *arguments: str) -> str:
        """Return a command to paste, which uses the same cloud as this one."""
        chosen = []
        for name in _CLOUD_OPTIONS:
            value = getattr(self.app.options, name, None)
            # Options that aren't given have the environment's values.
            if value and value != os.environ.get(f'OS_{name.upper()}'):
                chosen += [f'--os-{name.replace("_", "-")}', value]
        if getattr(self.app.options, 'insecure', None):
            chosen.append('--insecure')
        return ' '.join(
            part if isinstance(part, Placeholder) else shlex.quote(part)
            for part in ('openstack', *chosen, *arguments)
        )

    def _with_cloud_options(self, text: str) -> str:
        """Have the commands in a sentence use the same cloud as this one."""
        return text.replace("'openstack ", f"'{self.command_line()} ")


@contextlib.contextmanager
def _bounded(session: ks_session.Session) -> Iterator[None]:
    """Set a timeout also for the requests to Keystone.

    In the interactive shell, other commands use the session afterwards.
    """
    before = session.timeout
    if before is None:
        session.timeout = faults.REQUEST_TIMEOUT
    try:
        yield
    finally:
        session.timeout = before


@contextlib.contextmanager
def _interrupted_by_kill() -> Iterator[None]:
    """Have SIGTERM end the command as an interrupt does, with its results.

    The interactive shell handles SIGTERM itself.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def exit_status_of(results: Iterable[Result]) -> int:
    """Return the exit status of a command, from the results of its resizes."""
    statuses = {_EXIT_STATUSES.get(result, FAILED) for result in results}
    # A failure matters more than that others have not ended.
    by_importance = (INTERRUPTED, FAILED, TIMED_OUT)
    return next((s for s in by_importance if s in statuses), DONE)


def count(outcomes: Iterable[Outcome]) -> str:
    """Return how many have which result, such as ``5 resized, 1 failed``."""
    counts = collections.Counter(outcome.result for outcome in outcomes)
    return ', '.join(f'{counts[r]} {r}' for r in _SUMMARY if counts[r])


def add_wait_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--wait`` and ``--timeout``; ``what`` is waited for."""
    parser.add_argument(
        '--wait',
        action='store_true',
        help=f'Wait until {what}',
    )
    parser.add_argument(
        '--timeout',
        metavar='<seconds>',
        type=_seconds,
        help='With --wait, stop waiting this many seconds after the begin; '
        f'the operation continues (default: {wait.DEFAULT_TIMEOUT:g})',
    )


def add_dry_run_argument(
    parser: argparse.ArgumentParser, what: str = 'resize'
) -> None:
    """Add ``--dry-run``, which checks what is named."""
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help=f'Check the {what} and show what would change, without doing it',
    )


def not_empty(text: str) -> str:
    """Return the value of an argument that must have one.

    An empty value, as of a variable that a script has not set, would select
    everything.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError('the value is empty')
    return text


def number(text: str, what: str = 'a number of 0 or more') -> int:
    """Return the value of an argument that is a whole number.

    :param what: What it is, in the message about another value.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"'{text}' is not {what}")
    return int(text)


def whole_seconds(text: str) -> int:
    """Return the value of an argument that is a whole number of seconds."""
    return number(text, 'a whole number of seconds')


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    # Also refuses NaN and infinity: every wait has an end.
    if not 0 <= seconds <= 10**9:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds"
        )
    return seconds
