# SPDX-License-Identifier: Apache-2.0


"""Tasks by which a flow writes the record of its resize."""

from typing import Any

from oslo_log import log as logging
from taskflow import task

from octavia_resize.db import transaction
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from octavia_resize.worker import fences

LOG = logging.getLogger(__name__)


class RecordTask(task.Task):
    """Base of the tasks that write the record."""

    def __init__(self, fence: fences.Fence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._fence = fence


class RollBackOnRevert(RecordTask):
    """Record why a flow is reverted, and begin the rollback."""

    def execute(self) -> None:
        """Do nothing: the work is in revert."""

    def revert(self, flow_failures: dict[str, Any], **kwargs: Any) -> None:
        transaction.run(
            rollback.begin,
            self._fence.claim,
            *fences.explain(flow_failures.values()),
        )


class FailOnRevert(RecordTask):
    """Record why a rollback is reverted: the resize has failed."""

    def execute(self) -> None:
        """Do nothing: the work is in revert."""

    def revert(self, flow_failures: dict[str, Any], **kwargs: Any) -> None:
        transaction.run(
            rollback.end,
            self._fence.claim,
            *fences.explain(flow_failures.values()),
        )


class CreateAmphora(RecordTask):
    """Create the row of a new amphora, which belongs to the resize.

    Octavia's task chooses the ID of the amphora by itself.
    """

    default_provides = 'amphora_id'

    def __init__(
        self, fence: fences.Fence, amphora_id: str, **kwargs: Any
    ) -> None:
        super().__init__(fence, **kwargs)
        self._amphora_id = amphora_id

    def execute(self) -> str:
        """Return the ID of the amphora.

        :raises Stopped: The resize is not the caller's.
        """
        self._fence.change(progress.add_amphora, self._amphora_id)
        LOG.info(
            'Created Amphora %s in DB for load balancer %s',
            self._amphora_id,
            self._fence.claim.load_balancer_id,
        )
        return self._amphora_id


class NoteReady(RecordTask):
    """Note a new amphora that is ready to get the VIP."""

    def execute(self, amphora_id: str) -> None:
        self._fence.change(progress.note_ready, amphora_id)


class NoteStandby(RecordTask):
    """Note that the old standby is rebuilt."""

    def execute(self, amphora_id: str) -> None:
        self._fence.change(rollback.note_standby, amphora_id)


class BeginCleanUp(RecordTask):
    """Note that the new amphorae serve: there is no rollback any more."""

    def execute(self) -> None:
        self._fence.change(progress.begin_clean_up)
