# SPDX-License-Identifier: Apache-2.0

"""Controllers of /v2.0/lbaas/loadbalancers/{loadbalancer_id}/resize."""

from collections.abc import Iterator
import contextlib
from typing import Any

from octavia.api import root_controller
from octavia.api.drivers import driver_factory
from octavia.api.drivers import utils as driver_utils
from octavia.api.v2 import controllers
from octavia.api.v2.controllers import base
from octavia.api.v2.controllers import load_balancer
from octavia.common import constants as octavia_constants
from octavia.common import policy
from octavia.db import models as octavia_models
from oslo_db import exception as db_exceptions
from oslo_log import log as logging
from pecan import expose as pecan_expose
from pecan import request as pecan_request
from pecan import response as pecan_response
from sqlalchemy import orm
from wsme import api as wsme_api
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import notifications
from octavia_resize import providers
from octavia_resize import reasons
from octavia_resize.api import checks
from octavia_resize.api import types
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.drivers import base as base_driver
from octavia_resize.drivers import loader
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import request

LOG = logging.getLogger(__name__)


class RootController(root_controller.RootController):
    """Octavia's root controller, with load balancers that can be resized."""

    def __init__(self) -> None:
        super().__init__()
        self.v2 = V2Controller()
        setattr(self, 'v2.0', self.v2)


class V2Controller(controllers.V2Controller):
    def __init__(self) -> None:
        super().__init__()
        self.loadbalancers = LoadBalancersController()
        self.lbaas.loadbalancers = self.loadbalancers


class LoadBalancersController(load_balancer.LoadBalancersController):
    """Octavia's load balancers with one more child: resize."""

    @pecan_expose()
    def _lookup(self, id: str, *remainder: str) -> Any:
        if remainder and remainder[0] == constants.RESIZE:
            return ResizeController(lb_id=id), remainder[1:]
        return super()._lookup(id, *remainder)


class ResizeController(base.BaseController):
    """Start, show and cancel the resize of one load balancer."""

    RBAC_TYPE = octavia_constants.RBAC_LOADBALANCER

    def __init__(self, lb_id: str) -> None:
        super().__init__()
        self.lb_id = lb_id
        self.resizes = repository.ResizeRepository()

    @contextlib.contextmanager
    def _database_errors(self) -> Iterator[None]:
        """Answer for the database.

        :raises DatabaseUnavailable: It is away, or has given up one
            transaction after another.
        """
        try:
            yield
        except (
            db_exceptions.DBConnectionError,
            db_exceptions.DBDeadlock,
            db_exceptions.DBDuplicateEntry,
        ) as e:
            LOG.exception('The database failed')
            raise exceptions.DatabaseUnavailable(id=self.lb_id) from e

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """Name what a refusal is about: who may get it, may see the names."""
        try:
            yield
        except exceptions.Refusal as e:
            raise e.with_names(self._get_names(e.get_ids())) from e

    def _get_names(self, ids: set[str]) -> dict[str, str | None]:
        with self._transaction() as (_, session):
            return {
                id_: name
                for model in (
                    octavia_models.LoadBalancer,
                    octavia_models.Flavor,
                )
                for id_, name in session.query(model.id, model.name).filter(
                    model.id.in_(ids)
                )
            }

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[tuple[Any, orm.Session]]:
        """Give the request's context, and a transaction for its changes."""
        context = pecan_request.context.get('octavia_context')
        with context.session.begin():
            yield context, context.session

    def _get_load_balancer(
        self, context: Any, action: str
    ) -> octavia_models.LoadBalancer:
        db_lb = self._get_db_lb(
            context.session, self.lb_id, show_deleted=False
        )
        self._auth_validate_action(context, db_lb.project_id, action)
        return db_lb

    def _may(self, context: Any, project_id: str, rule: str) -> bool:
        return bool(
            policy.get_enforcer().authorize(
                rule, {'project_id': project_id}, context, do_raise=False
            )
        )

    @wsme_pecan.wsexpose(
        types.ResizePreviewRootResponse,
        wtypes.text,
        body=types.ResizePUT,
        status_code=202,
    )
    def put(
        self, dry_run: str = 'false', resize: types.ResizePUT | None = None
    ) -> Any:
        """Starts the resize of a load balancer, or tells what it would do.

        An Octavia without this endpoint refuses arguments that it does not
        know.
        """
        if dry_run.lower() not in ('true', 'false'):
            raise exceptions.InvalidDryRun()
        # The hook has seen to the body.
        assert resize is not None
        with self._database_errors(), self._refusals():
            plan = self._make_plan(resize.new_flavor_id)
            checks.check_with_services(plan)
            if dry_run.lower() == 'true':
                return wsme_api.Response(self._preview(plan), status_code=200)
            if plan.resize_driver is None:
                self._fail_over(plan)
            else:
                self._resize(plan, plan.resize_driver)
                # The record of the resize is there to be read, and deleted.
                pecan_response.headers['Location'] = pecan_request.path_url
        return wsme_api.Response(None, status_code=202, return_type=None)

    @transaction.retry_on_conflict
    def _make_plan(self, new_flavor_id: str) -> checks.Plan:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(context, constants.RBAC_PUT_RESIZE)
            return checks.make_plan(
                session, self.repositories, db_lb, new_flavor_id
            )

    def _preview(self, plan: checks.Plan) -> types.ResizePreviewRootResponse:
        context = pecan_request.context.get('octavia_context')
        profile = None
        if self._may(
            context, plan.project_id, constants.RBAC_GET_FLAVOR_PROFILE
        ):
            profile = [
                types.ProfileChange(name=name, from_=old, to=new)
                for name, old, new in plan.get_changes()
            ]
        return types.ResizePreviewRootResponse(
            resize=types.ResizePreviewResponse(
                loadbalancer_id=plan.load_balancer_id,
                previous_flavor_id=plan.previous_flavor_id,
                previous_flavor_name=plan.previous_flavor_name,
                new_flavor_id=plan.new_flavor_id,
                new_flavor_name=plan.new_flavor_name,
                topology=plan.topology,
                profile=profile,
                traffic=plan.describe_traffic(),
            )
        )

    @transaction.retry_on_conflict
    def _fail_over(self, plan: checks.Plan) -> None:
        """Have a provider resize that does all by itself.

        Nothing is recorded: the provider reports to Octavia alone.
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

    @transaction.retry_on_conflict
    def _resize(
        self, plan: checks.Plan, resize_driver: base_driver.ResizeDriver
    ) -> None:
        with self._transaction() as (context, session):
            try:
                db_resize = request.queue(
                    session, self.lb_id, plan.new_flavor_id, context.request_id
                )
            except db_exceptions.DBReferenceError as e:
                raise exceptions.FlavorNotFound(
                    flavor_id=plan.new_flavor_id
                ) from e
            LOG.info(
                'Sending resize %(resize)s of load balancer %(lb)s from '
                'flavor %(previous)s to %(new)s to provider %(provider)s',
                {
                    'resize': db_resize.id,
                    'lb': self.lb_id,
                    'previous': db_resize.previous_flavor_id,
                    'new': plan.new_flavor_id,
                    'provider': plan.driver.name,
                },
            )
            if driver_utils.call_provider(
                plan.driver.name,
                resize_driver.loadbalancer_resize,
                self.lb_id,
                db_resize.id,
                plan.new_flavor_data,
            ):
                progress.complete(
                    session, ownership.Claim(self.lb_id, db_resize.id)
                )
            session.flush()
            session.expunge(db_resize)
        if providers.get_canonical(plan.driver.name) != providers.AMPHORA:
            notifications.send_if_wanted(notifications.START, db_resize)
            if db_resize.state == constants.COMPLETED:
                notifications.send_if_wanted(notifications.END, db_resize)

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
            names = self.resizes.get_flavor_names(session, db_resize)
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
                resize=types.ResizeResponse(
                    id=db_resize.id,
                    loadbalancer_id=db_resize.load_balancer_id,
                    state=db_resize.state,
                    phase=db_resize.phase,
                    amphorae_built=len(db_resize.ready),
                    amphorae_to_build=db_resize.amphorae_to_build,
                    can_cancel=can_cancel,
                    previous_flavor_id=db_resize.previous_flavor_id,
                    previous_flavor_name=names.get(
                        db_resize.previous_flavor_id
                    ),
                    new_flavor_id=db_resize.new_flavor_id,
                    new_flavor_name=names.get(db_resize.new_flavor_id),
                    reason=reason,
                    detail=db_resize.detail if shows_detail else None,
                    request_id=db_resize.request_id,
                    created_at=db_resize.created_at,
                    updated_at=db_resize.updated_at,
                )
            )
