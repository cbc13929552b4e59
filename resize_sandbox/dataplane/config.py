# SPDX-License-Identifier: Apache-2.0
"""What Octavia's configuration has for amphorae that carry traffic."""

from pathlib import Path

from resize_sandbox import config
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.deployment import Deployment
from resize_sandbox.octavia import certificates
from resize_sandbox.octavia import options
from resize_sandbox.state import StateDirectory

#: What a TLS listener names as its certificate.
CERTIFICATE = 'sandbox'
#: The host name that it is for.
HOST = f'{CERTIFICATE}.example'

_HEARTBEAT_PORT = 5555


def sections(deployment: Deployment) -> config.Sections:
    """Return the sections that differ from those of a sandbox without.

    The certificate authority must be there. What it signs is made if it is
    missing.
    """
    state = deployment.state
    fabric = fabrics.find(directory_of(state))
    controller = fabric.names.controller
    own = _directory(state)
    if not (own / 'client.pem').exists():
        _write_certificates(state, own)
    return {
        options.GROUP: {
            'dataplane_directory': directory_of(state),
            'boot_seconds': str(deployment.options.boot_seconds),
            'delete_seconds': str(deployment.options.delete_seconds),
        },
        'certificates': {
            'cert_manager': 'local_cert_manager',
            'storage_path': own / 'certificates',
        },
        'controller_worker': {
            'amphora_driver': 'amphora_haproxy_rest_driver',
            'compute_driver': 'compute_resize_dataplane_driver',
            'network_driver': fabric.network_driver,
            'amphora_delete_retry_interval': 1,
        },
        'health_manager': {
            'bind_ip': controller,
            'controller_ip_port_list': f'{controller}:{_HEARTBEAT_PORT}',
            'bind_port': _HEARTBEAT_PORT,
            'heartbeat_interval': 3,
            'heartbeat_timeout': 20,
        },
        'haproxy_amphora': {
            'client_cert': own / 'client.pem',
            'server_ca': authority(state),
            'connection_max_retries': 240,
            'connection_retry_interval': 1,
            'active_connection_retry_interval': 1,
            'build_retry_interval': 1,
            'rest_request_conn_timeout': 3,
            # The amphora's, which limits the connections of all listeners.
            'haproxy_cmd': '/usr/local/sbin/haproxy',
        },
    }


def _directory(state: StateDirectory) -> Path:
    return state.etc / 'octavia'


def authority(state: StateDirectory) -> Path:
    """Return the certificate of the authority that has signed all others."""
    return _directory(state) / 'ca.pem'


def _write_certificates(state: StateDirectory, own: Path) -> None:
    """Write Octavia's own certificate, and one for TLS listeners."""

    def create(name: str) -> tuple[bytes, bytes]:
        return certificates.create_certificate(
            name,
            authority(state).read_bytes(),
            (own / 'ca.key').read_bytes(),
            state.secret('octavia CA key'),
        )

    certificate, key = create(HOST)
    state.write(own / 'certificates' / f'{CERTIFICATE}.crt', certificate)
    state.write(own / 'certificates' / f'{CERTIFICATE}.key', key)
    state.write(own / 'client.pem', b''.join(create('controller')))
