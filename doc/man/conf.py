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

"""The man pages, which the wheel installs.

``tools/docs`` says how to renew those in man1/ when a command has changed.
"""

project = 'python-resizeclient'
author = 'python-resizeclient contributors'
extensions = ['cliff.sphinxext']
autoprogram_cliff_application = 'openstack'
root_doc = 'openstack-loadbalancer-resize'
# The date of the day would make each build another page.
today = ' '

man_pages = [
    (
        'openstack-loadbalancer-resize',
        'openstack-loadbalancer-resize',
        'give load balancers another flavor',
        [],
        1,
    ),
    (
        'openstack-coe-cluster-resize',
        'openstack-coe-cluster-resize',
        'change the number of nodes of a nodegroup',
        [],
        1,
    ),
]
