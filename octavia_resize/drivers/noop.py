# SPDX-License-Identifier: Apache-2.0

"""Resize of load balancers of Octavia's noop provider."""

from typing import Any

from oslo_log import log as logging

from octavia_resize.drivers import base

LOG = logging.getLogger(__name__)


class NoopResizeDriver(base.ResizeDriver):
    """Reports each resize as done: there is nothing to resize."""

    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        LOG.debug(
            'Provider noop, loadbalancer_resize loadbalancer %s, flavor %s',
            loadbalancer_id,
            flavor,
        )
        return True
