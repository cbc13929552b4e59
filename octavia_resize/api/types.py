# SPDX-License-Identifier: Apache-2.0

"""Request and response bodies of the endpoints."""

from collections.abc import Mapping
from typing import Any
from typing import Self

from octavia.api.common import types
from wsme import types as wtypes

from octavia_resize.db import models


class ResizePUT(types.BaseType):
    """Body of the request that starts a resize."""

    new_flavor_id = wtypes.wsattr(wtypes.UuidType(), mandatory=True)
    drain_seconds = wtypes.wsattr(wtypes.IntegerType(minimum=0))


class RebuildPUT(types.BaseType):
    """Body of the request that starts a rebuild."""

    drain_seconds = wtypes.wsattr(wtypes.IntegerType(minimum=0))


class ResizeResponse(types.BaseType):
    """The latest resize or rebuild of a load balancer."""

    id = wtypes.wsattr(wtypes.UuidType())
    operation = wtypes.wsattr(wtypes.StringType())
    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    loadbalancer_name = wtypes.wsattr(wtypes.StringType())
    project_id = wtypes.wsattr(wtypes.StringType())
    state = wtypes.wsattr(wtypes.StringType())
    phase = wtypes.wsattr(wtypes.StringType())
    amphorae_built = wtypes.wsattr(wtypes.IntegerType())
    amphorae_to_build = wtypes.wsattr(wtypes.IntegerType())
    drain_seconds = wtypes.wsattr(wtypes.IntegerType())
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

    @classmethod
    def from_record(
        cls,
        resize: models.Resize,
        flavor_names: Mapping[str | None, str],
        **values: Any,
    ) -> Self:
        """Return what the API shows of a record.

        :param flavor_names: Names of flavors by ID, of those that are there.
        :param values: Fields that are not the record's, or other ones.
        """
        return cls(
            **{
                'id': resize.id,
                'operation': resize.operation,
                'loadbalancer_id': resize.load_balancer_id,
                'state': resize.state,
                'phase': resize.phase,
                'amphorae_built': len(resize.ready),
                'amphorae_to_build': resize.amphorae_to_build,
                'drain_seconds': resize.drain_seconds,
                'previous_flavor_id': resize.previous_flavor_id,
                'previous_flavor_name': flavor_names.get(
                    resize.previous_flavor_id
                ),
                'new_flavor_id': resize.new_flavor_id,
                'new_flavor_name': flavor_names.get(resize.new_flavor_id),
                'reason': resize.reason,
                'request_id': resize.request_id,
                'created_at': resize.created_at,
                'updated_at': resize.updated_at,
                **values,
            }
        )


class ResizesRootResponse(types.BaseType):
    resizes = wtypes.wsattr([ResizeResponse])
    resizes_links = wtypes.wsattr([types.PageType])


class ResizeRootResponse(types.BaseType):
    resize = wtypes.wsattr(ResizeResponse)


class Change(types.BaseType):
    """A value before and after; None where there is none."""

    # 'from' is a keyword of Python.
    from_ = wtypes.wsattr(wtypes.StringType(), name='from')
    to = wtypes.wsattr(wtypes.StringType())


class ProfileChange(Change):
    """A setting that differs in the two profiles."""

    name = wtypes.wsattr(wtypes.StringType())


class ResizePreviewResponse(types.BaseType):
    """The result of a dry run."""

    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    previous_flavor_id = wtypes.wsattr(wtypes.UuidType())
    previous_flavor_name = wtypes.wsattr(wtypes.StringType())
    new_flavor_id = wtypes.wsattr(wtypes.UuidType())
    new_flavor_name = wtypes.wsattr(wtypes.StringType())
    topology = wtypes.wsattr(wtypes.StringType())
    drain_seconds = wtypes.wsattr(wtypes.IntegerType())
    profile = wtypes.wsattr([ProfileChange])
    traffic = wtypes.wsattr(wtypes.StringType())


class ResizePreviewRootResponse(types.BaseType):
    resize = wtypes.wsattr(ResizePreviewResponse)


class AmphoraPreviewResponse(types.BaseType):
    """What a rebuild would replace an amphora by."""

    id = wtypes.wsattr(wtypes.UuidType())
    role = wtypes.wsattr(wtypes.StringType())
    image_id = wtypes.wsattr(Change)
    compute_flavor = wtypes.wsattr(Change)
    outdated = wtypes.wsattr(bool)
    #: Why, in a sentence; None if the amphora is not outdated.
    reason = wtypes.wsattr(wtypes.StringType())


class RebuildPreviewResponse(types.BaseType):
    """What a rebuild would do."""

    loadbalancer_id = wtypes.wsattr(wtypes.UuidType())
    flavor_id = wtypes.wsattr(wtypes.UuidType())
    flavor_name = wtypes.wsattr(wtypes.StringType())
    topology = wtypes.wsattr(wtypes.StringType())
    traffic = wtypes.wsattr(wtypes.StringType())
    outdated = wtypes.wsattr(bool)
    amphorae = wtypes.wsattr([AmphoraPreviewResponse])


class RebuildPreviewRootResponse(types.BaseType):
    rebuild = wtypes.wsattr(RebuildPreviewResponse)
