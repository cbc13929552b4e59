# SPDX-License-Identifier: Apache-2.0

"""Controller of /v2.0/lbaas/loadbalancers/{loadbalancer_id}/rebuild."""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from oslo_log import log as logging
from sqlalchemy import orm
from wsme import api as wsme_api
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize.api import checks
from octavia_resize.api import operation
from octavia_resize.api import types
from octavia_resize.db import transaction
from octavia_resize.drivers import base as base_driver

LOG = logging.getLogger(__name__)


class RebuildController(operation.OperationController):
    """Gives one load balancer new amphorae of the flavor that it has.

    Its record is shown, and the rebuild cancelled, as those of a resize.
    """

    @wsme_pecan.wsexpose(
        types.RebuildPreviewRootResponse,
        wtypes.text,
        body=types.RebuildPUT,
        status_code=202,
    )
    def put(
        self, dry_run: str = 'false', rebuild: types.RebuildPUT | None = None
    ) -> Any:
        """Starts the rebuild of a load balancer, or returns its dry run."""
        # The hook has checked the body.
        assert rebuild is not None
        is_dry_run = operation.parse_dry_run(dry_run)
        with self._database_errors(), self._refusals():
            plan, amphorae = self._make_plan(
                operation.get_drain_seconds(rebuild)
            )
            checks.check_with_services(plan)
            assert plan.resize_driver is not None
            if is_dry_run:
                return wsme_api.Response(
                    _preview(plan, plan.resize_driver, amphorae),
                    status_code=200,
                )
            self._start(plan, plan.resize_driver)
        return wsme_api.Response(None, status_code=202, return_type=None)

    @transaction.retry_on_conflict
    def _make_plan(
        self, drain_seconds: int | None
    ) -> tuple[checks.Plan, list[types.AmphoraPreviewResponse]]:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(
                context, constants.RBAC_PUT_REBUILD
            )
            return (
                checks.make_rebuild_plan(
                    session, self.repositories, db_lb, drain_seconds
                ),
                _get_amphorae(session, self.lb_id),
            )


def _get_amphorae(
    session: orm.Session, load_balancer_id: str
) -> list[types.AmphoraPreviewResponse]:
    """Return the amphorae that a rebuild would replace."""
    amphora = octavia_models.Amphora
    rows = session.query(
        amphora.id, amphora.role, amphora.image_id, amphora.compute_flavor
    ).filter(
        amphora.load_balancer_id == load_balancer_id,
        amphora.status != octavia_constants.DELETED,
    )
    return [
        types.AmphoraPreviewResponse(
            id=id_,
            role=role,
            image_id=types.Change(from_=image_id),
            compute_flavor=types.Change(from_=compute_flavor),
        )
        for id_, role, image_id, compute_flavor in rows.order_by(amphora.id)
    ]


def _preview(
    plan: checks.Plan,
    driver: base_driver.ResizeDriver,
    amphorae: list[types.AmphoraPreviewResponse],
) -> types.RebuildPreviewRootResponse:
    build = _get_build(plan, driver)
    for amphora in amphorae:
        amphora.image_id.to = build.image_id
        amphora.compute_flavor.to = build.compute_flavor
        differing = [
            f'{name} {change.from_} is not {change.to}'
            for name, change in (
                ('image', amphora.image_id),
                ('compute flavor', amphora.compute_flavor),
            )
            if change.from_ != change.to
        ]
        amphora.outdated = bool(differing)
        amphora.reason = ', '.join(differing) or None
    return types.RebuildPreviewRootResponse(
        rebuild=types.RebuildPreviewResponse(
            loadbalancer_id=plan.load_balancer_id,
            flavor_id=plan.new_flavor_id,
            flavor_name=plan.new_flavor_name,
            topology=plan.topology,
            traffic=plan.describe_traffic(),
            outdated=any(amphora.outdated for amphora in amphorae),
            amphorae=amphorae,
        )
    )


def _get_build(
    plan: checks.Plan, driver: base_driver.ResizeDriver
) -> base_driver.Build:
    """Return image and compute flavor of new amphorae.

    :raises BuildUnknown: A service that the provider needs has failed.
    """
    try:
        return driver.get_build(plan.new_flavor_data)
    except Exception as e:
        LOG.exception(
            'Failed to get image and compute flavor of new amphorae of load '
            'balancer %s',
            plan.load_balancer_id,
        )
        raise exceptions.BuildUnknown(id=plan.load_balancer_id) from e
