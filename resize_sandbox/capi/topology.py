# SPDX-License-Identifier: Apache-2.0

"""What the topology controller makes of a cluster that names a class.

magnum-cluster-api changes nothing but the topology of a Cluster;
magnum-capi-helm's chart has the other objects itself.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from resize_sandbox.capi import names

CLUSTER_LABEL = 'cluster.x-k8s.io/cluster-name'
_GROUP_LABEL = 'topology.cluster.x-k8s.io/deployment-name'


def control_plane_path(cluster: Mapping[str, Any]) -> str:
    """Return the path in the API of the control plane of a cluster."""
    if 'controlPlaneRef' in cluster['spec']:
        return str(cluster['spec']['controlPlaneRef']['path'])
    metadata = cluster['metadata']
    return names.path(
        metadata['namespace'],
        'KubeadmControlPlane',
        _control_plane_name(metadata['name']),
    )


def _control_plane_name(cluster: str) -> str:
    return f'{cluster}-{names.suffix(cluster)}'


def make(cluster: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the objects that a cluster with a topology consists of."""
    topology = (cluster.get('spec') or {}).get('topology')
    if not topology:
        return
    name, namespace = (
        cluster['metadata'][key] for key in ('name', 'namespace')
    )

    def made(
        kind: str, name_: str, spec: Mapping[str, Any], **labels: str
    ) -> Mapping[str, Any]:
        return {
            'apiVersion': names.api_version(kind),
            'kind': kind,
            'metadata': {
                'name': name_,
                'namespace': namespace,
                'labels': {CLUSTER_LABEL: name, **labels},
            },
            'spec': spec,
        }

    yield made('OpenStackCluster', name, {})
    yield made(
        'KubeadmControlPlane',
        _control_plane_name(name),
        {
            'replicas': topology['controlPlane']['replicas'],
            'version': topology['version'],
            'kubeadmConfigSpec': {},
            'machineTemplate': {'infrastructureRef': {}},
        },
    )
    for group in topology['workers']['machineDeployments']:
        yield made(
            'MachineDeployment',
            f'{name}-{group["name"]}-{names.suffix(group["name"])}',
            {
                'replicas': group['replicas'],
                'template': {'metadata': group['metadata']},
            },
            **{_GROUP_LABEL: group['name']},
        )
