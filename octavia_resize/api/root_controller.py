# SPDX-License-Identifier: Apache-2.0

"""Octavia's controllers, with load balancers that can be resized."""

from typing import Any

from octavia.api import root_controller
from octavia.api.v2 import controllers
from octavia.api.v2.controllers import load_balancer
from pecan import expose as pecan_expose

from octavia_resize import constants
from octavia_resize.api import operation
from octavia_resize.api import rebuild
from octavia_resize.api import resize
from octavia_resize.api import resizes


class RootController(root_controller.RootController):
    """The controller with which the pecan WSGI app is created."""

    def __init__(self) -> None:
        super().__init__()
        self.v2 = V2Controller()
        setattr(self, 'v2.0', self.v2)


class V2Controller(controllers.V2Controller):
    def __init__(self) -> None:
        super().__init__()
        self.loadbalancers = LoadBalancersController()
        self.lbaas.loadbalancers = self.loadbalancers
        self.lbaas.resizes = resizes.ResizesController()


class LoadBalancersController(load_balancer.LoadBalancersController):
    """Octavia's load balancers with two more children: resize and rebuild."""

    @pecan_expose()
    def _lookup(self, id: str, *remainder: str) -> Any:
        children: dict[str, type[operation.OperationController]] = {
            constants.RESIZE: resize.ResizeController,
            constants.REBUILD: rebuild.RebuildController,
        }
        if remainder and remainder[0] in children:
            return children[remainder[0]](lb_id=id), remainder[1:]
        return super()._lookup(id, *remainder)
