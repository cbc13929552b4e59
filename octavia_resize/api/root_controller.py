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
