#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: cluster_resize
short_description: Change the number of nodes of clusters in place
author: python-resizeclient contributors (!UNKNOWN)
version_added: 0.1.0
description:
  - Changes the number of nodes of a nodegroup of Magnum clusters, such as the
    control plane.
  - When one of several can't be resized as far as can be checked before, none
    is changed.
  - A nodegroup that already has the number is not changed. When a resize to
    that number is in progress, the module waits for its end, and requests no
    other one.
  - Each cluster is checked once more when its turn comes.
  - In check mode only the checks are made that need no request for a resize.
    Magnum checks only during a resize whether the driver of a cluster can
    resize a control plane.
options:
  name:
    description: Names or UUIDs of the clusters.
    type: list
    elements: str
    required: true
  nodegroup:
    description: Name or UUID of the nodegroup.
    type: str
    default: default-master
  node_count:
    description: Number of nodes to resize to. For a control plane an odd one.
    type: int
    required: true
  force:
    description: Whether to leave an even size of a control plane to the
      driver, and to make one smaller that isn't healthy.
    type: bool
    default: false
extends_documentation_fragment:
  - resize.openstack.rollout
  - openstack.cloud.openstack
requirements:
  - python-resizeclient
seealso:
  - module: openstack.cloud.coe_cluster
"""

EXAMPLES = r"""
- name: The control plane has three nodes
  resize.openstack.cluster_resize:
    cloud: mycloud
    name: dev
    node_count: 3

- name: One control plane gets three nodes, then the others two at a time
  resize.openstack.cluster_resize:
    cloud: mycloud
    name: "{{ clusters }}"
    node_count: 3
    canary: 1
    max_in_progress: 2
"""

RETURN = r"""
resizes:
  description: The outcome of each cluster.
  returned: unless a request for the checks failed
  type: list
  elements: dict
  contains:
    name:
      description: The cluster as it was named.
      type: str
    id:
      description: Its UUID, empty when it was not found.
      type: str
    nodegroup:
      description: Name of the nodegroup.
      type: str
    status:
      description: Status of the nodegroup as it was seen last.
      type: str
    previous_node_count:
      description: Number of nodes before.
      type: int
    new_node_count:
      description: Number of nodes to resize to.
      type: int
    result:
      description:
        - The result, such as C(resized), C(unchanged), C(refused),
          C(failed) or C(timed out).
        - C(accepted) while the resize is in progress.
        - C(not started) in check mode for a resize that seems possible, else
          when another one was refused, or has failed before.
      type: str
"""

from ansible_collections.resize.openstack.plugins.module_utils import resizes

try:
    from resize_client.sdk.container_infra import plan
    from resize_client.sdk.container_infra import request
except ImportError:
    # Reported by ResizeModule.
    pass


class ClusterResizeModule(resizes.ResizeModule):
    argument_spec = dict(
        resizes.ARGUMENTS,
        nodegroup=dict(default='default-master'),
        node_count=dict(type='int', required=True),
        force=dict(type='bool', default=False),
    )

    def check(self):
        magnum = self.conn.container_infrastructure_management
        planned = plan.plan_resizes(magnum, *self.wanted, **self.options)
        return [request.find_running(magnum, outcome) for outcome in planned]

    def resize(self):
        return self.conn.container_infrastructure_management.resize_clusters(
            *self.wanted, **self.options, **self.limits
        )

    @property
    def wanted(self):
        return self.params['name'], self.params['node_count']

    @property
    def options(self):
        return dict(
            nodegroup=self.params['nodegroup'], force=self.params['force']
        )

    def show(self, outcome):
        nodegroup = outcome.before.nodegroup
        return dict(
            name=outcome.argument,
            id=outcome.id,
            nodegroup=nodegroup.name,
            status=outcome.nodegroup.status,
            previous_node_count=nodegroup.node_count,
            new_node_count=outcome.node_count,
            result=str(outcome.result),
        )

    def sizes(self, outcome):
        return outcome.before.nodegroup.node_count, outcome.node_count


def main():
    ClusterResizeModule()()


if __name__ == '__main__':
    main()
