# SPDX-License-Identifier: Apache-2.0

"""Controller of /v2.0/lbaas/loadbalancers/{loadbalancer_id}/resize."""

import json
from typing import Any

from octavia.api.drivers import driver_factory
from octavia.api.drivers import utils as driver_utils
from octavia.common import constants as octavia_constants
from oslo_log import log as logging
from pecan import request as pecan_request
from wsme import api as wsme_api
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import notifications
from octavia_resize import reasons
from octavia_resize.api import checks
from octavia_resize.api import operation
from octavia_resize.api import types
from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.drivers import loader
from octavia_resize.lifecycle import request

LOG = logging.getLogger(__name__)


class ResizeController(operation.OperationController):
    """Start, show and cancel the resize of one load balancer."""

    @wsme_pecan.wsexpose(
        types.ResizePreviewRootResponse,
        wtypes.text,
        body=types.ResizePUT,
        status_code=202,
    )
    def put(
        self, dry_run: str = 'false', resize: types.ResizePUT | None = None
    ) -> Any:
        """Starts the resize of a load balancer, or returns a dry run of it.

        An Octavia without this endpoint refuses arguments that it does not
        know.
        """
        # The hook has checked the body.
        assert resize is not None
        is_dry_run = operation.parse_dry_run(dry_run)
        with self._database_errors(), self._refusals():
            plan = self._make_plan(
                resize.new_flavor_id, operation.get_drain_seconds(resize)
            )
            checks.check_with_services(plan)
            if is_dry_run:
                return wsme_api.Response(self._preview(plan), status_code=200)
            if plan.resize_driver is None:
                self._fail_over(plan)
            else:
                self._start(plan, plan.resize_driver)
        return wsme_api.Response(None, status_code=202, return_type=None)

    @transaction.retry_on_conflict
    def _make_plan(
        self, new_flavor_id: str, drain_seconds: int | None
    ) -> checks.Plan:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(context, constants.RBAC_PUT_RESIZE)
            return checks.make_plan(
                session, self.repositories, db_lb, new_flavor_id, drain_seconds
            )

    def _preview(self, plan: checks.Plan) -> types.ResizePreviewRootResponse:
        context = pecan_request.context.get('octavia_context')
        profile = None
        if self._may(
            context, plan.project_id, constants.RBAC_GET_FLAVOR_PROFILE
        ):
            profile = [
                types.ProfileChange(name=name, from_=old, to=new)
                for name, old, new in _get_changes(plan)
            ]
        return types.ResizePreviewRootResponse(
            resize=types.ResizePreviewResponse(
                loadbalancer_id=plan.load_balancer_id,
                previous_flavor_id=plan.previous_flavor_id,
                previous_flavor_name=plan.previous_flavor_name,
                new_flavor_id=plan.new_flavor_id,
                new_flavor_name=plan.new_flavor_name,
                topology=plan.topology,
                drain_seconds=plan.drain_seconds,
                profile=profile,
                traffic=plan.describe_traffic(),
            )
        )

    @transaction.retry_on_conflict
    def _fail_over(self, plan: checks.Plan) -> None:
        """Call the provider's driver, which resizes without our worker.

        Nothing is recorded: the provider reports to Octavia only.
        """
        with self._transaction() as (_, session):
            load_balancers = self.repositories.load_balancer
            if not load_balancers.set_status_for_failover(
                session, self.lb_id, octavia_constants.PENDING_UPDATE
            ):
                raise exceptions.LoadBalancerNotResizable(
                    id=self.lb_id,
                    status=load_balancers.get(
                        session, id=self.lb_id
                    ).provisioning_status,
                )
            LOG.info(
                'Sending failover of load balancer %(lb)s with flavor '
                '%(new)s to provider %(provider)s',
                {
                    'lb': self.lb_id,
                    'new': plan.new_flavor_id,
                    'provider': plan.driver.name,
                },
            )
            driver_utils.call_provider(
                plan.driver.name,
                plan.driver.loadbalancer_failover_with_flavor,
                self.lb_id,
                plan.new_flavor_id,
            )

    @wsme_pecan.wsexpose(None, wtypes.text, wtypes.text, status_code=202)
    def delete(self, cancel: str = 'true', id: str | None = None) -> None:
        """Cancels the resize of a load balancer.

        An Octavia without this endpoint takes DELETE .../resize for the
        deletion of the load balancer, but refuses arguments that it does not
        know: a client that sends ?cancel=true is safe there.
        """
        if cancel.lower() != 'true':
            raise exceptions.InvalidCancel()
        with self._database_errors(), self._refusals():
            resize = self._cancel(id)
        if resize.state == constants.CANCELLED:
            notifications.send_if_wanted(notifications.CANCEL, resize)

    @transaction.retry_on_conflict
    def _cancel(self, resize_id: str | None) -> models.Resize:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(
                context, constants.RBAC_DELETE_RESIZE
            )
            driver = driver_factory.get_driver(db_lb.provider)
            resize_driver = loader.get_driver(driver, db_lb)
            if resize_driver is None:
                raise exceptions.CancelNotSupported(
                    provider=driver.name, id=self.lb_id
                )
        with self._transaction() as (context, session):
            db_resize = request.cancel(session, self.lb_id, resize_id)
            LOG.info(
                'Cancel of resize %s of load balancer %s accepted: %s',
                db_resize.id,
                self.lb_id,
                db_resize.state,
            )
            if db_resize.state == constants.CANCELLING:
                driver_utils.call_provider(
                    driver.name,
                    resize_driver.loadbalancer_resize_cancel,
                    self.lb_id,
                    db_resize.id,
                )
            session.flush()
            session.expunge(db_resize)
            return db_resize

    @wsme_pecan.wsexpose(types.ResizeRootResponse)
    def get(self) -> types.ResizeRootResponse:
        """Shows the latest resize of a load balancer, or null."""
        with (
            self._database_errors(),
            self._transaction() as (context, session),
        ):
            db_lb = self._get_load_balancer(context, constants.RBAC_GET_RESIZE)
            db_resize = self.resizes.get(session, self.lb_id)
            if db_resize is None:
                return types.ResizeRootResponse(resize=None)
            shows_detail = self._may(
                context,
                db_lb.project_id,
                f'{self.RBAC_TYPE}{constants.RBAC_GET_RESIZE_DETAIL}',
            )
            names = self.resizes.get_flavor_names(session, [db_resize])
            can_cancel = request.can_cancel(
                session, db_resize, db_lb.provisioning_status
            )
            reason = db_resize.reason
            if reason and (db_resize.state, db_lb.provisioning_status) == (
                constants.FAILED,
                octavia_constants.ERROR,
            ):
                reason = reasons.with_way_out(reason, can_cancel)
            return types.ResizeRootResponse(
                resize=types.ResizeResponse.from_record(
                    db_resize,
                    names,
                    reason=reason,
                    can_cancel=can_cancel,
                    detail=db_resize.detail if shows_detail else None,
                )
            )


def _get_changes(
    plan: checks.Plan,
) -> list[tuple[str, str | None, str | None]]:
    """Return name, old and new value of what differs in the profiles."""
    old, new = plan.previous_flavor_data, plan.new_flavor_data
    return [
        (name, _as_text(old.get(name)), _as_text(new.get(name)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value)
