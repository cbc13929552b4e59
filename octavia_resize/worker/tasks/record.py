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

"""Tasks with which a flow reads and writes the record of its resize.

Each flow has what its worker may change, the claim, in its store: as a dict,
for a job on the jobboard is JSON.
"""

from typing import Any

from octavia.db import api as db_apis
from sqlalchemy import orm
from taskflow import task

from octavia_resize import constants
from octavia_resize import reason
from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress


class Stopped(Exception):
    """The resize is cancelled, has ended, or is in somebody else's hands."""


def hold(session: orm.Session, claim: dict[str, str]) -> models.Resize:
    """Return a resize to its owner, as :func:`ownership.hold` does.

    :raises Stopped: The caller is not the owner any more.
    """
    resize = ownership.hold(session, ownership.Claim(**claim))
    if resize is None:
        raise Stopped(f'Resize {claim["resize_id"]} is in other hands')
    return resize


class RollBackOnRevert(task.Task):
    """Note why, and begin the rollback, when the flow is reverted."""

    def execute(self, claim: dict[str, str]) -> None:
        """Leave the check of the owner to the tasks that change something."""

    def revert(
        self,
        claim: dict[str, str],
        flow_failures: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        transaction.make_persistently(
            progress.begin_rollback,
            ownership.Claim(**claim),
            *reason.explain(flow_failures.values()),
        )


class CheckOwner(task.Task):
    """Begin nothing for others."""

    @transaction.retry_on_conflict
    def execute(self, claim: dict[str, str]) -> None:
        """Go on if the resize is still its owner's.

        :raises Stopped: It is not.
        """
        with db_apis.session().begin() as session:
            hold(session, claim)


class NoteAmphora(task.Task):
    """Note that a new amphora belongs to the resize."""

    @transaction.retry_on_conflict
    def execute(self, claim: dict[str, str], amphora_id: str) -> None:
        with db_apis.session().begin() as session:
            resize = hold(session, claim)
            resize.built = [*resize.built, amphora_id]


class CountAmphora(task.Task):
    """Count a new amphora that is ready to take over."""

    @transaction.retry_on_conflict
    def execute(self, claim: dict[str, str]) -> None:
        with db_apis.session().begin() as session:
            hold(session, claim).amphorae_built += 1


class StopUnlessRunning(task.Task):
    """End the flow once its resize is cancelled or somebody else's."""

    def execute(self, claim: dict[str, str]) -> None:
        resize_id = claim['resize_id']
        with db_apis.session().begin() as session:
            found = (
                session.query(models.Resize.state)
                .filter_by(id=resize_id, owner=claim['owner'])
                .scalar()
            )
        if found != constants.RUNNING:
            raise Stopped(f'Resize {resize_id} is {found or "gone"}')


class BeginCleanUp(task.Task):
    """Note that the new amphorae serve: there is no rollback any more."""

    @transaction.retry_on_conflict
    def execute(self, claim: dict[str, str]) -> None:
        with db_apis.session().begin() as session:
            if not progress.begin_clean_up(session, ownership.Claim(**claim)):
                raise Stopped(f'Resize {claim["resize_id"]} is in other hands')
