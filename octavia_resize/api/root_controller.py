# SPDX-License-Identifier: Apache-2.0

"""Octavia's controllers, with load balancers that can be resized."""

from octavia.api import root_controller
from octavia.api.v2 import controllers

from octavia_resize.api import load_balancer


class V2Controller(controllers.V2Controller):
    def __init__(self) -> None:
        super().__init__()
        self.loadbalancers = load_balancer.LoadBalancersController()
        self.lbaas.loadbalancers = self.loadbalancers


class RootController(root_controller.RootController):
    """The controller with which the pecan WSGI app is created."""

    def __init__(self) -> None:
        super().__init__()
        v2_controller = V2Controller()
        setattr(self, 'v2.0', v2_controller)
        self.v2 = v2_controller
