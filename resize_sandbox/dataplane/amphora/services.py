# SPDX-License-Identifier: Apache-2.0
"""The services of an amphora, as systemd would run them."""

from collections.abc import Mapping
import os
from pathlib import Path
import socket
import time

from resize_sandbox.dataplane.amphora import processes
from resize_sandbox.dataplane.amphora.units import Command
from resize_sandbox.dataplane.amphora.units import Unit
from resize_sandbox.dataplane.amphora.units import split_command

# What a oneshot service that has run has instead of a process ID.
_HAS_RUN = 0
_START_SECONDS = 30.0

#: Exit status of systemctl and what it prints.
Answer = tuple[int, str]
_DONE: Answer = (0, '')


class Services:
    """Starts, stops and reloads services.

    :param directory: where the unit files are.
    :param output: the descriptor to which services write.
    """

    def __init__(self, directory: Path, output: int) -> None:
        self.directory = directory
        self.output = output
        self._pids: dict[str, int] = {}

    def answer(self, action: str, name: str = '') -> Answer:
        """Do what ``systemctl <action> <name>`` does."""
        if action in ('enable', 'disable', 'daemon-reload'):
            return _DONE
        if not name.endswith('.service'):
            name += '.service'
        path = self.directory / name
        if not path.exists():
            return 5, f'Unit {name} not found.'
        unit = Unit.parse(path.read_text())
        if action == 'start':
            return self._start(name, unit)
        if action == 'stop':
            return self._stop(name, unit)
        if action == 'restart':
            self._stop(name, unit)
            return self._start(name, unit)
        if action == 'reload':
            return self._reload(name, unit)
        if action in ('status', 'is-active'):
            return _DONE if self._is_active(name) else (3, 'inactive')
        return 1, f'Unknown command verb {action}.'

    def _is_active(self, name: str) -> bool:
        pid = self._pids.get(name)
        return pid == _HAS_RUN or (pid is not None and processes.is_alive(pid))

    def _start(self, name: str, unit: Unit) -> Answer:
        if self._is_active(name):
            return _DONE
        for required in unit.required:
            answer = self.answer('start', required)
            if answer[0]:
                return answer
        for command in unit.commands('ExecStartPre'):
            answer = self._run(command, unit.environment)
            if answer[0]:
                return answer
        if unit.kind == 'oneshot':
            for command in unit.commands('ExecStart'):
                answer = self._run(command, unit.environment)
                if answer[0]:
                    return answer
            self._pids[name] = _HAS_RUN
            return _DONE
        return self._start_process(name, unit)

    def _start_process(self, name: str, unit: Unit) -> Answer:
        ready = Path(f'/run/notify-{name}')
        ready.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(ready))
            notify.settimeout(0.1)
            pid = processes.spawn(
                split_command(
                    unit.commands('ExecStart')[-1].line, unit.environment
                ),
                self.output,
                {**unit.environment, 'NOTIFY_SOCKET': str(ready)}
                if unit.kind == 'notify'
                else unit.environment,
                unit.open_files,
            )
            self._pids[name] = pid
            if unit.kind == 'notify':
                return self._wait_for_notice(name, notify, pid)
        if unit.kind == 'forking':
            return self._find_fork(name, unit, pid)
        return _DONE

    def _wait_for_notice(
        self, name: str, notify: socket.socket, pid: int
    ) -> Answer:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and processes.is_alive(pid):
            try:
                if b'READY=1' in notify.recv(4096):
                    return _DONE
            except TimeoutError:
                pass
        return 1, f'{name} did not become ready.'

    def _find_fork(self, name: str, unit: Unit, pid: int) -> Answer:
        status = processes.wait(pid, _START_SECONDS)
        if status != 0:
            return 1, f'{name} ended with status {status}.'
        path = Path(unit.last('PIDFile'))
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._pids[name] = int(path.read_text())
            except (OSError, ValueError):
                time.sleep(0.01)
            else:
                return _DONE
        return 1, f'{name} wrote no {path}.'

    def _stop(self, name: str, unit: Unit) -> Answer:
        pid = self._pids.pop(name, _HAS_RUN)
        if pid != _HAS_RUN:
            processes.terminate(pid)
        for command in unit.commands('ExecStopPost'):
            self._run(command, unit.environment)
        return _DONE

    def _reload(self, name: str, unit: Unit) -> Answer:
        if not self._is_active(name):
            # The agent searches for this text.
            return 1, f'{name} is not active, cannot reload.'
        environment = {**unit.environment, 'MAINPID': str(self._pids[name])}
        for command in unit.commands('ExecReload'):
            answer = self._run(command, environment)
            if answer[0]:
                return answer
        return _DONE

    def _run(self, command: Command, environment: Mapping[str, str]) -> Answer:
        """Run a command of a unit to its end."""
        arguments = split_command(command.line, environment)
        status = processes.wait(
            processes.spawn(arguments, self.output, environment)
        )
        if status and not command.may_fail:
            os.write(self.output, f'{arguments}: status {status}\n'.encode())
            return 1, f'{arguments[0]} ended with status {status}.'
        return _DONE
