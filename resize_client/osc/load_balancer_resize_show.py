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

"""Load balancer resize show action implementation"""

import argparse
from collections.abc import Sequence

from openstack import exceptions
from osc_lib import exceptions as osc_exceptions
from osc_lib.command import command as osc_command

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import text

COLUMNS = (
    'loadbalancer_id',
    'name',
    'state',
    'phase',
    'previous_flavor',
    'new_flavor',
    'reason',
    'detail',
    'request_id',
    'created_at',
    'updated_at',
)


class ShowLoadBalancerResize(command.Command, osc_command.ShowOne):
    """Show the latest resize of a load balancer.

    The detail of a failure is for administrators.
    """

    exit_statuses = (
        'Exit status: 0 when shown; 1 when there is nothing to show, or the '
        'cloud cannot be asked; 2 when the command line is wrong.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancer',
            metavar='<load-balancer>',
            help='Load balancer whose latest resize to show (name or ID)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[object]]:
        try:
            proxy = self.connection.load_balancer
            found = find.find_load_balancer(proxy, parsed_args.load_balancer)
            latest = proxy.get_load_balancer_resize(found)
        except exceptions.NotSupported as exc:
            raise osc_exceptions.CommandError(str(exc)) from exc
        except Exception as exc:
            raise osc_exceptions.CommandError(
                'The latest resize of load balancer '
                f'{parsed_args.load_balancer} cannot be shown: '
                f'{errors.explain(exc)}'
            ) from exc
        if latest is None:
            raise osc_exceptions.CommandError(
                f'{text.label(found)} has never been resized'
            )
        previous_flavor, new_flavor = find.flavor_names(proxy, latest)
        return COLUMNS, tuple(
            command.cell(value)
            for value in (
                found.id,
                found.name,
                latest.state,
                latest.phase,
                previous_flavor,
                new_flavor,
                latest.reason,
                latest.detail,
                latest.request_id,
                latest.created_at,
                latest.updated_at,
            )
        )
