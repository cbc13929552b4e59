# SPDX-License-Identifier: Apache-2.0

"""RPC methods of octavia-resize-worker."""

from typing import Any

from octavia.common import constants as octavia_constants
from oslo_context import context as oslo_context
from oslo_log import log as logging
import oslo_messaging as messaging
from oslo_utils import uuidutils

from octavia_resize import constants
from octavia_resize.worker import controller

LOG = logging.getLogger(__name__)


class Endpoints:
    """The RPC methods that the API casts to.

    API version history:
      1.0 - Initial version.
    """

    target = messaging.Target(
        namespace=octavia_constants.RPC_NAMESPACE_CONTROLLER_AGENT,
        version=constants.RPC_VERSION,
    )

    def __init__(self) -> None:
        self.worker = controller.ResizeWorker()

    def resize_load_balancer(
        self, context: dict[str, Any], load_balancer_id: str, resize_id: str
    ) -> None:
        """Run a queued resize to its end.

        A message without valid IDs is logged and dropped: no such resize can
        be in the database.
        """
        if not all(map(uuidutils.is_uuid_like, (load_balancer_id, resize_id))):
            LOG.error(
                'Dropping a message that names resize %r of load balancer %r',
                resize_id,
                load_balancer_id,
            )
            return
        oslo_context.RequestContext(
            request_id=context.get('request_id'),
            resource_uuid=load_balancer_id,
        )
        LOG.info('Resizing load balancer \'%s\'...', load_balancer_id)
        self.worker.resize_load_balancer(load_balancer_id, resize_id)
