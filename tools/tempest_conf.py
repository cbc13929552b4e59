# SPDX-License-Identifier: Apache-2.0

"""Print a tempest.conf for a sandbox.

Usage: tempest_conf.py <clouds.yaml> <directory of tempest's own files>
"""

import configparser
import sys
import uuid

import yaml

from resize_sandbox import clouds

_INTERVALS = ('check_interval', 'build_interval', 'lb_build_interval')
_TIMEOUTS = ('check_timeout', 'build_timeout', 'lb_build_timeout')


def main(clouds_yaml: str, directory: str) -> None:
    with open(clouds_yaml) as file:
        cloud = yaml.safe_load(file)['clouds'][clouds.ADMIN_CLOUD]
    auth = cloud['auth']
    tempest_conf = configparser.RawConfigParser()
    tempest_conf.read_dict(
        {
            'DEFAULT': {'log_dir': directory, 'log_file': 'tempest.log'},
            'oslo_concurrency': {'lock_path': directory},
            # Tempest creates projects and users, as in any cloud.
            'auth': {
                'admin_username': auth['username'],
                'admin_password': auth['password'],
                'admin_project_name': auth['project_name'],
                'admin_domain_name': auth['user_domain_name'],
                'create_isolated_networks': 'false',
            },
            'identity': {
                'uri_v3': auth['auth_url'],
                'region': cloud['region_name'],
            },
            'service_available': {
                'cinder': 'false',
                'glance': 'false',
                'neutron': 'false',
                'nova': 'false',
                'swift': 'false',
            },
            # Of octavia-tempest-plugin
            'network': {'project_networks_reachable': 'true'},
            'load_balancer': {
                'test_with_noop': 'true',
                'provider': 'amphora',
                'availability_zone': 'nova',
                'RBAC_test_type': 'advanced',
                **dict.fromkeys(_INTERVALS, '0.1'),
                # On a machine that is busy with other things, too
                **dict.fromkeys(_TIMEOUTS, '900'),
                'log_user_roles': 'false',
            },
            'load_balancer_resize': {
                'build_interval': '0.3',
                'build_timeout': '60',
                # Any will do: there is no network service.
                'vip_subnet_id': str(uuid.uuid4()),
                'compute_flavor': 'sandbox.small',
                'new_compute_flavor': 'sandbox.large',
                'slow_compute_flavor': 'sandbox.slow',
                'failing_compute_flavor': 'sandbox.broken',
            },
        }
    )
    tempest_conf.write(sys.stdout)


if __name__ == '__main__':
    main(*sys.argv[1:])
