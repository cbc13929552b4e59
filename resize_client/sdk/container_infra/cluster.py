# SPDX-License-Identifier: Apache-2.0

"""A cluster, with what openstacksdk's lacks: resizing."""

from collections.abc import Sequence
from typing import Any

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack import utils
from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.container_infra import nodegroup as _nodegroup

#: The states in which Magnum's conductor begins a resize. In all others it
#: drops the request after the API has accepted it, and reports nothing.
RESIZABLE = (
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE',
    'RESUME_COMPLETE',
    'RESTORE_COMPLETE',
    'ROLLBACK_COMPLETE',
    'SNAPSHOT_COMPLETE',
    'CHECK_COMPLETE',
    'ADOPT_COMPLETE',
    'UPDATE_FAILED',
    'UPDATE_IN_PROGRESS',
)

_RESIZE_MICROVERSION = '1.7'
_ZERO_NODES_MICROVERSION = '1.10'


class Cluster(_cluster.Cluster):
    """A cluster which can be resized."""

    #: The UUID of the cluster. openstacksdk doesn't inherit an alternate ID.
    uuid = resource.Body('uuid', alternate_id=True)
    #: The ID of its project; older openstacksdk doesn't know it
    project_id = resource.Body('project_id')
    #: Why the cluster is in its state; openstacksdk reads "reason"
    status_reason = resource.Body('status_reason')
    #: What its driver reported last: ``HEALTHY``, ``UNHEALTHY``,
    #: ``UNKNOWN``, or None for nothing yet
    health_status = resource.Body('health_status')
    #: What its driver reported last of each of its parts, by names that are
    #: the driver's own *Type: dict*
    health_status_reason = resource.Body('health_status_reason')

    # The signature is another one: openstacksdk's has no nodegroup, and
    # fails after it has sent the request.
    def resize(
        self,
        session: adapter.Adapter,
        *,
        node_count: int,
        nodegroup: str | None = None,
        nodes_to_remove: Sequence[str] | None = None,
    ) -> str:
        """Request another number of nodes.

        :param session: The session to use for making this request.
        :param node_count: The number of nodes to resize the nodegroup to.
        :param nodegroup: The UUID or name of the nodegroup, None for the
            default worker nodegroup.
        :param nodes_to_remove: The IDs of the servers to remove.
        :returns: The UUID of the cluster.
        :raises: See :meth:`Proxy.resize_cluster`.
        """
        body: dict[str, Any] = {'node_count': node_count}
        if nodegroup is not None:
            body['nodegroup'] = nodegroup
        if nodes_to_remove:
            body['nodes_to_remove'] = list(nodes_to_remove)
        response = session.post(
            utils.urljoin(self.base_path, self.id, 'actions', 'resize'),
            json=body,
            microversion=(
                _RESIZE_MICROVERSION
                if node_count
                else _ZERO_NODES_MICROVERSION
            ),
            **faults.ONCE,
        )
        exceptions.raise_from_response(
            response, error_message=f'Failed to resize cluster {self.id}'
        )
        http.raise_unless_accepted(response)
        answer = response.json()
        uuid = answer.get('uuid') if isinstance(answer, dict) else None
        if not isinstance(uuid, str):
            raise ValueError('there is no uuid in it')
        return uuid


def label(
    cluster: _cluster.Cluster,
    nodegroup: _nodegroup.NodeGroup | None = None,
    *,
    start: bool = True,
) -> str:
    """Return such as ``Nodegroup workers of cluster dev (d0a51a71-…)``.

    :param cluster: The cluster.
    :param nodegroup: The nodegroup, None for the cluster itself.
    :param start: Whether the name starts a sentence.
    """
    found = f'cluster {cluster.name} ({cluster.id})'
    if nodegroup is not None:
        found = f'nodegroup {nodegroup.name} of {found}'
    return found[0].upper() + found[1:] if start else found
