# SPDX-License-Identifier: Apache-2.0

"""The health of a control plane, as far as Magnum knows it.

Magnum saves with a cluster what its driver last reported, by default every
minute. The keys of ``health_status_reason`` are the driver's own: those of
magnum-cluster-api name each node (``<node>.Ready``), those of magnum-capi-helm
what Cluster API waits for (``controlplane``).
"""

from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
from typing import Any

from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)

HEALTHY = 'HEALTHY'
UNHEALTHY = 'UNHEALTHY'
UNKNOWN = 'UNKNOWN'

_OF_NODE = '.Ready'
_CONTROL_PLANE = 'controlplane'
#: What drivers report of what is as it should be
_GOOD = ('true', 'ready', 'ok')


@dataclasses.dataclass(frozen=True)
class Health:
    """The health of a control plane, as it was last reported."""

    #: HEALTHY, UNHEALTHY or UNKNOWN; None when none was ever reported
    status: str | None = None
    #: Whether each node of the control plane, by its name, is ready; empty
    #: when the driver names no nodes
    nodes: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    #: What the driver waits for in the control plane, None for nothing
    reason: str | None = None
    #: What is wrong in the whole cluster, as the driver reports it
    problems: tuple[str, ...] = ()

    @property
    def ready(self) -> int:
        """The number of nodes that are ready."""
        return sum(self.nodes.values())

    @property
    def not_ready(self) -> tuple[str, ...]:
        """The names of the nodes that are not ready."""
        return tuple(sorted(n for n, ready in self.nodes.items() if not ready))


def names_nodes(cluster: _cluster.Cluster) -> bool:
    """Return whether a cluster's driver reports each node."""
    return any(key.endswith(_OF_NODE) for key in _reasons(cluster))


def of(cluster: _cluster.Cluster, workers: Iterable[str]) -> Health:
    """Return the health of a cluster's control plane.

    :param workers: The names of the cluster's other nodegroups. The names of
        their nodes contain them.
    """
    reasons = _reasons(cluster)
    control_plane = reasons.get(_CONTROL_PLANE)
    return Health(
        status=getattr(cluster, 'health_status', None),
        nodes={
            key.removesuffix(_OF_NODE): _is_good(value)
            for key, value in reasons.items()
            if key.endswith(_OF_NODE)
            and not any(f'-{name}-' in key for name in workers)
        },
        reason=None if _is_good(control_plane) else control_plane,
        problems=tuple(
            f'{key.removesuffix(_OF_NODE)} is not ready'
            if key.endswith(_OF_NODE)
            else f'{key}: {value}'
            for key, value in sorted(reasons.items())
            if not _is_good(value)
        ),
    )


def _reasons(cluster: _cluster.Cluster) -> Mapping[str, str]:
    # Not in each openstacksdk
    reasons: Any = getattr(cluster, 'health_status_reason', None)
    if not isinstance(reasons, dict):
        return {}
    # Lists of conditions, as magnum-capi-helm writes them
    brackets = str.maketrans('', '', "[]'")
    return {str(k): str(v).translate(brackets) for k, v in reasons.items()}


def _is_good(value: str | None) -> bool:
    return value is None or value.lower() in _GOOD
