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

"""Takes care of resizes whose worker is gone."""

from concurrent import futures
import threading
import time

from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_log import log as logging

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.worker import controller

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_MAX_RECOVERIES = 4


class Keeper(threading.Thread):
    """Writes signs of life for one worker and looks for those of others.

    Other providers have controllers of their own to see to theirs.

    It compares what it sees with what it saw before, by its own clock: the
    clocks of the hosts need not agree.
    """

    def __init__(self, worker: controller.ResizeWorker) -> None:
        super().__init__(name='resize-keeper', daemon=True)
        self.worker = worker
        self.resizes = repository.ResizeRepository()
        self._stopped = threading.Event()
        self._draining = threading.Event()
        self._recoveries = futures.ThreadPoolExecutor(_MAX_RECOVERIES)
        #: When a resize was first seen with its present heartbeat.
        self._seen: dict[tuple[str, str, int], float] = {}

    def run(self) -> None:
        self._tidy()
        while not self._stopped.wait(CONF.octavia_resize.heartbeat_interval):
            try:
                self.keep()
            except Exception:
                LOG.exception('Cannot look after resizes, trying again')
                # While nobody could write, silence means nothing.
                self._seen.clear()

    def _tidy(self) -> None:
        try:
            with db_apis.session().begin() as session:
                self.resizes.delete_orphans(session)
        except Exception:
            # The next worker that starts does it.
            LOG.exception('Cannot delete records of purged load balancers')

    def drain(self) -> None:
        """Take nothing over any more; what has not begun is left to others.

        Signs of life are still written: what runs here is not abandoned
        because it takes its time to end.
        """
        self._draining.set()
        self._recoveries.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Stop; a recovery that has begun is waited for."""
        self.drain()
        self._recoveries.shutdown()
        self._stopped.set()

    def keep(self) -> None:
        """Do one round."""
        now = time.monotonic()
        running = sorted(self.worker.running)
        with db_apis.session().begin() as session:
            if running:
                self.resizes.beat(session, running)
            others = [
                resize
                for resize in self.resizes.get_in_progress(
                    session, constants.AMPHORA_PROVIDERS
                )
                if resize.id not in running
            ]
            session.expunge_all()
        self._seen = {
            key: self._seen.get(key, now)
            for key in (
                (resize.id, resize.state, resize.heartbeat)
                for resize in others
            )
        }
        for resize in others:
            silent = (
                now - self._seen[resize.id, resize.state, resize.heartbeat]
            )
            if silent >= CONF.octavia_resize.abandoned_after:
                self._take_over(resize)

    def _take_over(self, resize: models.Resize) -> None:
        if self._draining.is_set():
            return
        with db_apis.session().begin() as session:
            taken = self.resizes.take_over(session, resize)
        if taken:
            # From now on, not only when its turn has come.
            self.worker.running.add(resize.id)
            self._recoveries.submit(self._recover, resize).add_done_callback(
                lambda _: self.worker.running.discard(resize.id)
            )

    def _recover(self, resize: models.Resize) -> None:
        try:
            self.worker.recover(resize)
        except Exception:
            LOG.exception(
                'Resize %s of load balancer %s was taken over, and is not at '
                'its end. It will be taken over again.',
                resize.id,
                resize.load_balancer_id,
            )
