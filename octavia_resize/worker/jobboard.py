# SPDX-License-Identifier: Apache-2.0


"""Resizes as jobs on taskflow's jobboard."""

import time
from typing import Any

from octavia.common import base_taskflow
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import repository
from octavia_resize.db import transaction

LOG = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
_MAX_FAILURES = 120


class ServiceController(base_taskflow.TaskFlowServiceController):
    """Octavia's poster and conductor of jobs, for resizes."""

    def run_poster(self, flow_factory: Any, *args: Any, **kwargs: Any) -> Any:
        """Post a flow and wait until it has run, here or elsewhere."""
        resize_id = kwargs['store'][constants.RESIZE_ID]
        job_id = super().run_poster(flow_factory, *args, **kwargs)
        self.wait_for_resize(resize_id)
        return job_id

    def _wait_for_job(self, job_board: Any) -> None:
        """Don't wait for the jobs of all others, as Octavia does."""

    def wait_for_resize(self, resize_id: str) -> None:
        """Wait until a resize has no job on the board, or has ended.

        If the board or database does not answer, it is polled again, as the
        job may be running. After _MAX_FAILURES the wait ends. The caller then
        becomes the runner of the resize, so a job that is still running fails
        its next check of the fence.
        """
        for _ in range(_MAX_FAILURES):
            try:
                self._wait(resize_id)
            except Exception:
                LOG.exception(
                    'Failed to get the job of resize %s, trying again',
                    resize_id,
                )
                time.sleep(_POLL_SECONDS)
            else:
                return
        LOG.error(
            'The job of resize %s cannot be found on the jobboard: no longer '
            'waiting for it',
            resize_id,
        )

    def _wait(self, resize_id: str) -> None:
        with self.driver.persistence_driver.get_persistence() as persistence:
            with self.driver.job_board(persistence) as board:
                while not transaction.run(_has_ended, resize_id) and any(
                    job.details['store'][constants.RESIZE_ID] == resize_id
                    for job in board.iterjobs(ensure_fresh=True)
                ):
                    time.sleep(_POLL_SECONDS)


def _has_ended(session: orm.Session, resize_id: str) -> bool:
    resize = repository.ResizeRepository().get_by_id(session, resize_id)
    return resize is None or resize.state not in constants.IN_PROGRESS_STATES
