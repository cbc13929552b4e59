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

"""Request and response bodies of the resize endpoint."""

from octavia.api.common import types
from wsme import types as wtypes


class ResizePUT(types.BaseType):
    """Body of the request that starts a resize."""

    new_flavor_id = wtypes.wsattr(wtypes.UuidType(), mandatory=True)


class ResizeResponse(types.BaseType):
    """The latest resize of a load balancer."""

    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    state = wtypes.wsattr(wtypes.StringType())
    previous_flavor_id = wtypes.wsattr(wtypes.UuidType())
    new_flavor_id = wtypes.wsattr(wtypes.UuidType())
    reason = wtypes.wsattr(wtypes.StringType())
    detail = wtypes.wsattr(wtypes.StringType())
    request_id = wtypes.wsattr(wtypes.StringType())
    created_at = wtypes.wsattr(wtypes.datetime.datetime)
    updated_at = wtypes.wsattr(wtypes.datetime.datetime)


class ResizeRootResponse(types.BaseType):
    resize = wtypes.wsattr(ResizeResponse)
