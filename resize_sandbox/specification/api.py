# SPDX-License-Identifier: Apache-2.0

"""Octavia's API with the resize of the specification, and nothing else.

It is as the change that was proposed to Octavia has it (review 890215): one
PUT. The controller derives from that of load balancers, as that of the
failover does, so that it also answers what it inherits: GET lists load
balancers.
"""

from collections.abc import Callable
from typing import Any

from octavia.api import app
from octavia.api import root_controller
from octavia.api.common import types
from octavia.api.drivers import driver_factory
from octavia.api.drivers import utils
from octavia.api.drivers.amphora_driver.v2 import driver
from octavia.api.v2 import controllers
from octavia.api.v2.controllers import load_balancer
from octavia.common import constants
from octavia.common import exceptions
from octavia.common import policy
from oslo_config import cfg
from oslo_policy import policy as oslo_policy
from pecan import expose as pecan_expose
from pecan import request as pecan_request
from wsme import types as wtypes
from wsmeext import pecan as wsme_pecan

from resize_sandbox import deployment
from resize_sandbox.octavia import options

CONF = cfg.CONF

_RESIZE = 'resize'
_PUT_RESIZE = 'put_resize'

#: The name of the rule, and of the worker's method, are those of the change
#: that was proposed; the default is the specification's.
RULE = oslo_policy.DocumentedRuleDefault(
    f'{constants.RBAC_LOADBALANCER}{_PUT_RESIZE}',
    constants.RULE_API_WRITE,
    'Resize a Load Balancer',
    [
        {
            'method': 'PUT',
            'path': '/v2/lbaas/loadbalancers/{loadbalancer_id}/resize',
        }
    ],
)


class AmphoraDriver(driver.AmphoraProviderDriver):
    """Octavia's driver, with the method that is to be added."""

    def loadbalancer_failover_with_flavor(
        self, loadbalancer_id: str, flavor_id: str
    ) -> None:
        self.client.cast(
            {},
            'failover_load_balancer_with_flavor',
            load_balancer_id=loadbalancer_id,
            flavor_id=flavor_id,
        )


class ResizePUT(types.BaseType):
    """The body of the request."""

    new_flavor_id = wtypes.wsattr(wtypes.UuidType(), mandatory=True)


class ResizeController(load_balancer.LoadBalancersController):
    """The resize of one load balancer."""

    def __init__(self, lb_id: str) -> None:
        super().__init__()
        self.lb_id = lb_id

    @wsme_pecan.wsexpose(None, body=ResizePUT, status_code=202)
    def put(self, resize: ResizePUT) -> None:
        """Starts a failover with a new flavor."""
        session = pecan_request.context.get('octavia_context').session
        with session.begin():
            provider = self._check(session, resize.new_flavor_id)
            if CONF[options.GROUP].octavia == deployment.IDLE:
                return
            self._test_and_set_failover_prov_status(session, self.lb_id)
            utils.call_provider(
                provider.name,
                provider.loadbalancer_failover_with_flavor,
                self.lb_id,
                resize.new_flavor_id,
            )

    def _check(self, session: Any, flavor_id: str) -> AmphoraDriver:
        """Return the driver of a load balancer that may get the flavor."""
        lb = self._get_db_lb(session, self.lb_id, show_deleted=False)
        # Also from ERROR, and before the rights.
        if lb.flavor_id == flavor_id:
            raise exceptions.ValidationException(
                detail='The load balancer has this flavor already.'
            )
        self._auth_validate_action(
            pecan_request.context.get('octavia_context'),
            lb.project_id,
            _PUT_RESIZE,
        )
        flavors = self.repositories.flavor
        flavor = flavors.get(session, id=flavor_id)
        if not flavor:
            raise exceptions.ValidationException(detail='No such flavor.')
        if not flavor.enabled:
            raise exceptions.DisabledOption(option='flavor', value=flavor_id)
        if flavors.get_flavor_provider(session, flavor_id) != lb.provider:
            raise exceptions.ProviderFlavorMismatchError(
                flav=flavor_id, prov=lb.provider
            )
        data = flavors.get_flavor_metadata_dict(session, flavor_id)
        topology = data.get(
            constants.LOADBALANCER_TOPOLOGY,
            CONF.controller_worker.loadbalancer_topology,
        )
        if topology != lb.topology:
            raise exceptions.ValidationException(
                detail=f'The topology of flavor {flavor_id} is {topology}, '
                f'that of the load balancer {lb.topology}.'
            )
        provider = _load_driver(lb.provider)
        utils.call_provider(provider.name, provider.validate_flavor, data)
        return provider


def _load_driver(name: str) -> AmphoraDriver:
    if not isinstance(
        driver_factory.get_driver(name), driver.AmphoraProviderDriver
    ):
        raise exceptions.ProviderNotImplementedError(
            prov=name, user_msg='It has no failover with a flavor.'
        )
    loaded = AmphoraDriver()
    loaded.name = name
    return loaded


class LoadBalancersController(load_balancer.LoadBalancersController):
    """Octavia's load balancers with one more child."""

    @pecan_expose()
    def _lookup(self, id: str, *remainder: str) -> Any:
        if remainder and remainder[0] == _RESIZE:
            return ResizeController(lb_id=id), remainder[1:]
        return super()._lookup(id, *remainder)


class V2Controller(controllers.V2Controller):
    def __init__(self) -> None:
        super().__init__()
        self.loadbalancers = LoadBalancersController()
        self.lbaas.loadbalancers = self.loadbalancers


class RootController(root_controller.RootController):
    """The controller with which the pecan WSGI app is created."""

    def __init__(self) -> None:
        super().__init__()
        self.v2 = V2Controller()
        setattr(self, 'v2.0', self.v2)


def setup_app(argv: list[str]) -> Callable[..., Any]:
    """Return the WSGI application.

    :param argv: Octavia's command line, the program's name first.
    """
    pecan_config = app.get_pecan_config()
    pecan_config.app.root = f'{__name__}.{RootController.__name__}'
    application: Callable[..., Any] = app.setup_app(
        pecan_config=pecan_config, argv=argv
    )
    policy.get_enforcer().register_default(RULE)
    return application
