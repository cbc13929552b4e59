# SPDX-License-Identifier: Apache-2.0

"""The nodegroups of a cluster, which openstacksdk doesn't know."""

from openstack import resource


class NodeGroup(resource.Resource):
    """A group of nodes of a cluster that are alike."""

    resources_key = 'nodegroups'
    base_path = '/clusters/%(cluster_id)s/nodegroups'

    # capabilities
    allow_fetch = True
    allow_list = True

    _query_mapping = resource.QueryParameters('role')

    # Properties
    #: The UUID of the nodegroup. Magnum's own "id" is a number.
    id = resource.Body('uuid', alternate_id=True)
    #: The UUID of the cluster that it belongs to
    cluster_id = resource.URI('cluster_id')
    #: The name, unique within the cluster
    name = resource.Body('name')
    #: The role of its nodes: ``master`` for the control plane, ``worker`` or
    #: a name of the user's own
    role = resource.Body('role')
    #: Whether it was created together with the cluster *Type: bool*
    is_default = resource.Body('is_default', type=bool)
    #: The number of nodes it has, or is being resized to *Type: int*
    node_count = resource.Body('node_count', type=int)
    #: The fewest nodes that it may have; not for a control plane *Type: int*
    min_node_count = resource.Body('min_node_count', type=int)
    #: The most nodes that it may have, None or 0 for no limit *Type: int*
    max_node_count = resource.Body('max_node_count', type=int)
    #: The flavor of its servers
    flavor_id = resource.Body('flavor_id')
    #: The image of its servers
    image_id = resource.Body('image_id')
    #: The addresses of its nodes *Type: list*
    node_addresses = resource.Body('node_addresses', type=list)
    #: The ID of its project
    project_id = resource.Body('project_id')
    #: The state, such as ``UPDATE_IN_PROGRESS``
    status = resource.Body('status')
    #: Why it is in that state
    status_reason = resource.Body('status_reason')
    #: When it was created, in UTC
    created_at = resource.Body('created_at')
    #: When it was last changed, in UTC, None for never
    updated_at = resource.Body('updated_at')

    @property
    def is_control_plane(self) -> bool:
        """Whether its nodes are the cluster's control plane."""
        return bool(self.role == 'master')


def count_nodes(node_count: int) -> str:
    """Return such as ``1 node`` or ``3 nodes``."""
    return '1 node' if node_count == 1 else f'{node_count} nodes'
