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

"""How a resize, or its cancel, has ended otherwise than asked for."""

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk.load_balancer import resize as _resize


class ResizeFailure(exceptions.ResourceFailure):
    """A resize, or its cancel, that has ended otherwise than asked for."""

    #: The load balancer as it is now, None when it is gone
    load_balancer: _lb.LoadBalancer | None
    #: The latest resize, None where the service doesn't tell. CANCELLED with
    #: the load balancer in ERROR: it was in ERROR before the resize, too.
    resize: _resize.LoadBalancerResize | None
    #: Why, in the service's words; None where it doesn't tell
    reason: str | None

    def __init__(
        self,
        message: str,
        load_balancer: _lb.LoadBalancer | None = None,
        resize: _resize.LoadBalancerResize | None = None,
    ):
        reason = None if resize is None else _reason(resize)
        super().__init__(f'{message}: {reason}' if reason else message)
        self.load_balancer = load_balancer
        self.resize = resize
        self.reason = reason


def _reason(resize: _resize.LoadBalancerResize) -> str | None:
    if resize.state == 'CANCELLED':
        return 'the resize was cancelled'
    if not resize.reason:
        return None
    reason = str(resize.reason).rstrip('. ')
    if resize.detail:
        return f'{reason}: {resize.detail.rstrip(". ")}'
    if resize.request_id:
        return f'{reason} ({resize.request_id} in the service\'s log)'
    return reason
