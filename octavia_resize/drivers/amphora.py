# SPDX-License-Identifier: Apache-2.0

"""Resize of load balancers of the amphora provider."""

import functools
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.common import rpc
from octavia_lib.api.drivers import exceptions
from oslo_config import cfg
from oslo_context import context
from oslo_log import log as logging
import oslo_messaging as messaging
from stevedore import driver as stevedore_driver

from octavia_resize import constants
from octavia_resize.drivers import base
from octavia_resize.worker import vip_move

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


@functools.cache
def _transport() -> messaging.Transport:
    """Return a transport with connections of its own.

    The heartbeat thread of a connection reconnects with the retry count of
    the caller that opened the connection, and blocks other senders. Octavia's
    casts retry forever.
    """
    return rpc.create_transport(rpc.get_transport_url())


class AmphoraResizeDriver(base.ResizeDriver):
    """Sends the resize to octavia-resize-worker."""

    can_rebuild = True
    can_drain = True

    def __init__(self) -> None:
        target = messaging.Target(
            namespace=octavia_constants.RPC_NAMESPACE_CONTROLLER_AGENT,
            topic=CONF.octavia_resize.topic,
            version=constants.RPC_VERSION,
            fanout=False,
        )
        self.client = messaging.get_rpc_client(_transport(), target)

    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        request_context = context.get_current()
        client = self.client.prepare(retry=CONF.octavia_resize.send_retries)
        try:
            client.cast(
                {
                    'request_id': request_context.request_id
                    if request_context
                    else None
                },
                'resize_load_balancer',
                load_balancer_id=loadbalancer_id,
                resize_id=resize_id,
            )
        except Exception as e:
            # oslo.messaging also raises exceptions of its libraries, such as
            # kombu's when the connection is refused.
            LOG.error(
                'Resize of load balancer %s was not sent: %s',
                loadbalancer_id,
                e,
            )
            raise exceptions.DriverError(
                user_fault_string='The message bus does not answer. The load '
                'balancer is as it was. Try again later.',
                operator_fault_string=str(e),
            ) from e
        return False

    def loadbalancer_resize_cancel(
        self, loadbalancer_id: str, resize_id: str
    ) -> None:
        """Send nothing: the worker polls the record."""

    def describe_traffic(
        self,
        topology: str | None,
        vip_addresses: list[str],
        drain_seconds: int,
    ) -> str | None:
        """Return what a resize does to traffic, in one sentence."""
        exception = (
            ', unless the VIP port is one of SR-IOV'
            if vip_move.must_isolate(topology, vip_addresses)
            else ''
        )
        drain = (
            f'for {drain_seconds} seconds connections of HTTP are closed '
            'after a request, then '
            if drain_seconds
            else ''
        )
        return (
            f'New connections are served throughout{exception}; {drain}each '
            'open connection is closed once, when the new amphorae take over.'
        )

    def get_build(self, flavor: dict[str, Any]) -> base.Build:
        """Return what new amphorae would get, as Octavia chooses it."""
        options = CONF.controller_worker
        images: Any = stevedore_driver.DriverManager(
            namespace='octavia.image.drivers',
            name=options.image_driver,
            invoke_on_load=True,
        )
        return base.Build(
            image_id=str(
                images.driver.get_image_id_by_tag(
                    flavor.get(
                        octavia_constants.AMP_IMAGE_TAG, options.amp_image_tag
                    ),
                    options.amp_image_owner_id,
                )
            ),
            compute_flavor=flavor.get(
                octavia_constants.COMPUTE_FLAVOR, options.amp_flavor_id
            ),
        )
