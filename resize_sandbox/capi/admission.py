# SPDX-License-Identifier: Apache-2.0

"""What the admission webhooks of Cluster API refuse."""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from resize_sandbox.magnum.orchestrator import MAX_NODES


class Denied(Exception):
    """An admission webhook doesn't take an object; the text says why."""


def check(applied: Mapping[str, Any]) -> None:
    """Check an object.

    :raises Denied: when it isn't one that there may be.
    """
    for field, replicas, is_control_plane in _replicas(applied):
        webhook = None
        if replicas > MAX_NODES:
            webhook, why = 'limits', f'no more than {MAX_NODES} are allowed'
        elif is_control_plane and replicas < 1:
            webhook, why = 'control-planes', 'cannot be 0'
        elif is_control_plane and replicas % 2 == 0:
            webhook = 'control-planes'
            why = 'cannot be an even number when etcd is stacked'
        if webhook:
            raise Denied(
                f'admission webhook "{webhook}.sandbox.example" denied the '
                f'request: {field}: Forbidden: {replicas}: {why}'
            )


def _replicas(applied: Mapping[str, Any]) -> Iterator[tuple[str, int, bool]]:
    spec = applied.get('spec') or {}
    if 'replicas' in spec:
        is_control_plane = applied.get('kind') == 'KubeadmControlPlane'
        yield 'spec.replicas', spec['replicas'], is_control_plane
    topology = spec.get('topology') or {}
    if topology:
        field = 'spec.topology.controlPlane.replicas'
        yield field, topology['controlPlane']['replicas'], True
        for group in topology['workers']['machineDeployments']:
            field = f'spec.topology.workers[{group["name"]}].replicas'
            yield field, group['replicas'], False
