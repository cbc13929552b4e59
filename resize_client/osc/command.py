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

"""What the commands have in common: exit status, arguments, hints."""

import argparse
import atexit
from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import gc
import os
import shlex
import sys
from typing import Any
from typing import NamedTuple

from cliff import columns
from keystoneauth1 import session as ks_session
from osc_lib import exceptions
from osc_lib.command import command

from resize_client.osc import stream
from resize_client.sdk import bounded_proxy
from resize_client.sdk import connection
from resize_client.sdk import wait

#: Done, or nothing to do
DONE = 0
#: Refused or failed
FAILED = 1
#: The wait ended before the resize, as with timeout(1)
TIMED_OUT = 124
#: Interrupted, as a shell tells it
INTERRUPTED = 130

# The options that say where a command looks for its resources, and as whom.
# A password and its like aren't printed: openstack asks for a password.
_PLACE = (
    *('cloud', 'region_name', 'interface', 'cacert', 'cert', 'key'),
    *('auth_type', 'auth_url'),
    *('username', 'user_id', 'user_domain_id', 'user_domain_name'),
    *('application_credential_id', 'application_credential_name'),
    *('project_id', 'project_name'),
    *('project_domain_id', 'project_domain_name'),
)

_EPILOG = 'This command is provided by the python-resizeclient plugin.'


class Placeholder(str):
    """A word of a command that the user has to fill in."""


class Message(NamedTuple):
    """What to tell people."""

    #: Sentences without the last full stop, empty for commands alone
    text: str
    #: Commands to type next: what each is for, empty in a list of steps, and
    #: its words after ``openstack``
    commands: tuple[tuple[str, tuple[str, ...]], ...] = ()


class _Nothing(columns.FormattableColumn[None]):
    """A cell without a value: null for programs, empty for people."""

    def human_readable(self) -> str:
        return ''


def cell(value: Any) -> Any:
    """Make a value one that can be shown.

    :param value: The value, None for none.
    :returns: What to put into a table.
    """
    return _Nothing(None) if value is None else value


def option(name: str, value: str) -> tuple[str, ...]:
    """Write an option for a command line that will be typed.

    :param name: The option, such as ``--flavor``.
    :param value: Its value.
    :returns: One word or two; the value may look like an option itself.
    """
    return (f'{name}={value}',) if value.startswith('-') else (name, value)


class Command(command.Command):
    """A command that ends with a status of its own and gives hints."""

    exit_status = DONE

    #: What the help tells of the exit status
    exit_statuses = (
        'Exit status: 0 when done (without --wait: accepted), or when there '
        'is nothing to do; 1 when refused or failed; 2 when the command line '
        'is wrong; 124 when --timeout has passed before the end; 130 when '
        'interrupted. After 124 and 130, what was asked for goes on on the '
        'server; the same command takes up the wait again.'
    )

    #: What to tell when the user interrupts
    if_interrupted = Message('Interrupted. Nothing was changed')

    def get_epilog(self) -> str:
        """Give the end of the command's help.

        :returns: The text.
        """
        # cliff's reads the metadata of every installed package, to find the
        # name of ours.
        return f'{self.exit_statuses}\n\n{_EPILOG}'

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command.

        :param parsed_args: The parsed command line.
        :returns: The exit status.
        """
        # A last search for garbage among all that openstackclient has
        # imported takes longer than a request, and frees nothing that the
        # end of the process doesn't free.
        atexit.register(gc.freeze)
        # Also cliff's table asks sys.stdout what that is.
        sys.stdout = self.app.stdout = stream.or_nowhere(self.app.stdout)
        try:
            with (
                _bounded(self.app.client_manager.sdk_connection.session),
                stream.any_name_on(self.app.stdout),
            ):
                return super().run(parsed_args) or self.exit_status
        except exceptions.CommandError as exc:
            # cliff writes what is raised, as it is.
            message = stream.wrap(self.app.stderr, self._in_place(str(exc)))
            raise exceptions.CommandError(message) from exc
        except BrokenPipeError:
            # openstack knows how to end then.
            raise
        except OSError as exc:
            raise exceptions.CommandError(
                'The result cannot be written to standard output: '
                f'{exc.strerror or exc}. What was asked for is done all the '
                'same, or goes on'
            ) from exc
        except KeyboardInterrupt:
            self.tell_error(self.if_interrupted)
            return INTERRUPTED

    @property
    def connection(self) -> connection.ResizeConnection:
        """The connection to the cloud."""
        return connection.extend(self.app.client_manager.sdk_connection)

    @property
    def is_quiet(self) -> bool:
        """Whether only data and errors are wanted."""
        return bool(self.app.options.verbose_level == 0)

    def tell_hint(self, message: Message) -> None:
        """Tell people something that scripts don't read.

        :param message: What to tell.
        """
        if not self.is_quiet:
            self.tell_error(message)

    def tell_hints(self, messages: Iterable[Message]) -> None:
        """Tell people some things that scripts don't read.

        :param messages: What to tell.
        """
        for message in messages:
            self.tell_hint(message)

    def tell_error(self, message: Message) -> None:
        """Tell what has failed, even when only data and errors are wanted.

        :param message: What to tell.
        """
        stderr = self.app.stderr
        if message.text:
            text = self._in_place(message.text)
            stream.write_line(stderr, stream.wrap(stderr, text))
        for purpose, words in message.commands:
            # Whole, to be pasted
            before = f'{purpose}: ' if purpose else '  '
            stream.write_line(stderr, before + self.command_line(*words))

    def check_wait_arguments(self, parsed_args: argparse.Namespace) -> None:
        """Refuse a timeout of a wait that there isn't.

        :param parsed_args: The parsed command line.
        :raises: CommandError
        """
        if parsed_args.timeout is None:
            parsed_args.timeout = wait.DEFAULT_TIMEOUT
        elif not parsed_args.wait:
            raise exceptions.CommandError(
                '--timeout says how long to --wait: give both'
            )

    def command_line(self, *words: str) -> str:
        """Write down a command to type.

        :param words: The command's words after ``openstack``.
        :returns: The line to paste into the shell that ran this command.
        """
        chosen = []
        for name in _PLACE:
            value = getattr(self.app.options, name, None)
            # Options that aren't given have the environment's values.
            if value and value != os.environ.get(f'OS_{name.upper()}'):
                chosen += [f'--os-{name.replace("_", "-")}', value]
        if getattr(self.app.options, 'insecure', None):
            chosen.append('--insecure')
        return ' '.join(
            word if isinstance(word, Placeholder) else shlex.quote(word)
            for word in ('openstack', *chosen, *words)
        )

    def _in_place(self, text: str) -> str:
        """Let commands in a sentence look where this command has looked."""
        return text.replace("'openstack ", f"'{self.command_line()} ")


@contextlib.contextmanager
def _bounded(session: ks_session.Session) -> Iterator[None]:
    """Let also Keystone, asked for another token, have to answer.

    In the interactive shell, other commands use the session afterwards.
    """
    before = session.timeout
    if before is None:
        session.timeout = bounded_proxy.REQUEST_TIMEOUT
    try:
        yield
    finally:
        session.timeout = before


def add_wait_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--wait`` and ``--timeout``.

    :param parser: The command's parser.
    :param what: What is waited for.
    """
    parser.add_argument(
        '--wait',
        action='store_true',
        help=f'Wait until {what}',
    )
    parser.add_argument(
        '--timeout',
        metavar='<seconds>',
        type=_seconds,
        help='With --wait, stop waiting after this many seconds; what was '
        f'asked for goes on (default: {wait.DEFAULT_TIMEOUT:g})',
    )


def add_dry_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--dry-run``.

    :param parser: The command's parser.
    """
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='Show what would change and what speaks against it; change '
        'nothing',
    )


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
