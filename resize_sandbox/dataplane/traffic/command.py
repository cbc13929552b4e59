# SPDX-License-Identifier: Apache-2.0
"""resize-sandbox traffic: what clients see while a command runs."""

from collections.abc import Sequence
import contextlib
import dataclasses
import json
import os
from pathlib import Path
import sys

from rich.console import Console

from resize_sandbox import exceptions
from resize_sandbox.dataplane.traffic import phases
from resize_sandbox.dataplane.traffic import plot
from resize_sandbox.dataplane.traffic import records
from resize_sandbox.dataplane.traffic import run
from resize_sandbox.dataplane.traffic.display import Display
from resize_sandbox.state import StateDirectory

_ROWS = {
    'requests': 'Requests, each on a new connection',
    'failed': 'Requests that failed',
    'longest_gap_ms': 'Longest time without an answer, ms',
    'downloads': 'Downloads of a second',
    'downloads_failed': 'Of those, broken',
    'open_connections': 'Connections kept open',
    'kept_requests': 'Requests on connections that are kept',
    'kept_lost': 'Of those, lost',
    'kept_closed': 'Connections that ended without a loss',
    'http2_requests': 'Requests of HTTP/2 over TLS',
    'http2_lost': 'Of those, lost',
    'breaks_max': 'Times that the worst of them broke',
    'silence_max_ms': 'Longest time until that was noticed, ms',
    'cold_requests': 'Requests of a client without ARP entries',
    'cold_failed': 'Of those, failed',
    'routed_requests': 'Requests of a client behind a router',
    'routed_failed': 'Of those, failed',
    'floating_requests': 'Requests to a floating IP',
    'floating_failed': 'Of those, failed',
    'command_exit_status': 'Exit status of the command',
    'seconds': 'Seconds that the command took',
}


def main(
    state: StateDirectory,
    load_balancer: str,
    command: Sequence[str],
    as_json: bool,
    plot_file: Path | None = None,
    requests_per_second: int | None = None,
) -> int:
    """Send requests to a load balancer while a command runs.

    :param command: the program and its arguments.
    :param plot_file: where to write a plot of it, an SVG document.
    :param requests_per_second: see :func:`run.run`.
    :returns: the command's exit status; 0 without one.
    :raises SandboxError: There is no such load balancer, or no traffic, or
        no plot can be written there.
    """
    if command and command[0] == '--':
        command = command[1:]
    target = run.find_target(state, load_balancer)
    if plot_file:
        _check_writable(plot_file)
    with contextlib.ExitStack() as stack:
        display = None
        if sys.stderr.isatty():
            display = Display(Console(stderr=True))
            stack.enter_context(display.shown())
        seen_phases: list[phases.Phase] = []
        if plot_file:
            seen_phases = stack.enter_context(phases.watch(state, target.id))
        seen = run.run(
            state,
            target,
            command,
            display,
            requests_per_second=requests_per_second,
        )
    report = records.summarize(seen)
    if as_json:
        print(json.dumps(dataclasses.asdict(report)))
    else:
        _print(report)
    if plot_file:
        plot_file.write_text(plot.draw(load_balancer, seen, seen_phases))
    return report.command_exit_status or 0


def _check_writable(path: Path) -> None:
    """Find out before minutes of traffic, not after.

    :raises SandboxError: It can't be written.
    """
    if path.is_dir():
        reason = 'it is a directory'
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = f'nothing can be written in {path.parent}'
    else:
        return
    raise exceptions.SandboxError(
        f'The plot can not be written to {path}: {reason}. No request was '
        'sent. Name another file with --plot.'
    )


def _print(report: records.Report) -> None:
    width = max(len(text) for text in _ROWS.values())
    for name, text in _ROWS.items():
        value = getattr(report, name)
        if value is not None and not _is_of_none(report, name):
            print(f'{text:<{width}}  {value:>8}')


def _is_of_none(report: records.Report, name: str) -> bool:
    """Return whether a figure is of clients that were not there."""
    kind, _, figure = name.partition('_')
    requests = f'{kind}_requests'
    return figure in ('requests', 'failed', 'lost') and not getattr(
        report, requests
    )
