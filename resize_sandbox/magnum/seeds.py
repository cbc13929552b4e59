# SPDX-License-Identifier: Apache-2.0

"""The tenant's clusters.

They are inserted into the database: Magnum's API would request their image,
flavors and networks from Glance, Nova and Neutron, which do not run here.
"""

from collections.abc import Callable
from collections.abc import Mapping
import dataclasses
import importlib.util
from typing import Any

from magnum import objects
from magnum.common import context as magnum_context
from magnum.common import short_id
from magnum.objects import fields
from magnum_capi_helm import driver_utils
from magnum_capi_helm import helm
from magnum_capi_helm.conf import CONF
from oslo_utils import uuidutils

from resize_sandbox.capi import names
from resize_sandbox.magnum import driver

_CREATE_COMPLETE = fields.ClusterStatus.CREATE_COMPLETE
_MASTER_FLAVOR = names.MASTER_FLAVOR
_WORKER_FLAVOR = names.WORKER_FLAVOR


@dataclasses.dataclass(frozen=True)
class Owner:
    """The user and the project that the clusters belong to."""

    user_id: str
    project_id: str


@dataclasses.dataclass(frozen=True)
class _Cluster:
    name: str
    #: Chooses the driver.
    distro: str
    api_address: str
    #: Begins to keep the nodes of its nodegroups.
    begin: Callable[[objects.Cluster], None]
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)


def _begin_pretended(cluster: objects.Cluster) -> None:
    orchestrator = driver.get_orchestrator()
    for nodegroup in cluster.nodegroups:
        orchestrator.scale(nodegroup.uuid, nodegroup.node_count, at_once=True)


def _begin_release(cluster: objects.Cluster) -> None:
    """Install the release that magnum-capi-helm upgrades at a resize."""
    helm.Client().install_or_upgrade(
        driver_utils.chart_release_name(cluster),
        CONF.capi_helm.helm_chart_name,
        {
            'kubernetesVersion': names.KUBE_VERSION.lstrip('v'),
            'controlPlane': {'machineCount': cluster.master_count},
            'nodeGroups': [
                {
                    'name': driver_utils.sanitized_name(nodegroup.name),
                    'machineCount': nodegroup.node_count,
                }
                for nodegroup in cluster.nodegroups
                if nodegroup.role != 'master'
            ],
        },
        namespace=driver_utils.cluster_namespace(cluster),
    )


def _begin_topology(cluster: objects.Cluster) -> None:
    """Apply the Cluster that magnum-cluster-api changes at a resize."""
    from magnum_cluster_api import clients
    from magnum_cluster_api import objects as capi_objects
    from magnum_cluster_api import utils

    made = {
        'apiVersion': names.api_version('Cluster'),
        'kind': 'Cluster',
        'metadata': {
            'name': cluster.stack_id,
            'namespace': names.CLUSTER_API_NAMESPACE,
            'labels': {},
        },
        'spec': {
            'topology': {
                'version': names.KUBE_VERSION,
                'controlPlane': {'replicas': cluster.master_count},
                'workers': {
                    'machineDeployments': [
                        _machine_deployment(nodegroup)
                        for nodegroup in cluster.nodegroups
                        if nodegroup.role != 'master'
                    ]
                },
            }
        },
    }
    utils.kube_apply_patch(
        capi_objects.Cluster(clients.get_pykube_api(), made)
    )


def _machine_deployment(nodegroup: objects.NodeGroup) -> dict[str, Any]:
    return {
        'class': 'default-worker',
        'name': nodegroup.name,
        'metadata': {'annotations': {}, 'labels': {}},
        'replicas': nodegroup.node_count,
        'variables': {
            'overrides': [
                {'name': 'flavor', 'value': nodegroup.flavor_id},
                {'name': 'imageUUID', 'value': nodegroup.image_id},
            ]
        },
    }


_CLUSTERS = [
    _Cluster(
        'dev',
        driver.CLUSTER_DISTRO,
        'https://203.0.113.30:6443',
        _begin_pretended,
    ),
    _Cluster(
        'legacy',
        driver.LEGACY_CLUSTER_DISTRO,
        'https://203.0.113.40:6443',
        _begin_pretended,
    ),
    _Cluster(
        'prod',
        names.IMAGE_DISTRO,
        f'https://{names.API_ADDRESS["host"]}:{names.API_ADDRESS["port"]}',
        _begin_release,
    ),
]
if importlib.util.find_spec('magnum_cluster_api') is not None:
    _CLUSTERS.append(
        _Cluster(
            'alt',
            names.CLUSTER_API_DISTRO,
            'https://203.0.113.60:6443',
            _begin_topology,
            # magnum-cluster-api reads the health of no cluster without it.
            {'kube_tag': names.KUBE_VERSION},
        )
    )


def seed(owner: Owner) -> None:
    """Create the cluster templates, clusters and nodegroups, if missing.

    :param owner: whom they belong to.
    """
    context = magnum_context.make_admin_context(all_tenants=True)
    existing = {
        cluster.name
        for cluster in objects.Cluster.list(
            context, filters={'project_id': owner.project_id}
        )
    }
    for cluster in _CLUSTERS:
        if cluster.name not in existing:
            _create(context, cluster, owner)


def _create(context: Any, seeded: _Cluster, owner: Owner) -> None:
    ownership = dataclasses.asdict(owner)
    template = objects.ClusterTemplate(
        context,
        **ownership,
        uuid=uuidutils.generate_uuid(),
        name=f'{seeded.name}-template',
        coe='kubernetes',
        server_type='vm',
        cluster_distro=seeded.distro,
        image_id=names.IMAGE_ID,
        flavor_id=_WORKER_FLAVOR,
        master_flavor_id=_MASTER_FLAVOR,
        external_network_id=names.EXTERNAL_NETWORK_ID,
        network_driver='calico',
        master_lb_enabled=True,
        labels={},
    )
    template.create()
    cluster = objects.Cluster(
        context,
        **ownership,
        uuid=uuidutils.generate_uuid(),
        name=seeded.name,
        cluster_template_id=template.uuid,
        # What magnum-capi-helm calls its release
        stack_id=f'{seeded.name}-{short_id.generate_id()}'.lower(),
        api_address=seeded.api_address,
        coe_version=names.KUBE_VERSION,
        create_timeout=60,
        flavor_id=_WORKER_FLAVOR,
        master_flavor_id=_MASTER_FLAVOR,
        master_lb_enabled=True,
        floating_ip_enabled=False,
        labels=dict(seeded.labels),
        status=_CREATE_COMPLETE,
        status_reason=None,
    )
    for role, flavor, node_count, min_node_count in (
        ('master', _MASTER_FLAVOR, 1, 1),
        ('worker', _WORKER_FLAVOR, 2, 0),
    ):
        nodegroup = objects.NodeGroup(
            context,
            uuid=uuidutils.generate_uuid(),
            name=f'default-{role}',
            cluster_id=cluster.uuid,
            project_id=owner.project_id,
            role=role,
            is_default=True,
            flavor_id=flavor,
            image_id=template.image_id,
            node_count=node_count,
            min_node_count=min_node_count,
            labels={},
            status=_CREATE_COMPLETE,
        )
        nodegroup.create()
    seeded.begin(cluster)
    # Last, so that what was begun without it is begun again.
    cluster.create()
