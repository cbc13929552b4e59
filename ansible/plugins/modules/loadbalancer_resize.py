#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: loadbalancer_resize
short_description: Change the flavor of load balancers in place
author: python-resizeclient contributors (!UNKNOWN)
version_added: 0.1.0
description:
  - Changes the Octavia flavor of load balancers. Their addresses, listeners,
    pools and members stay.
  - When one of several can't be resized, none is changed.
  - A load balancer that already has the flavor is not changed. When a resize
    to the flavor is in progress, the module waits for its end, and requests no
    other one.
  - In check mode the service makes a dry run of each resize.
options:
  name:
    description: Names or IDs of the load balancers.
    type: list
    elements: str
    required: true
  flavor:
    description: Name or ID of the flavor to change to.
    type: str
    required: true
extends_documentation_fragment:
  - resize.openstack.rollout
  - openstack.cloud.openstack
requirements:
  - python-resizeclient
seealso:
  - module: openstack.cloud.loadbalancer
"""

EXAMPLES = r"""
- name: The load balancer has its flavor
  resize.openstack.loadbalancer_resize:
    cloud: mycloud
    name: web
    flavor: large

- name: Resize several without waiting
  resize.openstack.loadbalancer_resize:
    cloud: mycloud
    name: [web, shop]
    flavor: large
    wait: false

- name: Resize one, then the others three at a time
  resize.openstack.loadbalancer_resize:
    cloud: mycloud
    name: "{{ load_balancers }}"
    flavor: large
    canary: 1
    max_in_progress: 3
"""

RETURN = r"""
resizes:
  description: The outcome of each load balancer.
  returned: unless the flavor was not found, or a request for the checks failed
  type: list
  elements: dict
  contains:
    name:
      description: The load balancer as it was named.
      type: str
    id:
      description: Its ID, empty when it was not found.
      type: str
    provisioning_status:
      description: Its status as it was seen last.
      type: str
    previous_flavor:
      description: Name of the flavor before, or its ID.
      type: str
    new_flavor:
      description: Name of the flavor to change to.
      type: str
    result:
      description:
        - The result, such as C(resized), C(unchanged), C(refused),
          C(failed) or C(timed out).
        - C(accepted) while the resize is in progress.
        - C(not started) in check mode for a resize that is possible, else when
          another one was refused.
      type: str
    resize:
      description: The latest resize as the service describes it, if it was
        read.
      type: dict
"""

from ansible_collections.resize.openstack.plugins.module_utils import resizes

try:
    from resize_client.sdk.load_balancer import plan
except ImportError:
    # Reported by ResizeModule.
    pass


class LoadBalancerResizeModule(resizes.LoadBalancerModule):
    argument_spec = dict(resizes.ARGUMENTS, flavor=dict(required=True))

    def check(self):
        return plan.plan_resizes(
            self.conn.load_balancer,
            self.params['name'],
            self.params['flavor'],
            dry_run=True,
        )

    def resize(self):
        return self.conn.load_balancer.resize_load_balancers(
            self.params['name'], self.params['flavor'], **self.limits
        )

    def show(self, outcome):
        return dict(super().show(outcome), new_flavor=outcome.new_flavor)

    def sizes(self, outcome):
        return outcome.previous_flavor, outcome.new_flavor


def main():
    LoadBalancerResizeModule()()


if __name__ == '__main__':
    main()
