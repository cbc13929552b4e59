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

"""Resize of load balancers of Octavia's noop provider."""

from typing import Any

from oslo_log import log as logging

from octavia_resize.drivers import base

LOG = logging.getLogger(__name__)


class NoopResizeDriver(base.ResizeDriver):
    """Resizes at once, as nothing is there to resize."""

    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        LOG.debug(
            'Provider noop, loadbalancer_resize loadbalancer %s, flavor %s',
            loadbalancer_id,
            flavor,
        )
        return True
