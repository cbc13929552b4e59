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
"""resize-sandbox traffic: what clients see while a command runs."""

from collections.abc import Callable
from collections.abc import Sequence
import contextlib
import dataclasses
import json
import sys

from rich.console import Console
from rich.status import Status

from resize_sandbox.dataplane.traffic import client
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic import run
from resize_sandbox.state import StateDirectory

_ROWS = {
    'requests': 'Requests, each on a new connection',
    'failed': 'Requests that failed',
    'longest_gap_ms': 'Longest time without an answer, ms',
    'open_connections': 'Connections kept open',
    'breaks_max': 'Times that the worst of them broke',
    'silence_max_ms': 'Longest time until that was noticed, ms',
    'cold_requests': 'Requests of a client without ARP entries',
    'cold_failed': 'Of those, failed',
    'command_exit_status': 'Exit status of the command',
    'seconds': 'Seconds that the command took',
}


def main(
    state: StateDirectory,
    load_balancer: str,
    command: Sequence[str],
    as_json: bool,
) -> int:
    """Send requests to a load balancer while a command runs.

    :param command: the program and its arguments.
    :returns: the command's exit status; 0 without one.
    :raises SandboxError: There is no such load balancer, or no traffic.
    """
    if command and command[0] == '--':
        command = command[1:]
    target = run.find_target(state, load_balancer)
    with contextlib.ExitStack() as stack:
        watch = _live(stack) if sys.stderr.isatty() else _nothing
        report = run.run(state, target, command, watch)
    if as_json:
        print(json.dumps(dataclasses.asdict(report)))
    else:
        _print(report)
    return report.command_exit_status or 0


def _nothing(seen: list[records.Record]) -> None:
    """Show nothing meanwhile: it is not for a log."""


def _live(
    stack: contextlib.ExitStack,
) -> Callable[[list[records.Record]], None]:
    status = stack.enter_context(
        Status('Sending requests', console=Console(stderr=True))
    )

    def show(seen: list[records.Record]) -> None:
        if not seen:
            return
        report = records.summarize(
            seen,
            min(r.began for r in seen),
            max(r.ended for r in seen),
            client.OPEN_CONNECTIONS,
            None,
        )
        status.update(
            f'{report.requests} requests, {report.failed} failed, longest '
            f'gap {report.longest_gap_ms} ms, '
            f'{sum(r.kind == records.BREAK for r in seen)} connections broken'
        )

    return show


def _print(report: records.Report) -> None:
    width = max(len(text) for text in _ROWS.values())
    for name, text in _ROWS.items():
        value = getattr(report, name)
        if value is not None:
            print(f'{text:<{width}}  {value:>8}')
