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

"""Reads and writes the record of a load balancer's latest resize.

Every change of state is a compare-and-swap in the database, so that of an
API process that cancels and a worker that finishes exactly one wins.
"""

from collections.abc import Sequence
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_utils import uuidutils
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import exceptions
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

    def get_project_id(
        self, session: orm.Session, resize: models.Resize
    ) -> str | None:
        """Return the project of a load balancer, or None if it is gone.

        Octavia's repository would read all that belongs to the load balancer,
        with more than twenty queries.
        """
        project_id: str | None = (
            session.query(octavia_models.LoadBalancer.project_id)
            .filter_by(id=resize.load_balancer_id)
            .scalar()
        )
        return project_id

    def queue(
        self,
        session: orm.Session,
        load_balancer_id: str,
        new_flavor_id: str,
        request_id: str | None,
    ) -> models.Resize:
        """Claim a load balancer for a resize.

        Locks its row, sets it PENDING_UPDATE and records a QUEUED resize in
        the same transaction.

        :raises LoadBalancerNotResizable: It is neither ACTIVE nor in ERROR.
        :raises SameFlavor: It has that flavor already.
        :raises oslo_db.exception.DBReferenceError: The flavor is gone.
        :raises oslo_db.exception.DBDuplicateEntry: Another one has been
            recorded since this transaction has begun.
        """
        load_balancer = (
            session.query(octavia_models.LoadBalancer)
            .populate_existing()
            .with_for_update()
            .filter_by(id=load_balancer_id)
            .one()
        )
        status = load_balancer.provisioning_status
        if status not in octavia_constants.FAILOVERABLE_STATUSES:
            raise exceptions.LoadBalancerNotResizable(
                id=load_balancer_id, status=status
            )
        if load_balancer.flavor_id == new_flavor_id:
            raise exceptions.SameFlavor(
                id=load_balancer_id, flavor_id=new_flavor_id
            )
        load_balancer.provisioning_status = octavia_constants.PENDING_UPDATE
        # To delete a row that is not there would lock the gap around it, in
        # which rows for other load balancers are to be inserted.
        previous = self.get(session, load_balancer_id)
        if previous is not None:
            session.delete(previous)
            session.flush()
        resize = models.Resize(
            load_balancer_id=load_balancer_id,
            id=uuidutils.generate_uuid(),
            state=constants.QUEUED,
            previous_status=status,
            previous_flavor_id=load_balancer.flavor_id,
            new_flavor_id=new_flavor_id,
            pinned_flavor_id=new_flavor_id,
            amphorae={},
            replaced=[],
            request_id=request_id,
        )
        session.add(resize)
        session.flush()
        return resize

    def transition(
        self,
        session: orm.Session,
        resize_id: str,
        from_states: Sequence[str],
        to_state: str,
        **values: Any,
    ) -> bool:
        """Change the state if it is one of from_states.

        :param values: Other columns to set with it.
        :returns: Whether this call made the change.
        """
        changes: dict[Any, Any] = {'state': to_state, **values}
        if to_state not in constants.IN_PROGRESS_STATES:
            changes['pinned_flavor_id'] = None
        changed = (
            session.query(models.Resize)
            .filter(
                models.Resize.id == resize_id,
                models.Resize.state.in_(from_states),
            )
            .update(changes, synchronize_session=False)
        )
        return bool(changed)

    def get_in_progress(
        self, session: orm.Session, providers: Sequence[str]
    ) -> list[models.Resize]:
        """Return the resizes of some providers that have not ended."""
        return (
            session.query(models.Resize)
            .populate_existing()
            .join(
                octavia_models.LoadBalancer,
                octavia_models.LoadBalancer.id
                == models.Resize.load_balancer_id,
            )
            .filter(
                models.Resize.state.in_(constants.IN_PROGRESS_STATES),
                octavia_models.LoadBalancer.provider.in_(providers),
            )
            .all()
        )

    def delete_orphans(self, session: orm.Session) -> None:
        """Delete the records of load balancers that Octavia has purged."""
        session.query(models.Resize).filter(
            models.Resize.load_balancer_id.not_in(
                session.query(octavia_models.LoadBalancer.id)
            )
        ).delete(synchronize_session=False)

    def beat(self, session: orm.Session, resize_ids: Sequence[str]) -> None:
        """Write a sign of life for each of some resizes."""
        session.query(models.Resize).filter(
            models.Resize.id.in_(resize_ids)
        ).update(
            {models.Resize.heartbeat: models.Resize.heartbeat + 1},
            synchronize_session=False,
        )

    def take_over(self, session: orm.Session, resize: models.Resize) -> bool:
        """Claim a resize that shows no sign of life.

        :param resize: The resize as it was last seen.
        :returns: Whether it is the caller's now; else it has moved.
        """
        changed = (
            session.query(models.Resize)
            .filter_by(
                id=resize.id, state=resize.state, heartbeat=resize.heartbeat
            )
            .update(
                {models.Resize.heartbeat: models.Resize.heartbeat + 1},
                synchronize_session=False,
            )
        )
        return bool(changed)
