# SPDX-License-Identifier: Apache-2.0


"""Reads the record of each load balancer's latest resize.

:mod:`octavia_resize.lifecycle` writes the records.
"""

from collections.abc import Iterable

from octavia.db import models as octavia_models
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import providers
from octavia_resize.db import models


class ResizeRepository:
    """Access to the table load_balancer_resize.

    All methods work in the caller's transaction.
    """

    def get(
        self, session: orm.Session, load_balancer_id: str
    ) -> models.Resize | None:
        """Return the latest resize of a load balancer, or None."""
        return session.get(
            models.Resize, load_balancer_id, populate_existing=True
        )

    def get_by_id(
        self, session: orm.Session, resize_id: str
    ) -> models.Resize | None:
        """Return a resize by its own ID; None once another has followed."""
        return (
            session.query(models.Resize)
            .populate_existing()
            .filter_by(id=resize_id)
            .one_or_none()
        )

    def get_flavor_names(
        self, session: orm.Session, resizes: Iterable[models.Resize]
    ) -> dict[str | None, str]:
        """Return the names of resizes' flavors that are there, by ID."""
        ids = {
            flavor_id
            for resize in resizes
            for flavor_id in (resize.previous_flavor_id, resize.new_flavor_id)
        }
        flavor = octavia_models.Flavor
        rows = session.query(flavor.id, flavor.name).filter(
            flavor.id.in_(ids - {None})
        )
        return {flavor_id: name for flavor_id, name in rows}

    def get_in_progress(
        self, session: orm.Session, of_amphora_provider: bool
    ) -> list[models.Resize]:
        """Return the resizes that have not ended.

        :param of_amphora_provider: Only those that octavia-resize-worker
            runs; else those of all providers.
        """
        query = (
            session.query(models.Resize)
            .populate_existing()
            .filter(models.Resize.state.in_(constants.IN_PROGRESS_STATES))
        )
        if of_amphora_provider:
            load_balancer = octavia_models.LoadBalancer
            query = query.join(
                load_balancer,
                load_balancer.id == models.Resize.load_balancer_id,
            ).filter(
                sa.or_(
                    load_balancer.provider.is_(None),
                    load_balancer.provider.in_(
                        [n for n in providers.AMPHORA_NAMES if n]
                    ),
                )
            )
        return query.all()
