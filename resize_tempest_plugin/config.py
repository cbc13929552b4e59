# SPDX-License-Identifier: Apache-2.0

"""Options of the tests in tempest.conf."""

from oslo_config import cfg

service_available_group = cfg.OptGroup(
    name='service_available', title='Available OpenStack Services'
)
service_available_opts = [
    cfg.BoolOpt(
        'load_balancer_resize',
        default=True,
        help='Whether the load balancer service is expected to resize load '
        'balancers.',
    ),
]

#: A group of our own: that of octavia-tempest-plugin may be there too.
resize_group = cfg.OptGroup(
    name='load_balancer_resize', title='Load balancer resize options'
)
resize_opts = [
    cfg.StrOpt(
        'catalog_type',
        default='load-balancer',
        help='Catalog type of the load balancer service.',
    ),
    cfg.StrOpt(
        'region',
        default='',
        help='Region of the load balancer service; that of [identity] if '
        'empty.',
    ),
    cfg.StrOpt(
        'endpoint_type',
        default='publicURL',
        choices=[
            'public',
            'admin',
            'internal',
            'publicURL',
            'adminURL',
            'internalURL',
        ],
        help='Endpoint type of the load balancer service.',
    ),
    cfg.FloatOpt(
        'build_interval',
        default=3.0,
        help='Seconds between two polls of a load balancer.',
    ),
    cfg.FloatOpt(
        'build_timeout',
        default=900.0,
        help='Seconds that a load balancer may take to be created, resized '
        'or deleted.',
    ),
    cfg.StrOpt(
        'provider',
        default='amphora',
        help='Provider of the load balancers and flavors.',
    ),
    cfg.StrOpt(
        'vip_subnet_id',
        help='Subnet of the VIPs. If it is not set, they are in the network '
        'of the test project.',
    ),
    cfg.StrOpt(
        'compute_flavor',
        help='Compute flavor (ID) of the amphorae before a resize; '
        "Octavia's default if it is not set.",
    ),
    cfg.StrOpt(
        'new_compute_flavor',
        help='Compute flavor (ID) of the amphorae after a resize; Octavia\'s '
        'default if it is not set.',
    ),
    cfg.StrOpt(
        'slow_compute_flavor',
        help='Compute flavor (ID) whose servers take several seconds to '
        'boot, as all do with a real hypervisor. Without it no resize is '
        'cancelled while it runs.',
    ),
    cfg.StrOpt(
        'failing_compute_flavor',
        help='Compute flavor (ID) that exists and whose servers never start, '
        'such as one that no host has room for. Without it no resize is '
        'made to fail.',
    ),
]
