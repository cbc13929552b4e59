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

"""Controllers of /v2.0/lbaas/loadbalancers/{loadbalancer_id}/resize."""

from collections.abc import Iterator
import contextlib
from typing import Any

from octavia.api.drivers import driver_factory
from octavia.api.drivers import utils as driver_utils
from octavia.api.v2.controllers import base
from octavia.api.v2.controllers import load_balancer
from octavia.common import constants as octavia_constants
from octavia.common import policy
from octavia.db import models as octavia_models
from oslo_db import exception as db_exceptions
from oslo_log import log as logging
from pecan import expose as pecan_expose
from pecan import request as pecan_request
from sqlalchemy import orm
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import outcome
from octavia_resize.api import checks
from octavia_resize.api import types
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.drivers import loader

LOG = logging.getLogger(__name__)


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

    @wsme_pecan.wsexpose(None, body=types.ResizePUT, status_code=202)
    def put(self, resize: types.ResizePUT) -> None:
        """Starts the resize of a load balancer."""
        with self._database_errors():
            self._resize(resize.new_flavor_id)

    @transaction.repeated
    def _resize(self, new_flavor_id: str) -> None:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(context, constants.RBAC_PUT_RESIZE)
            driver = driver_factory.get_driver(db_lb.provider)
            resize_driver = loader.get_driver(driver, db_lb)
            flavor = checks.check_flavor(
                session, self.repositories, db_lb, new_flavor_id
            )
            if flavor:
                checks.check_with_provider(driver, new_flavor_id, flavor)
            try:
                db_resize = self.resizes.queue(
                    session, self.lb_id, new_flavor_id, context.request_id
                )
            except db_exceptions.DBReferenceError as e:
                raise exceptions.FlavorNotFound(flavor_id=new_flavor_id) from e
            LOG.info(
                'Sending resize %(resize)s of load balancer %(lb)s from '
                'flavor %(previous)s to %(new)s to provider %(provider)s',
                {
                    'resize': db_resize.id,
                    'lb': self.lb_id,
                    'previous': db_resize.previous_flavor_id,
                    'new': new_flavor_id,
                    'provider': driver.name,
                },
            )
            if driver_utils.call_provider(
                driver.name,
                resize_driver.loadbalancer_resize,
                self.lb_id,
                db_resize.id,
                flavor,
            ):
                outcome.complete(session, db_resize.id)

    @wsme_pecan.wsexpose(None, wtypes.text, status_code=202)
    def delete(self, cancel: str = 'true') -> None:
        """Cancels the resize of a load balancer.

        An Octavia without this endpoint takes DELETE .../resize for the
        deletion of the load balancer, but refuses arguments that it does not
        know: a client that sends ?cancel=true is safe there.
        """
        if cancel.lower() != 'true':
            raise exceptions.InvalidCancel()
        with self._database_errors():
            self._cancel()

    @transaction.repeated
    def _cancel(self) -> None:
        with self._transaction() as (context, session):
            db_lb = self._get_load_balancer(
                context, constants.RBAC_DELETE_RESIZE
            )
            driver = driver_factory.get_driver(db_lb.provider)
            resize_driver = loader.get_driver(driver, db_lb)
            db_resize = self.resizes.get(session, self.lb_id)
            if db_resize is None:
                raise exceptions.NoResizeToCancel(
                    id=self.lb_id, detail=': it has never been resized'
                )
            state = outcome.cancel(session, db_resize.id)
            if state is None:
                raise exceptions.NoResizeToCancel(
                    id=self.lb_id, detail=self._why_not(session)
                )
            LOG.info(
                'Cancel of resize %s of load balancer %s accepted: %s',
                db_resize.id,
                self.lb_id,
                state,
            )
            if state == constants.CANCELLING:
                driver_utils.call_provider(
                    driver.name,
                    loader.get_cancel_method(resize_driver),
                    self.lb_id,
                    db_resize.id,
                )

    def _why_not(self, session: orm.Session) -> str:
        db_resize = self.resizes.get(session, self.lb_id)
        if db_resize is None:
            return ''
        if db_resize.state == constants.CANCELLING:
            return ': it is being cancelled already'
        return (
            f': the latest, to flavor {db_resize.new_flavor_id}, is '
            f'{db_resize.state}'
        )

    @wsme_pecan.wsexpose(types.ResizeRootResponse)
    def get(self) -> types.ResizeRootResponse:
        """Shows the latest resize of a load balancer."""
        with (
            self._database_errors(),
            self._transaction() as (context, session),
        ):
            db_lb = self._get_load_balancer(context, constants.RBAC_GET_RESIZE)
            db_resize = self.resizes.get(session, self.lb_id)
            if db_resize is None:
                raise exceptions.ResizeNotFound(id=self.lb_id)
            shows_detail = policy.get_enforcer().authorize(
                f'{self.RBAC_TYPE}{constants.RBAC_GET_RESIZE_DETAIL}',
                {'project_id': db_lb.project_id},
                context,
                do_raise=False,
            )
            return types.ResizeRootResponse(
                resize=types.ResizeResponse(
                    loadbalancer_id=db_resize.load_balancer_id,
                    state=db_resize.state,
                    previous_flavor_id=db_resize.previous_flavor_id,
                    new_flavor_id=db_resize.new_flavor_id,
                    reason=db_resize.reason,
                    detail=db_resize.detail if shows_detail else None,
                    request_id=db_resize.request_id,
                    created_at=db_resize.created_at,
                    updated_at=db_resize.updated_at,
                )
            )
