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

"""Resize a load balancer and a control plane."""

from openstack import connect

from resize_client.sdk import connection
from resize_client.sdk.load_balancer.outcome import ResizeFailure

conn = connection.extend(connect())

octavia = conn.load_balancer
web = octavia.find_load_balancer('web', ignore_missing=False)
small = octavia.find_flavor('small', ignore_missing=False)
try:
    web = octavia.resize_load_balancer(web, small, wait=True, timeout=600)
except ResizeFailure as failure:
    raise SystemExit(f'web was not resized: {failure.reason}') from failure
print('web is', web.provisioning_status)

magnum = conn.container_infrastructure_management
nodegroup = magnum.resize_cluster(
    'dev', 3, nodegroup='default-master', wait=True, timeout=600
)
print('dev has', nodegroup.node_count, 'control plane nodes')
