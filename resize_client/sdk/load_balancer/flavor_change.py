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

"""From which flavor to which, as the service tells of each resize."""

from openstack import resource


class FlavorChange(resource.Resource):
    """A change of the flavor of a load balancer."""

    resource_key = 'resize'

    #: The ID of the load balancer
    loadbalancer_id = resource.Body('loadbalancer_id')
    #: The flavor before the resize, None for none
    previous_flavor_id = resource.Body('previous_flavor_id')
    #: Its name, None also for a flavor that is gone
    previous_flavor_name = resource.Body('previous_flavor_name')
    #: The flavor asked for
    new_flavor_id = resource.Body('new_flavor_id')
    #: Its name, None for a flavor that is gone
    new_flavor_name = resource.Body('new_flavor_name')
