# SPDX-License-Identifier: Apache-2.0

"""Request and response bodies of the resize endpoint."""

from octavia.api.common import types
from wsme import types as wtypes


class ResizePUT(types.BaseType):
    """Body of the request that starts a resize."""

    new_flavor_id = wtypes.wsattr(wtypes.UuidType(), mandatory=True)


class ResizeResponse(types.BaseType):
    """The latest resize of a load balancer."""

    id = wtypes.wsattr(wtypes.UuidType())
    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    state = wtypes.wsattr(wtypes.StringType())
    phase = wtypes.wsattr(wtypes.StringType())
    amphorae_built = wtypes.wsattr(wtypes.IntegerType())
    amphorae_to_build = wtypes.wsattr(wtypes.IntegerType())
    can_cancel = wtypes.wsattr(bool)
    previous_flavor_id = wtypes.wsattr(wtypes.UuidType())
    previous_flavor_name = wtypes.wsattr(wtypes.StringType())
    new_flavor_id = wtypes.wsattr(wtypes.UuidType())
    new_flavor_name = wtypes.wsattr(wtypes.StringType())
    reason = wtypes.wsattr(wtypes.StringType())
    detail = wtypes.wsattr(wtypes.StringType())
    request_id = wtypes.wsattr(wtypes.StringType())
    created_at = wtypes.wsattr(wtypes.datetime.datetime)
    updated_at = wtypes.wsattr(wtypes.datetime.datetime)


class ResizeRootResponse(types.BaseType):
    resize = wtypes.wsattr(ResizeResponse)


class ProfileChange(types.BaseType):
    """What a resize changes in the profile, None where there is nothing."""

    name = wtypes.wsattr(wtypes.StringType())
    # 'from' is no name that Python allows.
    from_ = wtypes.wsattr(wtypes.StringType(), name='from')
    to = wtypes.wsattr(wtypes.StringType())


class ResizePreviewResponse(types.BaseType):
    """What a resize would do."""

    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    previous_flavor_id = wtypes.wsattr(wtypes.UuidType())
    previous_flavor_name = wtypes.wsattr(wtypes.StringType())
    new_flavor_id = wtypes.wsattr(wtypes.UuidType())
    new_flavor_name = wtypes.wsattr(wtypes.StringType())
    topology = wtypes.wsattr(wtypes.StringType())
    profile = wtypes.wsattr([ProfileChange])
    traffic = wtypes.wsattr(wtypes.StringType())


class ResizePreviewRootResponse(types.BaseType):
    resize = wtypes.wsattr(ResizePreviewResponse)
