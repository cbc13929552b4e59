# SPDX-License-Identifier: Apache-2.0

"""Names that several of the stand-ins, and the seeds, use."""

from collections.abc import Mapping
import hashlib
from typing import Any

IMAGE_ID = '9f3f6ad0-51f4-4ad3-8c1e-1d0fa2b6d1a4'
IMAGE_NAME = 'ubuntu-kube'
IMAGE_DISTRO = 'ubuntu'
#: Of the clusters whose driver is magnum-cluster-api
CLUSTER_API_DISTRO = 'debian'
#: Where magnum-cluster-api has its objects
CLUSTER_API_NAMESPACE = 'magnum-system'
KUBE_VERSION = 'v1.34.1'
EXTERNAL_NETWORK_ID = '3c6f5b1e-7c5d-4a39-9d0f-6f0a4b8d2e71'
VOLUME_TYPE_ID = 'b7c7f3a5-2b63-4c3f-93cf-4e3d2d0c5a16'
SERVER_GROUP_ID = '1b0f7d52-8a3e-4c0e-b3a8-3c1c1f0e9d77'
MASTER_FLAVOR = 'kube.control-plane'
WORKER_FLAVOR = 'kube.worker'
API_ADDRESS = {'host': '203.0.113.50', 'port': 6443}

#: Group and version, and plural, by kind
_KINDS: Mapping[str, tuple[str, str]] = {
    'Cluster': ('cluster.x-k8s.io/v1beta1', 'clusters'),
    'OpenStackCluster': (
        'infrastructure.cluster.x-k8s.io/v1beta1',
        'openstackclusters',
    ),
    'OpenStackMachine': (
        'infrastructure.cluster.x-k8s.io/v1beta1',
        'openstackmachines',
    ),
    'KubeadmControlPlane': (
        'controlplane.cluster.x-k8s.io/v1beta1',
        'kubeadmcontrolplanes',
    ),
    'Machine': ('cluster.x-k8s.io/v1beta1', 'machines'),
    'MachineDeployment': ('cluster.x-k8s.io/v1beta1', 'machinedeployments'),
}


def api_version(kind: str) -> str:
    """Return the group and version of a kind of objects."""
    return _KINDS[kind][0]


def kind_path(namespace: str, kind: str) -> str:
    """Return the path in the API of all objects of a kind."""
    version, plural = _KINDS[kind]
    return f'/apis/{version}/namespaces/{namespace}/{plural}'


def path(namespace: str, kind: str, name: str) -> str:
    """Return the path in the API of an object."""
    return f'{kind_path(namespace, kind)}/{name}'


def path_of(made: Mapping[str, Any]) -> str:
    """Return the path in the API of an object that is to be stored."""
    metadata = made['metadata']
    return path(metadata['namespace'], made['kind'], metadata['name'])


def suffix(text: str) -> str:
    """Return five characters, as Kubernetes puts behind names."""
    return hashlib.sha256(text.encode()).hexdigest()[:5]
