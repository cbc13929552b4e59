#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: loadbalancer_rebuild
short_description: Give load balancers new amphorae of their flavor
author: python-resizeclient contributors (!UNKNOWN)
version_added: 0.1.0
description:
  - Gives load balancers new amphorae of the flavor that they have, such as
    after a new amphora image. Their addresses, listeners, pools and members
    stay.
  - When one of several can't be rebuilt, none is changed.
  - A load balancer that is ACTIVE and has what a rebuild would give it is not
    changed, unless O(only_outdated=false).
  - Clouds let administrators of load balancers do that, and nobody else,
    unless they have chosen otherwise.
  - In check mode the service makes a dry run of each rebuild.
options:
  name:
    description: Names or IDs of the load balancers.
    type: list
    elements: str
    required: true
  only_outdated:
    description: Whether to leave alone the load balancers that have the image
      and the compute flavor that a rebuild would give them.
    type: bool
    default: true
extends_documentation_fragment:
  - resize.openstack.rollout
  - openstack.cloud.openstack
requirements:
  - python-resizeclient
seealso:
  - module: resize.openstack.loadbalancer_resize
"""

EXAMPLES = r"""
- name: The load balancers have the current image
  resize.openstack.loadbalancer_rebuild:
    cloud: mycloud
    name: [web, shop]
"""

RETURN = r"""
resizes:
  description: The outcome of each load balancer.
  returned: unless a request for the checks failed
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
      description: Name of its flavor, or the flavor's ID.
      type: str
    result:
      description:
        - The result, such as C(rebuilt), C(unchanged), C(refused),
          C(failed) or C(timed out).
        - C(accepted) while the rebuild is in progress.
        - C(not started) in check mode for a rebuild that is possible, else
          when another one was refused.
      type: str
    resize:
      description: The latest rebuild as the service describes it, if it was
        read.
      type: dict
"""

from ansible_collections.resize.openstack.plugins.module_utils import resizes

try:
    from resize_client.sdk.load_balancer import plan
except ImportError:
    # Reported by ResizeModule.
    pass


class LoadBalancerRebuildModule(resizes.LoadBalancerModule):
    argument_spec = dict(
        resizes.ARGUMENTS,
        only_outdated=dict(type='bool', default=True),
    )

    def check(self):
        return plan.plan_rebuilds(
            self.conn.load_balancer,
            self.params['name'],
            only_outdated=self.params['only_outdated'],
            dry_run=True,
        )

    def resize(self):
        return self.conn.load_balancer.rebuild_load_balancers(
            self.params['name'],
            only_outdated=self.params['only_outdated'],
            **self.limits,
        )

    def sizes(self, outcome):
        amphorae = getattr(outcome.preview, 'amphorae', None) or ()
        return tuple(
            [
                {
                    name: (amphora.get(name) or {}).get(which)
                    for name in ('image_id', 'compute_flavor')
                }
                for amphora in amphorae
            ]
            for which in ('from', 'to')
        )


def main():
    LoadBalancerRebuildModule()()


if __name__ == '__main__':
    main()
