# SPDX-License-Identifier: Apache-2.0

"""Controller of /v2.0/lbaas/resizes."""

from collections.abc import Sequence
from urllib import parse

from octavia.api.common import pagination
from octavia.api.common import types as octavia_types
from octavia.api.v2.controllers import base
from octavia.common import constants as octavia_constants
from octavia.common import exceptions as octavia_exceptions
from octavia.db import models as octavia_models
from oslo_config import cfg
from oslo_utils import strutils
from pecan import request as pecan_request
import sqlalchemy as sa
from sqlalchemy import orm
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from octavia_resize import constants
from octavia_resize.api import types
from octavia_resize.db import models
from octavia_resize.db import repository

CONF = cfg.CONF

#: Arguments that choose resizes, and the columns that they compare.
FILTERS = {
    'id': models.Resize.id,
    'loadbalancer_id': models.Resize.load_balancer_id,
    'new_flavor_id': models.Resize.new_flavor_id,
    'operation': models.Resize.operation,
    'phase': models.Resize.phase,
    'previous_flavor_id': models.Resize.previous_flavor_id,
    'project_id': models.Resize.project_id,
    'state': models.Resize.state,
}
_PAGING = {'fields', 'limit', 'marker', 'page_reverse'}


class ResizesController(base.BaseController):
    """Lists the latest resize or rebuild of each load balancer."""

    RBAC_TYPE = constants.RBAC_RESIZE

    @wsme_pecan.wsexpose(
        types.ResizesRootResponse,
        wtypes.text,
        [wtypes.text],
        ignore_extra_args=True,
    )
    def get_all(
        self, project_id: str | None = None, fields: list[str] | None = None
    ) -> types.ResizesRootResponse:
        """Lists resizes, the oldest first."""
        context = pecan_request.context.get('octavia_context')
        visible = self._auth_get_all(context, project_id)
        with context.session.begin():
            page = _Page(
                pecan_request.context[octavia_constants.PAGINATION_HELPER],
                _parse_filters() | visible,
            )
            rows = page.read(context.session)
            resizes = [resize for resize, _ in rows]
            names = repository.ResizeRepository().get_flavor_names(
                context.session, resizes
            )
            found = [
                types.ResizeResponse.from_record(
                    resize,
                    names,
                    loadbalancer_name=load_balancer_name,
                    project_id=resize.project_id,
                )
                for resize, load_balancer_name in rows
            ]
            links = page.make_links(resizes)
        if fields is not None:
            found = self._filter_fields(found, fields)
        return types.ResizesRootResponse(resizes=found, resizes_links=links)


def _parse_filters() -> dict[str, str | list[str]]:
    """Return the arguments that choose resizes.

    :raises InvalidFilterArgument: An argument is none that this list has.
    """
    if not CONF.api_settings.allow_filtering:
        return {}
    given = {
        name: value
        for name, value in pecan_request.params.mixed().items()
        if name not in _PAGING
    }
    if not set(given) <= set(FILTERS):
        raise octavia_exceptions.InvalidFilterArgument()
    return given


class _Page:
    """One page of resizes.

    Octavia's own pages compare expressions that no index has, and their links
    forget the filters.
    """

    def __init__(
        self,
        helper: pagination.PaginationHelper,
        filters: dict[str, str | list[str]],
    ) -> None:
        has_pages = CONF.api_settings.allow_pagination
        self._filters = filters
        self._limit: int | None = helper.limit if has_pages else None
        self._marker: str | None = helper.marker if has_pages else None
        self._is_backward = strutils.bool_from_string(helper.page_reverse)

    def read(
        self, session: orm.Session
    ) -> Sequence[tuple[models.Resize, str | None]]:
        """Return the resizes of the page, and their load balancers' names.

        :raises InvalidMarker: There is no resize with the marker's ID.
        """
        resize, load_balancer = models.Resize, octavia_models.LoadBalancer
        query = (
            session.query(resize, load_balancer.name)
            .join(load_balancer, load_balancer.id == resize.load_balancer_id)
            .filter(
                load_balancer.provisioning_status != octavia_constants.DELETED
            )
        )
        for name, value in self._filters.items():
            query = query.filter(
                FILTERS[name].in_([value] if isinstance(value, str) else value)
            )
        if self._marker is not None:
            query = query.filter(self._get_boundary(session))
        created_at, id_ = resize.created_at, resize.id
        if self._is_backward:
            backward = query.order_by(created_at.desc(), id_.desc())
            return backward.limit(self._limit)[::-1]
        return query.order_by(created_at, id_).limit(self._limit).all()

    def _get_boundary(self, session: orm.Session) -> sa.ColumnElement[bool]:
        resize = models.Resize
        marker = repository.ResizeRepository().get_by_id(
            session, str(self._marker)
        )
        if marker is None:
            raise octavia_exceptions.InvalidMarker(key=self._marker)
        place = sa.tuple_(resize.created_at, resize.id)
        here = sa.tuple_(marker.created_at, marker.id)
        return place < here if self._is_backward else place > here

    def make_links(
        self, resizes: Sequence[models.Resize]
    ) -> list[octavia_types.PageType]:
        """Return links to the pages before and after this one."""
        if not resizes or self._limit is None:
            return []
        links = []
        if self._marker is not None:
            links.append(self._make_link('previous', resizes[0], True))
        if len(resizes) == self._limit:
            links.append(self._make_link('next', resizes[-1], False))
        return links

    def _make_link(
        self, rel: str, marker: models.Resize, is_backward: bool
    ) -> octavia_types.PageType:
        base_uri = CONF.api_settings.api_base_uri
        url = (
            f'{base_uri.rstrip("/")}{pecan_request.path}'
            if base_uri
            else pecan_request.path_url
        )
        arguments = {
            **pecan_request.params.mixed(),
            'limit': self._limit,
            'marker': marker.id,
        }
        arguments.pop('page_reverse', None)
        if is_backward:
            arguments['page_reverse'] = True
        query = parse.urlencode(arguments, doseq=True)
        return octavia_types.PageType(rel=rel, href=f'{url}?{query}')
