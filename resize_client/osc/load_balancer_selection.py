# SPDX-License-Identifier: Apache-2.0

"""Options that select load balancers."""

import argparse
import re
import shlex
from typing import Any

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.osc import command
from resize_client.osc import rollout_options
from resize_client.sdk import connection as _connection
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import find

_SELECTION = (
    'from_flavor',
    'project',
    'tags',
    'provider',
    'availability_zone',
)

PROJECT_ID = re.compile('[0-9a-f]{32}')


def add_selection_arguments(
    parser: argparse.ArgumentParser, operation: str
) -> None:
    """Add names and what selects load balancers instead."""
    parser.add_argument(
        'load_balancers',
        metavar='<load-balancer>',
        nargs='*',
        help=f'Load balancer to {operation} (name or ID), unless the '
        'following options choose them, for an administrator in all projects',
    )
    for option, metavar, which in (
        ('--from-flavor', '<flavor>', 'that have this flavor (name or ID)'),
        ('--project', '<project>', 'of this project (name or ID)'),
        ('--tags', '<tag>[,<tag>,...]', 'that have all these tags'),
        ('--provider', '<provider>', 'of this provider'),
        ('--availability-zone', '<zone>', 'of this availability zone'),
    ):
        parser.add_argument(
            option,
            metavar=metavar,
            type=command.not_empty,
            help=f'Choose the load balancers {which}',
        )


def contradiction(parsed_args: argparse.Namespace) -> str | None:
    """Return what is wrong with the options, None if nothing is."""
    is_selection = any(getattr(parsed_args, name) for name in _SELECTION)
    if parsed_args.load_balancers and is_selection:
        return (
            f'{selection_of(parsed_args)} selects load balancers: give no '
            'names with it'
        )
    if not parsed_args.load_balancers and not is_selection:
        return (
            'give load balancers, or a selection such as --from-flavor or '
            '--project'
        )
    return rollout_options.contradiction(parsed_args)


def selection_of(parsed_args: argparse.Namespace) -> str:
    """Return the options that select, empty for named load balancers."""
    return ' '.join(
        f'--{name.replace("_", "-")} {shlex.quote(value)}'
        for name in _SELECTION
        if (value := getattr(parsed_args, name))
    )


def select(
    connection: _connection.ResizeConnection, parsed_args: argparse.Namespace
) -> list[_lb.LoadBalancer]:
    """List what is selected.

    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        flavor or project.
    """
    proxy = connection.load_balancer
    query: dict[str, Any] = {
        name: value
        for name in ('tags', 'provider', 'availability_zone')
        if (value := getattr(parsed_args, name))
    }
    if parsed_args.from_flavor:
        named = parsed_args.from_flavor
        flavors = wait.retry(lambda: find.flavors_for(proxy, named))
        query['flavor_id'] = flavors.find(named).id
    if parsed_args.project:
        query['project_id'] = project_id(connection, parsed_args.project)
    return wait.retry(lambda: list(find.list_load_balancers(proxy, **query)))


def project_id(
    connection: _connection.ResizeConnection, name_or_id: str
) -> str:
    """Find the ID of a project.

    :raises: :class:`~openstack.exceptions.NotFoundException` without such a
        project; :class:`~openstack.exceptions.DuplicateResource` for the name
        of several; :class:`~openstack.exceptions.SDKException` for a name that
        the caller may not find.
    """
    identity: Any = connection.identity
    try:
        found = identity.find_project(name_or_id)
    except exceptions.DuplicateResource as exc:
        raise exceptions.DuplicateResource(
            f"Several projects have the name '{name_or_id}'; give the ID of "
            'one'
        ) from exc
    except exceptions.HttpException as exc:
        if exc.status_code not in (401, 403):
            raise
        if PROJECT_ID.fullmatch(name_or_id):
            return name_or_id
        raise exceptions.SDKException(
            'Your roles, or the access rules of the application credential, '
            f'do not allow to find project {name_or_id} by its name: give its '
            'ID'
        ) from exc
    if found is None:
        raise exceptions.NotFoundException(
            f"No project with the name or ID '{name_or_id}' found"
        )
    return str(found.id)
