# SPDX-License-Identifier: Apache-2.0

"""Octavia's configuration."""

import uuid

from resize_sandbox import config
from resize_sandbox.deployment import Deployment
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.octavia import certificates
from resize_sandbox.octavia import options

NAME = 'octavia'


def write(
    deployment: Deployment, others: config.Sections | None = None
) -> None:
    """Write Octavia's configuration file and certificates.

    :param others: sections to add.
    """
    state = deployment.state
    directory = state.etc / 'octavia'
    passphrase = state.secret('octavia CA key')
    ca_certificate = directory / 'ca.pem'
    ca_key = directory / 'ca.key'
    if not ca_certificate.exists():
        certificate, key = certificates.create_ca(passphrase)
        state.write(ca_key, key)
        state.write(ca_certificate, certificate)

    service_auth = keystone_config.service_auth(deployment, NAME)
    sections: config.Sections = {
        'DEFAULT': {
            'host': 'sandbox',
            'transport_url': deployment.transport_url,
            'use_stderr': True,
        },
        options.GROUP: {
            'cloud_database': state.data / 'cloud.db',
            'holds': state.holds,
            'octavia': deployment.options.octavia,
        },
        'api_settings': {
            'api_base_uri': deployment.url(NAME),
            'enabled_provider_drivers': (
                'amphora: The Octavia Amphora driver.',
                'amphorav2: Alias of the amphora driver.',
                'octavia: Alias of the amphora driver.',
                'noop_driver: A driver that does nothing.',
            ),
        },
        'database': {
            'connection': deployment.database_url(NAME),
        },
        # Without their type, services refuse whoever has access rules.
        'keystone_authtoken': service_auth | {'service_type': 'load-balancer'},
        'service_auth': service_auth,
        'certificates': {
            'cert_generator': 'local_cert_generator',
            'cert_manager': (
                'barbican_cert_manager'
                if deployment.options.barbican
                else 'noop_cert_manager'
            ),
            'ca_certificate': ca_certificate,
            'ca_private_key': ca_key,
            'ca_private_key_passphrase': passphrase,
            'server_certs_key_passphrase': state.secret(
                'octavia server certificates'
            ),
        },
        'controller_worker': {
            'amphora_driver': 'amphora_noop_driver',
            'compute_driver': 'compute_resize_sandbox_driver',
            'network_driver': 'network_resize_sandbox_driver',
            'image_driver': 'image_noop_driver',
            'volume_driver': 'volume_noop_driver',
            'client_ca': ca_certificate,
            'amp_boot_network_list': str(
                uuid.uuid5(uuid.NAMESPACE_DNS, 'lb-mgmt-net')
            ),
            'amp_flavor_id': 'sandbox.default',
            'amp_image_tag': 'amphora',
            'loadbalancer_topology': 'SINGLE',
            # How soon a server's start is noticed.
            'amp_active_wait_sec': 1,
            # Longer than anybody holds one back
            'amp_active_retries': 600,
        },
        'health_manager': {
            'heartbeat_key': state.secret('octavia heartbeats'),
        },
        'oslo_concurrency': {
            'lock_path': state.run / 'locks',
        },
        'oslo_policy': {
            'policy_file': state.etc / 'octavia-policy.yaml',
        },
        'driver_agent': {
            'status_socket_path': state.run / 'status.sock',
            'stats_socket_path': state.run / 'stats.sock',
            'get_socket_path': state.run / 'get.sock',
        },
    }
    if deployment.options.traffic:
        # Imported late: without traffic nobody needs it.
        from resize_sandbox.dataplane import config as dataplane

        others = {**dataplane.sections(deployment), **(others or {})}
    for name, values in (others or {}).items():
        sections = {**sections, name: {**sections.get(name, {}), **values}}
    state.write(state.config_file(NAME), config.render(sections))
