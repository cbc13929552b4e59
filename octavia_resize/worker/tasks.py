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


"""Tasks with which a flow reads and writes the record of its resize."""

from typing import Any

from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.db import api as db_apis
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import lifecycle
from octavia_resize import reason
from octavia_resize.db import models
from octavia_resize.db import transaction

LOG = logging.getLogger(__name__)


class Stopped(Exception):
    """The resize is cancelled, has ended, or is in somebody else's hands."""


def hold(session: orm.Session, claim: lifecycle.Claim) -> models.Resize:
    """Return a resize to its owner, as :func:`lifecycle.hold` does.

    :raises Stopped: The caller is not the owner any more.
    """
    resize = lifecycle.hold(session, claim)
    if resize is None:
        raise Stopped(f'Resize {claim.resize_id} is in other hands')
    return resize


class GoBackOnRevert(database_tasks.BaseDatabaseTask):
    """Note why, and begin the way back, when the flow is reverted."""

    def execute(
        self, loadbalancer_id: str, resize_id: str, owner: str
    ) -> None:
        """Leave the check of the owner to the tasks that change something."""

    def revert(
        self,
        loadbalancer_id: str,
        resize_id: str,
        owner: str,
        flow_failures: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        for attempt in transaction.retrying(reraise=True):
            with attempt, db_apis.session().begin() as session:
                lifecycle.go_back(
                    session, claim, *reason.explain(flow_failures.values())
                )


class CheckOwner(database_tasks.BaseDatabaseTask):
    """Begin nothing for others."""

    @transaction.repeated
    def execute(
        self, loadbalancer_id: str, resize_id: str, owner: str
    ) -> None:
        """Go on if the resize is still its owner's.

        :raises Stopped: It is not.
        """
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        with db_apis.session().begin() as session:
            hold(session, claim)


class NoteAmphora(database_tasks.BaseDatabaseTask):
    """Note that a new amphora belongs to the resize."""

    @transaction.repeated
    def execute(
        self, loadbalancer_id: str, resize_id: str, owner: str, amphora_id: str
    ) -> None:
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        with db_apis.session().begin() as session:
            resize = hold(session, claim)
            resize.built = [*resize.built, amphora_id]


class CountAmphora(database_tasks.BaseDatabaseTask):
    """Count a new amphora that is ready to take over."""

    @transaction.repeated
    def execute(
        self, loadbalancer_id: str, resize_id: str, owner: str
    ) -> None:
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        with db_apis.session().begin() as session:
            hold(session, claim).amphorae_built += 1


class StopUnlessRunning(database_tasks.BaseDatabaseTask):
    """End the flow once its resize is cancelled or somebody else's."""

    def execute(self, resize_id: str, owner: str) -> None:
        with db_apis.session().begin() as session:
            found = (
                session.query(models.Resize.state)
                .filter_by(id=resize_id, owner=owner)
                .scalar()
            )
        if found != constants.RUNNING:
            raise Stopped(f'Resize {resize_id} is {found or "gone"}')


class BeginCleanUp(database_tasks.BaseDatabaseTask):
    """Note that the new amphorae serve: there is no way back any more."""

    @transaction.repeated
    def execute(
        self, loadbalancer_id: str, resize_id: str, owner: str
    ) -> None:
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        with db_apis.session().begin() as session:
            if not lifecycle.begin_clean_up(session, claim):
                raise Stopped(f'Resize {resize_id} is in other hands')


class PostNetworkPlug(amphora_driver_tasks.AmphoraePostNetworkPlug):
    """As Octavia's, but a failure does not touch other amphorae."""

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Leave the amphorae: Octavia's would set all of them to ERROR."""
