# SPDX-License-Identifier: Apache-2.0
"""Servers and ports of the pretended Nova and Neutron, in an SQLite file.

Several processes of Octavia share the file.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import dataclasses
import json
from pathlib import Path
import random
import sqlite3
from typing import Any
import uuid

from resize_sandbox import sqlite
from resize_sandbox.dataplane import networks

_TABLES = (
    'CREATE TABLE IF NOT EXISTS ports (id TEXT PRIMARY KEY, network_id TEXT,'
    ' name TEXT, mac TEXT, fixed_ips TEXT, is_up INTEGER, server_id TEXT)',
    'CREATE TABLE IF NOT EXISTS servers (id TEXT PRIMARY KEY, name TEXT,'
    ' flavor TEXT, image_id TEXT, pid INTEGER, started REAL, active_at REAL)',
)


@dataclasses.dataclass(frozen=True)
class Port:
    """A port, plugged into a server or not."""

    id: str
    network_id: str
    name: str
    mac: str
    #: Each with subnet_id and ip_address.
    fixed_ips: list[dict[str, str]]
    is_up: bool
    server_id: str | None

    @property
    def outside(self) -> str:
        """Name of the interface on the switch."""
        return self.outside_of(self.id)

    @staticmethod
    def outside_of(port_id: str) -> str:
        """Return what :attr:`outside` is for a port with that ID."""
        return f't{port_id[:8]}'

    @property
    def inside(self) -> str:
        """Name of the interface in the server."""
        return f'p{self.id[:8]}'


@dataclasses.dataclass(frozen=True)
class Server:
    """An amphora that is switched on."""

    id: str
    name: str
    flavor: str | None
    image_id: str
    #: Its PID 1, as the host sees it.
    pid: int
    #: When that was started, in seconds since the epoch.
    started: float
    #: When it is ACTIVE, in seconds since the epoch.
    active_at: float
    #: Counts servers; 0 for one that is not noted yet.
    number: int = 0


class Cloud:
    """Ports and servers of one sandbox.

    :param path: the SQLite file.
    :param names: the sandbox's names and networks.
    """

    def __init__(self, path: Path, names: networks.Names) -> None:
        self.path = path
        self.names = names
        with self._transaction() as connection:
            for table in _TABLES:
                connection.execute(table)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with sqlite.transaction(self.path) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def create_port(
        self,
        network_id: str,
        name: str,
        fixed_ips: Iterable[Mapping[str, Any]] = (),
        is_up: bool = True,
    ) -> Port:
        """Create a port.

        :param fixed_ips: the subnets, each with an address or without; the
            network's first subnet if there is none.
        :raises LookupError: There is no such network or subnet, or an
            address is not to be had.
        """
        network = self.names.network(network_id)
        if network is None:
            raise LookupError(f'there is no network {network_id}')
        wanted = list(fixed_ips) or [{'subnet_id': network.subnets[0].id}]
        with self._transaction() as connection:
            used = _used_addresses(connection)
            port = Port(
                id=str(uuid.uuid4()),
                network_id=network_id,
                name=name,
                mac='fa:16:3e:{:02x}:{:02x}:{:02x}'.format(
                    *random.randbytes(3)
                ),
                fixed_ips=[self._fixed_ip(ip, used) for ip in wanted],
                is_up=is_up,
                server_id=None,
            )
            _insert(connection, port)
        return port

    def note_port(self, port: Port) -> None:
        """Note a port that another service has created."""
        with self._transaction() as connection:
            _insert(connection, port)

    def _fixed_ip(
        self, wanted: Mapping[str, Any], used: set[str]
    ) -> dict[str, str]:
        found = self.names.find_subnet(wanted['subnet_id'])
        if found is None:
            raise LookupError(f'there is no subnet {wanted["subnet_id"]}')
        _, subnet = found
        address = wanted.get('ip_address') or subnet.free_address(used)
        if address in used:
            raise LookupError(f'another port has {address}')
        used.add(address)
        return {'subnet_id': subnet.id, 'ip_address': address}

    def port(self, port_id: str) -> Port | None:
        """Return a port, or None if there is no such one."""
        return next(
            iter(self._ports('SELECT * FROM ports WHERE id = ?', port_id)),
            None,
        )

    def ports_of(self, server_id: str) -> list[Port]:
        """Return the ports that are plugged into a server."""
        return self._ports(
            'SELECT * FROM ports WHERE server_id = ?', server_id
        )

    def ports_named(self, name: str) -> list[Port]:
        """Return the ports that have a name."""
        return self._ports('SELECT * FROM ports WHERE name = ?', name)

    def _ports(self, query: str, value: str) -> list[Port]:
        with self._transaction() as connection:
            rows = connection.execute(query, (value,)).fetchall()
        return [
            Port(
                **{
                    **dict(row),
                    'fixed_ips': json.loads(row['fixed_ips']),
                    'is_up': bool(row['is_up']),
                }
            )
            for row in rows
        ]

    def plug_port(self, port_id: str, server_id: str | None) -> None:
        """Note into which server a port is plugged; None for none."""
        self._change(
            'UPDATE ports SET server_id = ? WHERE id = ?', server_id, port_id
        )

    def set_port_up(self, port_id: str, is_up: bool) -> None:
        """Note whether a port is administratively up."""
        self._change('UPDATE ports SET is_up = ? WHERE id = ?', is_up, port_id)

    def set_fixed_ips(
        self, port: Port, fixed_ips: Iterable[Mapping[str, Any]]
    ) -> None:
        """Give a port other addresses; those that it has may stay.

        :raises LookupError: as :meth:`create_port`.
        """
        with self._transaction() as connection:
            used = _used_addresses(connection) - {
                ip['ip_address'] for ip in port.fixed_ips
            }
            changed = [self._fixed_ip(ip, used) for ip in fixed_ips]
            connection.execute(
                'UPDATE ports SET fixed_ips = ? WHERE id = ?',
                (json.dumps(changed), port.id),
            )

    def delete_port(self, port_id: str) -> None:
        """Forget a port."""
        self._change('DELETE FROM ports WHERE id = ?', port_id)

    def add_server(self, server: Server) -> Server:
        """Note a server that was switched on; return it with its number."""
        self._change(
            'INSERT INTO servers VALUES (?, ?, ?, ?, ?, ?, ?)',
            *dataclasses.astuple(server)[:-1],
        )
        added = self.server(server.id)
        assert added is not None
        return added

    def server(self, server_id: str) -> Server | None:
        """Return a server, or None if there is no such one."""
        return next((s for s in self.servers() if s.id == server_id), None)

    def servers(self) -> list[Server]:
        """Return all servers that were not deleted."""
        with self._transaction() as connection:
            rows = connection.execute(
                'SELECT *, rowid AS number FROM servers'
            ).fetchall()
        return [Server(**dict(row)) for row in rows]

    def delete_server(self, server_id: str) -> None:
        """Forget a server."""
        self._change('DELETE FROM servers WHERE id = ?', server_id)

    def _change(self, statement: str, *values: Any) -> None:
        with self._transaction() as connection:
            connection.execute(statement, values)


def _insert(connection: sqlite3.Connection, port: Port) -> None:
    connection.execute(
        'INSERT INTO ports VALUES (?, ?, ?, ?, ?, ?, ?)',
        (
            *(port.id, port.network_id, port.name, port.mac),
            *(json.dumps(port.fixed_ips), port.is_up, port.server_id),
        ),
    )


def _used_addresses(connection: sqlite3.Connection) -> set[str]:
    return {
        ip['ip_address']
        for row in connection.execute('SELECT fixed_ips FROM ports')
        for ip in json.loads(row['fixed_ips'])
    }
