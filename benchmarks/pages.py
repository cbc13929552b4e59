# SPDX-License-Identifier: Apache-2.0

"""Time pages of a long list of resizes, beside those of load balancers."""

from collections.abc import Iterator
from collections.abc import Sequence
import datetime
import statistics
import time
from typing import Any
import uuid

import requests
import sqlalchemy as sa

from resize_sandbox import sandbox as resize_sandbox
from resize_sandbox.distributed import octavia
from resize_sandbox.seeds import identity

HEADER = ('Page', '``resizes``', '``loadbalancers``', 'Ratio')

_LIMIT = 1000
#: For a page that begins in the middle
LEAST_ROWS = 2 * _LIMIT
_TIMES = 9
_CHUNK = 5000
_TABLES = ('load_balancer', 'vip', 'load_balancer_resize')


def measure(
    sandbox: resize_sandbox.Sandbox, engine: sa.Engine, count: int
) -> Iterator[Sequence[str]]:
    """Time the first page, and one in the middle of so many rows.

    The rows are copies of those of one load balancer, with other IDs.
    """
    middle = _copy(engine, count)
    port = sandbox.state.read_json('ports')[octavia.API]
    admin = identity.connect(sandbox.state, 'sandbox-admin')
    with requests.Session() as session:
        session.trust_env = False
        session.headers['X-Auth-Token'] = str(admin.session.get_token())

        def get(collection: str, marker: str | None) -> float:
            began = time.monotonic()
            response = session.get(
                f'http://127.0.0.1:{port}/v2.0/lbaas/{collection}',
                params={'limit': _LIMIT, 'marker': marker},
                timeout=600,
            )
            response.raise_for_status()
            found = response.json()[collection.split('/')[-1]]
            assert len(found) == _LIMIT, len(found)
            return time.monotonic() - began

        for name, markers in (('first', {}), ('in the middle', middle)):
            times: dict[str, list[float]] = {
                'resizes': [],
                'loadbalancers': [],
            }
            for _ in range(_TIMES):
                for collection, found in times.items():
                    found.append(get(collection, markers.get(collection)))
            ours, peer = map(statistics.median, times.values())
            yield (
                f'{name}, {_LIMIT:,} of {count:,} rows',
                f'{ours:.2f} s',
                f'{peer:.2f} s',
                f'{ours / peer:.2f}',
            )


def _copy(engine: sa.Engine, count: int) -> dict[str, str]:
    """Fill the tables with copies of rows.

    :returns: The marker of a page in the middle, by collection.
    """
    metadata = sa.MetaData()
    metadata.reflect(engine, only=_TABLES)
    load_balancers, vips, resizes = (metadata.tables[t] for t in _TABLES)
    with engine.begin() as connection:
        resize = connection.execute(sa.select(resizes).limit(1)).one()
        lb_id = resize.load_balancer_id
        originals = (
            connection.execute(
                sa.select(load_balancers).filter_by(id=lb_id)
            ).one(),
            connection.execute(
                sa.select(vips).filter_by(load_balancer_id=lb_id)
            ).one(),
            resize,
        )
        ((there,),) = connection.execute(
            sa.select(sa.func.count()).select_from(resizes)
        )
    for begin in range(there, count, _CHUNK):
        numbers = range(begin, min(begin + _CHUNK, count))
        ids = [str(uuid.uuid4()) for _ in numbers]
        with engine.begin() as connection:
            for which, original in zip(
                (load_balancers, vips, resizes), originals, strict=True
            ):
                connection.execute(
                    which.insert(),
                    [
                        _change(which.name, original, number, lb_id)
                        for number, lb_id in zip(numbers, ids, strict=True)
                    ],
                )
    with engine.begin() as connection:
        middle = connection.execute(
            sa.select(resizes.c.id)
            .order_by(resizes.c.created_at, resizes.c.id)
            .offset(count // 2)
            .limit(1)
        ).scalar_one()
        lb_middle = connection.execute(
            sa.select(load_balancers.c.id)
            .order_by(load_balancers.c.created_at, load_balancers.c.id)
            .offset(count // 2)
            .limit(1)
        ).scalar_one()
    return {'resizes': middle, 'loadbalancers': lb_middle}


def _change(
    name: str, original: sa.Row[Any], number: int, load_balancer_id: str
) -> dict[str, Any]:
    """Return a copy of a row, of another load balancer."""
    row = dict(original._mapping)
    if 'created_at' in row:
        row['created_at'] -= datetime.timedelta(seconds=number)
    if name == 'load_balancer':
        row |= {'id': load_balancer_id, 'name': f'row-{number}'}
    else:
        row['load_balancer_id'] = load_balancer_id
        if name == 'load_balancer_resize':
            row['id'] = str(uuid.uuid4())
    return row
