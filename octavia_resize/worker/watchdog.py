# SPDX-License-Identifier: Apache-2.0


"""Takes over resizes whose heartbeat has stopped."""

from concurrent import futures
import math
import threading

from oslo_config import cfg
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_MAX_RECOVERIES = 4


class Watchdog(threading.Thread):
    """Writes heartbeats for one worker, and polls those of other workers.

    Resizes of other providers are ignored: their controllers run them.

    The heartbeat of a resize has stopped when a number of polls have returned
    the same one. Polls are counted, as the clocks of hosts differ, and the
    clock of a paused machine jumps.
    """

    def __init__(self, worker: controller.ResizeWorker) -> None:
        super().__init__(name='resize-watchdog', daemon=True)
        self.worker = worker
        self.resizes = repository.ResizeRepository()
        self._stopped = threading.Event()
        self._recoveries = futures.ThreadPoolExecutor(_MAX_RECOVERIES)
        self._free = threading.Semaphore(_MAX_RECOVERIES)
        #: In how many polls a resize had its present heartbeat.
        self._seen: dict[tuple[str, str, int], int] = {}

    def run(self) -> None:
        while not self._stopped.wait(CONF.octavia_resize.heartbeat_interval):
            try:
                self.check()
            except Exception:
                LOG.exception('Failed to poll the heartbeats, trying again')
                # No worker could write a heartbeat meanwhile.
                self._seen.clear()

    def close(self) -> None:
        """Take over no more resizes.

        Heartbeats are still written, so that no other worker takes over the
        resizes that still run here.
        """
        self.worker.claims.close()

    def stop(self) -> None:
        """Wait for the recoveries that have begun, then stop."""
        self.close()
        self._recoveries.shutdown()
        self._stopped.set()

    def check(self) -> None:
        """Write heartbeats once, and take over resizes without heartbeat."""
        transaction.run(self.worker.claims.beat)
        own = self.worker.claims.get_resize_ids()
        others = [
            resize
            for resize in transaction.run(self._get_in_progress)
            if resize.id not in own
        ]
        self._seen = {
            key: self._seen.get(key, -1) + 1
            for key in (
                (resize.id, resize.state, resize.heartbeat)
                for resize in others
            )
        }
        options = CONF.octavia_resize
        enough = math.ceil(
            options.abandoned_after / options.heartbeat_interval
        )
        for resize in others:
            seen = self._seen[resize.id, resize.state, resize.heartbeat]
            if seen >= enough:
                self._take_over(resize)

    def _get_in_progress(self, session: orm.Session) -> list[models.Resize]:
        found = self.resizes.get_in_progress(session, of_amphora_provider=True)
        session.expunge_all()
        return found

    def _take_over(self, resize: models.Resize) -> None:
        """Take over a resize if a thread is free; else do nothing."""
        if self.worker.claims.is_closed:
            return
        if not self._free.acquire(blocking=False):
            return
        has_begun = False
        try:
            has_begun = self._begin_recovery(resize)
        finally:
            if not has_begun:
                self._free.release()

    def _begin_recovery(self, resize: models.Resize) -> bool:
        """Take over a resize in a thread; return whether a thread runs it."""
        # A job on the jobboard continues under the name of its owner.
        owner = resize.owner if CONF.task_flow.jobboard_enabled else None
        claim = transaction.run(
            ownership.take_over,
            resize,
            owner or self.worker.claims.make_owner(),
        )
        if claim is None:
            return False
        try:
            future = self._recoveries.submit(self._recover, resize, claim)
        except RuntimeError:
            # The pool is shut down: another worker takes over.
            return False
        future.add_done_callback(lambda _: self._free.release())
        return True

    def _recover(self, resize: models.Resize, claim: ownership.Claim) -> None:
        try:
            self.worker.recover(resize, claim)
        except Exception:
            LOG.exception(
                'Resize %s of load balancer %s was taken over, and has not '
                'ended. It will be taken over again.',
                resize.id,
                resize.load_balancer_id,
            )
