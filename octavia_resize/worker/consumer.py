# SPDX-License-Identifier: Apache-2.0

"""The service that listens on the topic of octavia-resize-worker."""

from octavia.common import rpc
from octavia.controller.queue.v2 import consumer
from oslo_config import cfg
from oslo_log import log as logging
import oslo_messaging as messaging
from oslo_utils import uuidutils

from octavia_resize.worker import clients
from octavia_resize.worker import endpoints
from octavia_resize.worker import watchdog

LOG = logging.getLogger(__name__)


class ConsumerService(consumer.ConsumerService):
    """Octavia's consumer service with our topic and endpoints."""

    def __init__(self, worker_id: int, conf: cfg.ConfigOpts) -> None:
        super().__init__(worker_id, conf)
        self.topic = conf.octavia_resize.topic
        self.watchdog: watchdog.Watchdog | None = None

    def run(self) -> None:
        """Start to listen, in threads.

        With the jobboard on, the service then runs jobs, and does not return.
        """
        LOG.info('Starting resize consumer on topic %s...', self.topic)
        clients.make()
        target = messaging.Target(
            topic=self.topic, server=self.server, fanout=False
        )
        endpoint = endpoints.Endpoints()
        self.endpoints = [endpoint]
        self.message_listener = rpc.get_server(
            target, self.endpoints, access_policy=self.access_policy
        )
        self.message_listener.start()
        self.watchdog = watchdog.Watchdog(endpoint.worker)
        self.watchdog.start()
        if self.conf.task_flow.jobboard_enabled:
            endpoint.worker.services_controller.run_conductor(
                f'octavia-resize-conductor-{uuidutils.generate_uuid()}'
            )

    def reload(self) -> None:
        """Read the configuration again, without an effect on running resizes.

        Only mutable options change.
        """
        self.conf.mutate_config_files()

    def terminate(self) -> None:
        """Stop listening, and wait for the resizes that run here."""
        if self.watchdog:
            self.watchdog.close()
        super().terminate()
        if self.watchdog:
            self.watchdog.stop()
