# SPDX-License-Identifier: Apache-2.0

"""Commands that show the resizes of load balancers"""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
import datetime
from typing import Any

from openstack import exceptions
from osc_lib import exceptions as osc_exceptions
from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_selection as selection
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize

_STATES = (*_resize.UNFINISHED, 'COMPLETED', 'CANCELLED', 'FAILED')


class ListLoadBalancerResizes(command.Command, osc_command.Lister):
    """List the latest resize or rebuild of each load balancer.

    Those of the project; for an administrator those of all projects.
    """

    exit_statuses = (
        'Exit status: 0 when listed; 1 when a request failed; 2 when the '
        'command line is wrong.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--state',
            metavar='<state>',
            action='append',
            type=str.upper,
            choices=_STATES,
            help=f'List only resizes in this state: {", ".join(_STATES)} '
            '(repeat for several)',
        )
        parser.add_argument(
            '--project',
            metavar='<project>',
            type=command.not_empty,
            help='List only resizes of this project (name or ID)',
        )
        parser.add_argument(
            '--long',
            action='store_true',
            help='List also IDs, projects, reasons and times',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        query: dict[str, Any] = {}
        if parsed_args.state:
            query['state'] = parsed_args.state
        try:
            if parsed_args.project:
                query['project_id'] = self._find(parsed_args.project)
            proxy = self.connection.load_balancer
            resizes = [
                _describe(resize)
                for resize in proxy.load_balancer_resizes(**query)
            ]
        except Exception as exc:
            raise _failed('list the resizes', exc) from exc
        columns = _LONG if parsed_args.long else _SHORT
        return columns, (
            command.cells(resize[name] for name in columns)
            for resize in resizes
        )

    def _find(self, project: str) -> str:
        """Return the ID of a project, for which an ID needs no request."""
        if selection.PROJECT_ID.fullmatch(project):
            return project
        return selection.project_id(self.connection, project)


_SHORT = (
    *('loadbalancer_id', 'name', 'operation', 'state', 'phase'),
    *('new_flavor', 'age'),
)
_LONG = (
    *('id', *_SHORT, 'previous_flavor', 'project_id', 'reason'),
    *('request_id', 'created_at', 'updated_at'),
)


def _describe(resize: _resize.LoadBalancerResize) -> dict[str, Any]:
    fields: dict[str, Any] = resize.to_dict(computed=False)
    return {
        **fields,
        'name': resize.loadbalancer_name,
        'new_flavor': resize.new_flavor,
        'previous_flavor': resize.previous_flavor,
        'age': _get_age(resize),
    }


def _get_age(resize: _resize.LoadBalancerResize) -> int | None:
    """Return the seconds since the request."""
    if not resize.created_at:
        return None
    created = datetime.datetime.fromisoformat(str(resize.created_at))
    now = datetime.datetime.now(datetime.UTC)
    return max(
        0, int((now - created.replace(tzinfo=datetime.UTC)).total_seconds())
    )


_SHOWN = (
    *('loadbalancer_id', 'name', 'operation', 'state', 'phase'),
    *('previous_flavor', 'new_flavor', 'reason', 'detail', 'request_id'),
    *('created_at', 'updated_at'),
)


class ShowLoadBalancerResize(command.Command, command.RecordOrRows):
    """Show the latest resize or rebuild of load balancers.

    Of one as a record, of several a row each. The detail of a failure is for
    administrators.
    """

    exit_statuses = (
        'Exit status: 0 when shown; 1 when there is nothing to show, or a '
        'request failed; 2 when the command line is wrong.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancers',
            metavar='<load-balancer>',
            nargs='+',
            help='Load balancer whose latest resize or rebuild to show (name '
            'or ID)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[object]]:
        named = list(dict.fromkeys(parsed_args.load_balancers))
        if len(named) == 1:
            return command.record(self._describe(named[0]))
        self.show_rows(parsed_args, 'load balancer')
        rows = [
            tuple(command.cells(self._describe_or_show_error(name).values()))
            for name in named
        ]
        return _SHOWN, rows

    def _describe_or_show_error(self, named: str) -> dict[str, object]:
        try:
            return self._describe(named)
        except osc_exceptions.CommandError as exc:
            self.exit_status = command.FAILED
            self.show_error(command.Message(str(exc)))
            return {**dict.fromkeys(_SHOWN), 'name': named}

    def _describe(self, named: str) -> dict[str, object]:
        try:
            proxy = self.connection.load_balancer
            found = find.find_load_balancer(proxy, named)
            latest = proxy.get_load_balancer_resize(found)
        except Exception as exc:
            what = f'get the latest resize of load balancer {named}'
            raise _failed(what, exc) from exc
        if latest is None:
            raise osc_exceptions.CommandError(
                f'{_load_balancer.label(found)} has never been resized'
            )
        shown = {name: getattr(latest, name) for name in _SHOWN[2:]}
        return {'loadbalancer_id': found.id, 'name': found.name, **shown}


def _failed(what: str, exc: Exception) -> osc_exceptions.CommandError:
    if isinstance(exc, exceptions.NotSupported):
        return osc_exceptions.CommandError(str(exc))
    return osc_exceptions.CommandError(
        f'Failed to {what}: {errors.explain(exc)}'
    )
