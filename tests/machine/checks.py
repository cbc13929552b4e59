# SPDX-License-Identifier: Apache-2.0

"""What must be true of load balancers once nothing is going on."""

from typing import Any

from octavia.db import api as db_api
from octavia.db import models as octavia_models
from octavia.network.drivers.noop_driver import driver as noop_network

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.worker import orphans
from resize_sandbox.octavia import compute
from resize_sandbox.octavia import network
from tests.machine import world as worlds

_QUIET = ('ACTIVE', 'ERROR')
_COMPUTE_FLAVORS = ('sandbox.small', 'sandbox.large')


def check_quiet(world: worlds.World, lb_id: str) -> list[str]:
    """Return what is not as it should be, whatever has happened."""
    status = world.get_status(lb_id)
    wrong = []
    if status not in (*_QUIET, 'DELETED', None):
        wrong.append(f'the load balancer stays {status}')
    wrong += _check_record(world, lb_id)
    return wrong


def _check_record(world: worlds.World, lb_id: str) -> list[str]:
    resize = world.get_resize(lb_id)
    if resize is None:
        return []
    wrong = []
    if resize.state in constants.IN_PROGRESS_STATES:
        wrong.append(f'the resize stays {resize.state} ({resize.phase})')
    if world.get_status(lb_id) not in _QUIET:
        return wrong
    flavor_id = world.get_load_balancer(lb_id)['flavor_id']
    expected = (
        resize.new_flavor_id
        if resize.state == constants.COMPLETED
        else resize.previous_flavor_id
    )
    if flavor_id != expected:
        wrong.append(
            f'the resize is {resize.state}, but the load balancer has '
            f'{_name(world, flavor_id)}'
        )
    if resize.phase is not None or resize.pinned_flavor_id is not None:
        wrong.append(f'the resize has ended, and is {resize.phase}')
    return wrong


def _name(world: worlds.World, flavor_id: str | None) -> str:
    for small, large in world.flavors.values():
        if flavor_id in (small, large):
            return (
                'the small flavor' if flavor_id == small else 'the large one'
            )
    return 'another flavor'


def get_left(world: worlds.World, lb_id: str) -> str:
    """Return what the last resize says of what it has left.

    Only amphorae that this text names may be there without need, or wait for
    something, or be missing.
    """
    resize = world.get_resize(lb_id)
    if resize is None or resize.state in constants.IN_PROGRESS_STATES:
        return ''
    return '; '.join(
        part
        for part in (resize.detail or '').split('; ')
        if part.startswith(('Not deleted: ', 'Missing: ', 'Not restored: '))
    )


def check_amphorae(
    world: worlds.World, lb_id: str, left: str = ''
) -> list[str]:
    """Return what is not as it should be of the amphorae that serve.

    :param left: Names the amphorae that need not be there.
    """
    with db_api.session().begin() as session:
        lb = session.get(octavia_models.LoadBalancer, lb_id)
        roles = (
            ['STANDALONE'] if lb.topology == 'SINGLE' else ['BACKUP', 'MASTER']
        )
        flavors = world.flavors[lb.topology]
        compute_flavor = _COMPUTE_FLAVORS[flavors.index(lb.flavor_id)]
        amphorae = [
            one
            for one in world.query_amphorae(session, lb_id)
            if one.id not in left
        ]
        found = sorted((a.role or '?', a.status) for a in amphorae)
        expected = [(role, 'ALLOCATED') for role in roles]
        wrong = []
        if found != expected and not (
            'Missing: ' in left and found in ([], expected[:1], expected[1:])
        ):
            wrong.append(f'its amphorae are {found}')
        others = {a.compute_flavor for a in amphorae} - {compute_flavor}
        if others:
            wrong.append(f'it has amphorae of {others}: not {compute_flavor}')
        busy = (
            session.query(octavia_models.AmphoraHealth)
            .filter(
                octavia_models.AmphoraHealth.amphora_id.in_(
                    [a.id for a in amphorae]
                ),
                octavia_models.AmphoraHealth.busy,
            )
            .count()
        )
        if busy:
            wrong.append(f'{busy} amphorae are busy')
        wrong += [
            f'the VIP port of amphora {one.id} is disabled'
            for one in amphorae
            if _is_disabled(one.vrrp_port_id)
        ]
        return wrong


def _is_disabled(port_id: str) -> bool:
    port = noop_network._NOOP_MANAGER_VARS['ports'].get(port_id)
    return port is not None and port.admin_state_up is False


def check_cloud(world: worlds.World, left: str) -> list[str]:
    """Return what there is too many or too few of in the cloud.

    :param left: Names the amphorae that need not be complete.
    """
    amphora = octavia_models.Amphora
    with db_api.session().begin() as session:
        rows: list[Any] = (
            session.query(
                amphora.id,
                amphora.status,
                amphora.compute_id,
                amphora.vrrp_port_id,
            )
            .filter(amphora.status != 'DELETED')
            .all()
        )
        pending = [
            row.status
            for row in rows
            if row.id not in left
            and (row.status.startswith('PENDING') or row.status == 'BOOTING')
        ]
        busy = (
            session.query(models.Resize)
            .filter(models.Resize.state.in_(constants.IN_PROGRESS_STATES))
            .count()
        )
        slots = session.query(
            octavia_models.AmphoraBuildSlots.slots_used
        ).scalar()
        requests = {
            row.amphora_id: row.status
            for row in session.query(octavia_models.AmphoraBuildRequest)
        }
    with worlds.cloud() as connection:
        servers = connection.execute(compute._SERVERS.select()).all()
        interfaces = connection.execute(network.INTERFACES.select()).all()
        names = connection.execute(network._NAMES.select()).all()
    needed = [row for row in rows if row.id not in left]
    left_servers = {
        row.id for row in servers if row.name.removeprefix('amphora-') in left
    } | {row.compute_id for row in rows if row.id in left}
    left_ports = {
        row.port_id for row in interfaces if row.compute_id in left_servers
    } | {
        # It was not attached to a server yet.
        row.port_id
        for row in names
        if row.name.removeprefix(orphans.VIP_PORT) in left
    }
    wrong = []
    for what, found, expected, may_be_left in (
        (
            'servers',
            {row.id for row in servers},
            {row.compute_id for row in needed},
            left_servers,
        ),
        (
            'ports',
            {row.port_id for row in interfaces},
            {row.vrrp_port_id for row in needed},
            left_ports,
        ),
    ):
        if found - expected - may_be_left:
            wrong.append(f'{what} too many')
        if expected - found - {None}:
            wrong.append(f'{what} too few')
    if pending:
        wrong.append(f'amphorae stay {pending}')
    if busy:
        wrong.append(f'{busy} resizes are in progress')
    building = [i for i in requests if requests[i] == 'BUILDING']
    if slots != len(building) or not all(i in left for i in requests):
        wrong.append(f'{slots} build slots are used, by {requests}')
    if {row.server_group_id for row in servers} - {worlds.SERVER_GROUP_ID}:
        wrong.append('a server is not in the server group')
    return wrong
