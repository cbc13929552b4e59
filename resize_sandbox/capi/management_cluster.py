# SPDX-License-Identifier: Apache-2.0

"""The objects of Cluster API, and what its controllers make of them.

It is told by helm how many replicas a control plane or a machine deployment
shall have, and reaches them one after the other. Where Cluster API runs out
of quota, it tries for ever: so it does here.
"""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import json
import sqlite3
import time
from typing import Any

from resize_sandbox import sqlite
from resize_sandbox.magnum.orchestrator import MAX_NODES
from resize_sandbox.magnum.orchestrator import NODE_QUOTA

API_ADDRESS = {'host': '203.0.113.50', 'port': 6443}

_TABLE = """
CREATE TABLE IF NOT EXISTS objects (
    path TEXT PRIMARY KEY,
    object TEXT NOT NULL,
    previous_replicas INTEGER NOT NULL,
    changed_at REAL NOT NULL
)
"""

_CONTROL_PLANE = 'KubeadmControlPlane'
_DEPLOYMENT = 'MachineDeployment'

Object = dict[str, Any]


class Denied(Exception):
    """An admission webhook doesn't take an object; the text says why."""


@dataclasses.dataclass(frozen=True)
class _Replicas:
    wanted: int
    current: int

    @property
    def are_ready(self) -> bool:
        return self.wanted == self.current

    @property
    def phase(self) -> str:
        if self.are_ready:
            return 'Running'
        return 'ScalingUp' if self.wanted > self.current else 'ScalingDown'


class ManagementCluster:
    """Keeps the objects in an SQLite file, by their paths in the API.

    :param database: the path of the file.
    :param seconds: how long it takes to reach a number of replicas.
    """

    def __init__(self, database: str, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        with sqlite.transaction(self._database) as connection:
            connection.execute(_TABLE)

    def apply(self, path: str, applied: Mapping[str, Any]) -> Object:
        """Create or change an object.

        :param path: its path in the API.
        :param applied: the object. A new one has its replicas at once.
        :returns: the object with its status.
        :raises Denied: when an admission webhook doesn't take it.
        """
        _admit(applied)
        now = time.time()
        with sqlite.transaction(self._database) as connection:
            before = self._row(connection, path)
            replicas = (
                self._replicas(before, now).current
                if before
                else applied.get('spec', {}).get('replicas', 0)
            )
            connection.execute(
                'REPLACE INTO objects VALUES (?, ?, ?, ?)',
                (path, json.dumps(applied), replicas, now),
            )
            return self._shown(connection, path, now)

    def get(self, path: str) -> Object | None:
        """Return an object with its status, or None.

        :param path: its path in the API.
        """
        with sqlite.transaction(self._database) as connection:
            if self._row(connection, path) is None:
                return None
            return self._shown(connection, path, time.time())

    def list(self, path: str, labels: Mapping[str, str]) -> Sequence[Object]:
        """Return the objects of a kind that have some labels.

        :param path: the path of their kind in the API.
        :param labels: the labels and their values.
        """
        now = time.time()
        with sqlite.transaction(self._database) as connection:
            return [
                self._shown(connection, found, now)
                for found in self._paths(connection, path, labels)
            ]

    def delete(self, path: str) -> bool:
        """Delete an object.

        :param path: its path in the API.
        :returns: whether it was there.
        """
        with sqlite.transaction(self._database) as connection:
            deleted = connection.execute(
                'DELETE FROM objects WHERE path = ?', (path,)
            )
            return deleted.rowcount > 0

    def delete_all(self, path: str, labels: Mapping[str, str]) -> None:
        """Delete the objects of a kind that have some labels.

        :param path: the path of their kind in the API.
        :param labels: the labels and their values.
        """
        with sqlite.transaction(self._database) as connection:
            for found in self._paths(connection, path, labels):
                connection.execute(
                    'DELETE FROM objects WHERE path = ?', (found,)
                )

    def _paths(
        self,
        connection: sqlite3.Connection,
        path: str,
        labels: Mapping[str, str],
    ) -> Sequence[str]:
        rows = connection.execute(
            'SELECT path, object FROM objects ORDER BY path'
        ).fetchall()
        return [
            found
            for found, text in rows
            if found.rpartition('/')[0] == path
            and labels.items()
            <= json.loads(text)['metadata'].get('labels', {}).items()
        ]

    def _row(
        self, connection: sqlite3.Connection, path: str
    ) -> tuple[Object, int, float] | None:
        row = connection.execute(
            'SELECT object, previous_replicas, changed_at FROM objects'
            ' WHERE path = ?',
            (path,),
        ).fetchone()
        return None if row is None else (json.loads(row[0]), row[1], row[2])

    def _shown(
        self, connection: sqlite3.Connection, path: str, now: float
    ) -> Object:
        row = self._row(connection, path)
        assert row is not None
        shown = row[0]
        if shown['kind'] == _CONTROL_PLANE:
            shown['status'] = _of_control_plane(self._replicas(row, now))
        elif shown['kind'] == _DEPLOYMENT:
            shown['status'] = _of_deployment(self._replicas(row, now))
        elif shown['kind'] == 'Cluster':
            reference = shown['spec']['controlPlaneRef']['path']
            found = self._row(connection, reference)
            ready = found is None or self._replicas(found, now).are_ready
            shown['spec']['controlPlaneEndpoint'] = API_ADDRESS
            shown['status'] = {
                'phase': 'Provisioned',
                'conditions': _conditions(
                    Ready=ready,
                    ControlPlaneReady=ready,
                    InfrastructureReady=True,
                ),
            }
        elif shown['kind'] == 'OpenStackCluster':
            shown['status'] = {'ready': True}
        return shown

    def _replicas(
        self, row: tuple[Object, int, float], now: float
    ) -> _Replicas:
        wanted = row[0].get('spec', {}).get('replicas', 0)
        _, previous, changed_at = row
        ahead = min(wanted, NODE_QUOTA) - previous
        elapsed = now - changed_at
        share = min(elapsed / self._seconds, 1.0) if self._seconds else 1.0
        return _Replicas(wanted, previous + int(ahead * share))


def _admit(applied: Mapping[str, Any]) -> None:
    replicas = applied.get('spec', {}).get('replicas', 1)
    webhook = None
    if replicas > MAX_NODES:
        webhook, why = 'limits', f'no more than {MAX_NODES} are allowed'
    elif applied['kind'] == _CONTROL_PLANE and replicas < 1:
        webhook, why = 'control-planes', 'cannot be 0'
    elif applied['kind'] == _CONTROL_PLANE and replicas % 2 == 0:
        webhook = 'control-planes'
        why = 'cannot be an even number when etcd is stacked'
    if webhook:
        raise Denied(
            f'admission webhook "{webhook}.sandbox.example" denied the '
            f'request: spec.replicas: Forbidden: {replicas}: {why}'
        )


def _of_control_plane(replicas: _Replicas) -> Object:
    return {
        'initialized': True,
        'ready': True,
        'replicas': replicas.current,
        'readyReplicas': replicas.current,
        'updatedReplicas': replicas.current,
        'conditions': _conditions(
            Ready=replicas.are_ready,
            Resized=replicas.are_ready,
            MachinesReady=replicas.are_ready,
            EtcdClusterHealthy=True,
            ControlPlaneComponentsHealthy=True,
        ),
    }


def _of_deployment(replicas: _Replicas) -> Object:
    return {
        'phase': replicas.phase,
        'replicas': replicas.current,
        'readyReplicas': replicas.current,
        'conditions': _conditions(
            Ready=replicas.are_ready, Available=replicas.are_ready
        ),
    }


def _conditions(**are_true: bool) -> Sequence[Mapping[str, str]]:
    return [
        {'type': name, 'status': 'True' if is_true else 'False'}
        for name, is_true in are_true.items()
    ]
