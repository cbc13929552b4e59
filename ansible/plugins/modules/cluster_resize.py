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
      driver.
    type: bool
    default: false
  wait:
    description: Whether to wait until the resizes have ended.
    type: bool
    default: true
  timeout:
    description: Seconds after which to stop waiting. The resizes continue.
    type: int
    default: 3600
extends_documentation_fragment:
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
"""

RETURN = r"""
resizes:
  description: The outcome of each cluster.
  returned: unless a cluster was not found, or a request for the checks failed
  type: list
  elements: dict
  contains:
    name:
      description: The cluster as it was named.
      type: str
    id:
      description: Its UUID.
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
          when another one was refused.
      type: str
"""

import time

from ansible_collections.resize.openstack.plugins.module_utils import resizes

try:
    from resize_client.sdk.container_infra import plan
    from resize_client.sdk.container_infra import request
    from resize_client.sdk.container_infra import waiting
    from resize_client.sdk.outcome import Result
except ImportError:
    # Reported by ResizeModule.
    pass


class ClusterResizeModule(resizes.ResizeModule):
    argument_spec = dict(
        name=dict(type='list', elements='str', required=True),
        nodegroup=dict(default='default-master'),
        node_count=dict(type='int', required=True),
        force=dict(type='bool', default=False),
        timeout=dict(type='int', default=3600),
    )

    def check(self):
        magnum = self.conn.container_infrastructure_management
        return [
            request.find_running(
                magnum,
                plan.plan_resize(
                    magnum,
                    name,
                    self.params['node_count'],
                    nodegroup=self.params['nodegroup'],
                    force=self.params['force'],
                ),
            )
            for name in dict.fromkeys(self.params['name'])
        ]

    def resize(self):
        magnum = self.conn.container_infrastructure_management
        outcomes = self.check()
        if any(outcome.error for outcome in outcomes):
            return outcomes
        outcomes = [request.send(magnum, outcome) for outcome in outcomes]
        if not self.params['wait']:
            return outcomes
        end = time.monotonic() + self.params['timeout']
        return [
            waiting.follow(
                magnum, outcome, timeout=max(end - time.monotonic(), 0)
            )
            if outcome.result is Result.ACCEPTED
            else outcome
            for outcome in outcomes
        ]

    def show(self, outcome):
        cluster, nodegroup = outcome.before.cluster, outcome.before.nodegroup
        return dict(
            name=outcome.argument,
            id=cluster.uuid,
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
