# SPDX-License-Identifier: Apache-2.0

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
