# SPDX-License-Identifier: Apache-2.0

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
        'openstack-loadbalancer-rebuild',
        'openstack-loadbalancer-rebuild',
        'give load balancers new amphorae of their flavor',
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
