# SPDX-License-Identifier: Apache-2.0

"""The base of the controllers of resize and rebuild."""

from collections.abc import Iterator
import contextlib
from typing import Any

from octavia.api.drivers import utils as driver_utils
from octavia.api.v2.controllers import base
from octavia.common import constants as octavia_constants
from octavia.common import policy
from octavia.db import models as octavia_models
from oslo_db import exception as db_exceptions
from oslo_log import log as logging
from pecan import request as pecan_request
from pecan import response as pecan_response
from sqlalchemy import orm
from wsme import types as wtypes

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import notifications
from octavia_resize import providers
from octavia_resize.api import checks
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.drivers import base as base_driver
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import request

LOG = logging.getLogger(__name__)


def get_drain_seconds(body: Any) -> int | None:
    """Return the field of a body; None for the configured value."""
    seconds = body.drain_seconds
    return None if seconds is wtypes.Unset else seconds


def parse_dry_run(dry_run: str) -> bool:
    """Return the value of the argument ``dry_run``.

    :raises InvalidDryRun: The value is neither true nor false.
    """
    if dry_run.lower() not in ('true', 'false'):
        raise exceptions.InvalidDryRun()
    return dry_run.lower() == 'true'


class OperationController(base.BaseController):
    """Starts an operation that gives a load balancer new amphorae."""

    RBAC_TYPE = octavia_constants.RBAC_LOADBALANCER

    def __init__(self, lb_id: str) -> None:
        super().__init__()
        self.lb_id = lb_id
        self.resizes = repository.ResizeRepository()

    @contextlib.contextmanager
    def _database_errors(self) -> Iterator[None]:
        """Turn errors of the database into an answer.

        :raises DatabaseUnavailable: The database does not answer, or each
            attempt of a transaction has failed.
        """
        try:
            yield
        except db_exceptions.DBError as e:
            LOG.exception('The database failed')
            raise exceptions.DatabaseUnavailable(id=self.lb_id) from e

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """Add the names of load balancer and flavors to a refusal."""
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
        """Begin a transaction; return the request's context and session."""
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

    def _start(
        self, plan: checks.Plan, resize_driver: base_driver.ResizeDriver
    ) -> None:
        """Record an operation, and send it to the provider."""
        self._queue_and_send(plan, resize_driver)
        # GET returns the record there, DELETE cancels it.
        path = pecan_request.path_url.rpartition('/')[0]
        pecan_response.headers['Location'] = f'{path}/{constants.RESIZE}'

    @transaction.retry_on_conflict
    def _queue_and_send(
        self, plan: checks.Plan, resize_driver: base_driver.ResizeDriver
    ) -> None:
        with self._transaction() as (context, session):
            try:
                db_resize = request.queue(
                    session,
                    self.lb_id,
                    plan.new_flavor_id,
                    context.request_id,
                    plan.operation,
                    plan.drain_seconds,
                )
            except db_exceptions.DBReferenceError as e:
                raise exceptions.FlavorNotFound(
                    flavor_id=plan.new_flavor_id
                ) from e
            LOG.info(
                'Sending %(operation)s %(resize)s of load balancer %(lb)s, '
                'flavor %(previous)s to %(new)s, to provider %(provider)s',
                {
                    'operation': plan.operation,
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
