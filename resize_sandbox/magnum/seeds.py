# SPDX-License-Identifier: Apache-2.0

"""The tenant's clusters.

They are put into the database: Magnum's API would look for their image,
flavors and networks in Glance, Nova and Neutron, which aren't here.
"""

from collections.abc import Callable
import dataclasses
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
from resize_sandbox.capi.management_cluster import API_ADDRESS
from resize_sandbox.magnum import driver

_CREATE_COMPLETE = fields.ClusterStatus.CREATE_COMPLETE
_MASTER_FLAVOR = 'kube.control-plane'
_WORKER_FLAVOR = 'kube.worker'


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


_CLUSTERS = (
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
        f'https://{API_ADDRESS["host"]}:{API_ADDRESS["port"]}',
        _begin_release,
    ),
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
        labels={},
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
