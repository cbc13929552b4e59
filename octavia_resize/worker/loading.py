# SPDX-License-Identifier: Apache-2.0

"""Reads a load balancer from the database, whole or in part.

Octavia's repository reads all that belongs to a load balancer, with more than
twenty queries. Most tasks need a small part of that.
"""

from typing import Any

from octavia.db import models
from octavia.db import repositories
from sqlalchemy import orm

from octavia_resize.db import transaction


def get_full_load_balancer(load_balancer_id: str) -> models.LoadBalancer:
    """Return a load balancer with all that belongs to it; None if gone."""
    return transaction.run(
        repositories.LoadBalancerRepository().get, id=load_balancer_id
    )


def get_load_balancer(
    load_balancer_id: str, with_listeners: bool = False
) -> models.LoadBalancer:
    """Return a load balancer with its VIP and amphorae, and no more.

    :param with_listeners: Whether to read its listeners, too.
    :raises sqlalchemy.exc.NoResultFound: The load balancer is gone.
    """
    return transaction.run(_read, load_balancer_id, with_listeners)


def _read(
    session: orm.Session, load_balancer_id: str, with_listeners: bool
) -> models.LoadBalancer:
    def query(model: Any, **filters: str) -> Any:
        return (
            session.query(model)
            .populate_existing()
            .options(orm.lazyload('*'))
            .filter_by(**filters)
        )

    load_balancer, vip = (
        session.query(models.LoadBalancer, models.Vip)
        .populate_existing()
        .options(orm.lazyload('*'))
        .join(
            models.Vip,
            models.Vip.load_balancer_id == models.LoadBalancer.id,
        )
        .filter(models.LoadBalancer.id == load_balancer_id)
        .one()
    )
    belongs = {'load_balancer_id': load_balancer_id}
    values = {
        'vip': vip,
        'amphorae': query(models.Amphora, **belongs).all(),
    }
    if with_listeners:
        values['listeners'] = query(models.Listener, **belongs).all()
    for name, value in values.items():
        orm.attributes.set_committed_value(load_balancer, name, value)
    session.expunge_all()
    return load_balancer


def get_amphora(
    load_balancer: models.LoadBalancer, amphora_id: str
) -> models.Amphora:
    """Return one amphora of a load balancer that was read.

    :raises StopIteration: The load balancer does not have the amphora.
    """
    return next(a for a in load_balancer.amphorae if a.id == amphora_id)
