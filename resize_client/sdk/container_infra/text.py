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


from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk.container_infra import nodegroup as _nodegroup


def label(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup | None = None,
    *,
    start: bool = True,
) -> str:
    """Name a cluster in a message, or a nodegroup of that cluster.

    :param cluster: The cluster.
    :param nodegroup: The nodegroup, None for the cluster itself.
    :param start: Whether the name stands at the start of a sentence.
    :returns: Such as ``Cluster dev (d0a51a71-…)`` or ``nodegroup
        default-worker of cluster dev (d0a51a71-…)``.
    """
    found = f'cluster {cluster.name} ({cluster.id})'
    if nodegroup is not None:
        found = f'nodegroup {nodegroup.name} of {found}'
    return found[0].upper() + found[1:] if start else found


def count(nodes: int) -> str:
    """Write a number of nodes.

    :param nodes: How many.
    :returns: Such as ``1 node`` or ``3 nodes``.
    """
    return '1 node' if nodes == 1 else f'{nodes} nodes'
