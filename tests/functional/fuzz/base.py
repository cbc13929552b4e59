# SPDX-License-Identifier: Apache-2.0

"""What the tests with random input have in common.

$RESIZE_FUZZ_EXAMPLES says how many inputs each of them tries. Unless it is
set, they are few, and the same ones each time.
"""

import collections
from concurrent import futures
import contextlib
import os
import sqlite3
from typing import Any

import hypothesis

from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox

_EXAMPLES = os.environ.get('RESIZE_FUZZ_EXAMPLES')

#: The tables that say what a load balancer is, by their column with its ID.
_TABLES = {
    'load_balancer': 'id',
    'vip': 'load_balancer_id',
    'amphora': 'load_balancer_id',
    'listener': 'load_balancer_id',
    'pool': 'load_balancer_id',
    'load_balancer_resize': 'load_balancer_id',
}

_LOAD_BALANCERS = (
    ('idle', 'small', base.MEMBER),
    ('active-standby', 'ha-small', base.MEMBER),
    ('failed', 'small', base.MEMBER),
    ('locked', 'small', base.MEMBER),
    ('deleted', 'small', base.MEMBER),
    ('foreign', 'small', base.OTHER),
)


def settings(few: int) -> hypothesis.settings:
    """Return how many inputs to try.

    :param few: how many unless $RESIZE_FUZZ_EXAMPLES says otherwise.
    """
    return hypothesis.settings(
        max_examples=int(_EXAMPLES or few),
        derandomize=_EXAMPLES is None,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )


class TestCase(load_balancer.TestCase):
    """Load balancers in all states, and what the database says of them."""

    def setUp(self) -> None:
        super().setUp()
        self.database = shared_sandbox.shared().state.data / 'octavia.db'
        self.counts: collections.Counter[str] = collections.Counter()
        self.addCleanup(self._report)
        with futures.ThreadPoolExecutor() as pool:
            made = pool.map(
                lambda wanted: (
                    self.create_load_balancer(wanted[1], cloud=wanted[2]).id
                ),
                _LOAD_BALANCERS,
            )
            names = (name for name, _, _ in _LOAD_BALANCERS)
            self.lbs = dict(zip(names, made, strict=True))
        self.member.load_balancer.put(
            f'/lbaas/loadbalancers/{self.lbs["failed"]}/resize',
            json={'new_flavor_id': self.flavors['broken']},
        ).raise_for_status()
        self.member.load_balancer.delete_load_balancer(
            self.lbs['deleted'], cascade=True
        )
        self.wait_for(self.lbs['failed'], 'ERROR')
        self.wait_until_deleted(self.lbs['deleted'])
        # As if an operation of another kind went on.
        self._set_status('locked', 'PENDING_UPDATE')
        self.addCleanup(self._set_status, 'locked', 'ACTIVE')

    def state(self) -> dict[str, Any]:
        """Return the rows of the load balancers in the database."""
        ids = list(self.lbs.values())
        marks = ','.join('?' * len(ids))
        with contextlib.closing(
            sqlite3.connect(f'file:{self.database}?mode=ro', uri=True)
        ) as connection:
            return {
                table: sorted(
                    connection.execute(
                        f'SELECT * FROM {table} WHERE {column} IN ({marks})',
                        ids,
                    ).fetchall(),
                    key=str,
                )
                for table, column in _TABLES.items()
            }

    def _set_status(self, name: str, status: str) -> None:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.execute('PRAGMA busy_timeout = 60000')
            with connection:
                connection.execute(
                    'UPDATE load_balancer SET provisioning_status = ? '
                    'WHERE id = ?',
                    [status, self.lbs[name]],
                )

    def _report(self) -> None:
        """Write what was counted to DIR/logs/fuzz.txt."""
        path = shared_sandbox.shared().state.logs / 'fuzz.txt'
        descriptor = os.open(
            path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        with os.fdopen(descriptor, 'w') as file:
            for what, count in sorted(self.counts.items()):
                file.write(f'{self.id()}: {count} x {what}\n')
