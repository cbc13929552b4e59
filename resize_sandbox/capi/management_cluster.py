# SPDX-License-Identifier: Apache-2.0

"""The objects of Cluster API, and what its controllers make of them.

They are applied with how many replicas a control plane or a machine
deployment shall have, which they reach one machine after the other. Where
Cluster API runs out of quota, it tries for ever: so it does here.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import contextlib
import json
import sqlite3
import time
from typing import Any

from resize_sandbox import sqlite
from resize_sandbox.capi import admission
from resize_sandbox.capi import names
from resize_sandbox.capi import status
from resize_sandbox.capi import topology
from resize_sandbox.capi.machines import Machine
from resize_sandbox.capi.machines import Machines
from resize_sandbox.capi.machines import create_tables
from resize_sandbox.magnum.orchestrator import NODE_QUOTA

_TABLE = """
CREATE TABLE IF NOT EXISTS objects (
    path TEXT PRIMARY KEY,
    object TEXT NOT NULL,
    changed_at REAL NOT NULL,
    pace REAL NOT NULL,
    version INTEGER NOT NULL
)
"""

#: The kinds that have machines
_OWNERS = ('KubeadmControlPlane', 'MachineDeployment')

Object = dict[str, Any]


class Conflict(Exception):
    """An object is there already, or isn't as the client has read it."""


class ManagementCluster:
    """Keeps the objects in an SQLite file, by their paths in the API.

    :param database: the path of the file.
    :param seconds: how long it takes to reach a number of replicas.
    """

    def __init__(self, database: str, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        with self._transaction() as connection:
            connection.execute(_TABLE)
            create_tables(connection)

    def create(self, path: str, made: Mapping[str, Any]) -> Object:
        """Create an object.

        :param path: its path in the API.
        :param made: the object.
        :returns: the object with its status.
        :raises Conflict: when it is there.
        """
        with self._transaction() as connection:
            if _row(connection, path) is not None:
                raise Conflict(f'{path} already exists')
            return self._store(connection, path, made)

    def replace(self, path: str, made: Mapping[str, Any]) -> Object:
        """Change an object, unless it has changed since it was read.

        :param path: its path in the API.
        :param made: the object.
        :returns: the object with its status.
        :raises Conflict: when it was changed or deleted meanwhile.
        """
        with self._transaction() as connection:
            _check_version(connection, path, made.get('metadata', {}))
            return self._store(connection, path, made)

    def apply(self, path: str, applied: Mapping[str, Any]) -> Object:
        """Create or change an object.

        :param path: its path in the API.
        :param applied: the object. A new one has its replicas at once.
        :returns: the object with its status.
        :raises Denied: when an admission webhook doesn't take it.
        """
        with self._transaction() as connection:
            return self._store(connection, path, applied)

    def get(self, path: str) -> Object | None:
        """Return an object with its status, or None.

        :param path: its path in the API.
        """
        with self._transaction() as connection:
            row = _row(connection, path)
            return None if row is None else _shown(connection, row)

    def list(self, path: str, labels: Mapping[str, str]) -> Sequence[Object]:
        """Return the objects of a kind that have some labels.

        :param path: the path of their kind in the API.
        :param labels: the labels and their values.
        """
        namespace, _, plural = path.rpartition('/')
        with self._transaction() as connection:
            if plural in status.OF_MACHINES:
                found = _of_machines(connection, namespace, plural)
            else:
                found = [
                    _shown(connection, row) for row in _rows(connection, path)
                ]
        return [shown for shown in found if _has(shown, labels)]

    def delete(
        self, path: str, preconditions: Mapping[str, str] | None = None
    ) -> bool:
        """Delete an object.

        :param path: its path in the API.
        :param preconditions: its version, as the client has read it.
        :returns: whether it was there.
        :raises Conflict: when it was changed meanwhile.
        """
        with self._transaction() as connection:
            if _row(connection, path) is None:
                return False
            _check_version(connection, path, preconditions or {})
            _delete(connection, path)
            return True

    def delete_all(self, path: str, labels: Mapping[str, str]) -> None:
        """Delete the objects of a kind that have some labels.

        :param path: the path of their kind in the API.
        :param labels: the labels and their values.
        """
        with self._transaction() as connection:
            for row in _rows(connection, path):
                if _has(json.loads(row['object']), labels):
                    _delete(connection, row['path'])

    @contextlib.contextmanager
    def control_plane(
        self, cluster: str
    ) -> Iterator[tuple[Machines, Sequence[Machine]]]:
        """Yield the machines of a cluster's control plane, to change them.

        :param cluster: its name in Magnum.
        :returns: a context manager, which yields what changes them, and the
            machines as they are now.
        :raises KeyError: when there is no such cluster.
        """
        with self._transaction() as connection:
            for row in connection.execute('SELECT * FROM objects').fetchall():
                kind, name = row['path'].split('/')[-2:]
                if kind == 'kubeadmcontrolplanes' and name.startswith(
                    f'{cluster}-'
                ):
                    now = _advance(connection, row)
                    yield Machines(connection, row['path']), now
                    return
            raise KeyError(cluster)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with sqlite.transaction(self._database) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def _store(
        self,
        connection: sqlite3.Connection,
        path: str,
        stored: Mapping[str, Any],
    ) -> Object:
        admission.check(stored)
        now = time.time()
        before = _row(connection, path)
        wanted = _wanted(stored)
        machines: Sequence[Machine] = ()
        if before is not None:
            machines = _advance(connection, before)
        elif stored.get('kind') in _OWNERS:
            Machines(connection, path).begin(wanted, now)
        connection.execute(
            'REPLACE INTO objects VALUES (?, ?, ?, ?, ?)',
            (
                path,
                json.dumps(_without_status(stored)),
                now,
                self._seconds / (abs(wanted - len(machines)) or 1),
                before['version'] + 1 if before else 1,
            ),
        )
        for made in topology.make(stored):
            self._store(connection, names.path_of(made), made)
        row = _row(connection, path)
        assert row is not None
        return _shown(connection, row)


def _row(connection: sqlite3.Connection, path: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = connection.execute(
        'SELECT * FROM objects WHERE path = ?', (path,)
    ).fetchone()
    return found


def _rows(connection: sqlite3.Connection, path: str) -> Iterator[sqlite3.Row]:
    """Return the objects of a kind."""
    for row in connection.execute(
        'SELECT * FROM objects ORDER BY path'
    ).fetchall():
        if row['path'].rpartition('/')[0] == path:
            yield row


def _delete(connection: sqlite3.Connection, path: str) -> None:
    connection.execute('DELETE FROM objects WHERE path = ?', (path,))
    Machines(connection, path).delete()


def _check_version(
    connection: sqlite3.Connection, path: str, read: Mapping[str, Any]
) -> None:
    row = _row(connection, path)
    version = read.get('resourceVersion')
    if row is None or (version and version != str(row['version'])):
        raise Conflict(f'{path} has been modified')


def _has(shown: Object, labels: Mapping[str, str]) -> bool:
    return labels.items() <= shown['metadata'].get('labels', {}).items()


def _without_status(stored: Mapping[str, Any]) -> Object:
    return {key: value for key, value in stored.items() if key != 'status'}


def _wanted(stored: Mapping[str, Any]) -> int:
    return int(stored.get('spec', {}).get('replicas', 0))


def _advance(
    connection: sqlite3.Connection, row: sqlite3.Row
) -> Sequence[Machine]:
    stored = json.loads(row['object'])
    if stored.get('kind') not in _OWNERS:
        return ()
    return Machines(connection, row['path']).advance(
        min(_wanted(stored), NODE_QUOTA),
        row['changed_at'],
        row['pace'],
        time.time(),
    )


def _shown(connection: sqlite3.Connection, row: sqlite3.Row) -> Object:
    shown: Object = json.loads(row['object'])
    shown['metadata']['resourceVersion'] = str(row['version'])
    machines = _advance(connection, row)
    if shown.get('kind') == 'KubeadmControlPlane':
        shown['status'] = status.of_control_plane(machines, _wanted(shown))
    elif shown.get('kind') == 'MachineDeployment':
        shown['status'] = status.of_deployment(machines, _wanted(shown))
    elif shown.get('kind') == 'Cluster':
        shown['spec']['controlPlaneEndpoint'] = names.API_ADDRESS
        control_plane = _row(connection, topology.control_plane_path(shown))
        shown['status'] = status.of_cluster(
            None
            if control_plane is None
            else _shown(connection, control_plane)
        )
    elif shown.get('kind') == 'OpenStackCluster':
        shown['status'] = {'ready': True}
    return shown


def _of_machines(
    connection: sqlite3.Connection, namespace: str, plural: str
) -> Sequence[Object]:
    """Return what stands for each machine in a namespace."""
    found = []
    for owner in connection.execute(
        'SELECT * FROM objects ORDER BY path'
    ).fetchall():
        stored = json.loads(owner['object'])
        if (
            stored.get('kind') in _OWNERS
            and stored['metadata']['namespace'] == namespace.rpartition('/')[2]
        ):
            found += [
                status.OF_MACHINES[plural](stored, machine)
                for machine in _advance(connection, owner)
            ]
    return found
