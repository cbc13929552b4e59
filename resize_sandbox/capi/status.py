# SPDX-License-Identifier: Apache-2.0

"""What the controllers of Cluster API write into the status of objects."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from resize_sandbox.capi import names
from resize_sandbox.capi.machines import Fault
from resize_sandbox.capi.machines import Machine

Object = dict[str, Any]


def of_control_plane(machines: Sequence[Machine], wanted: int) -> Object:
    """Return the status of a KubeadmControlPlane."""
    ready = _ready(machines)
    is_settled = _is_settled(machines, wanted)
    works = not any(machine.fault is Fault.FAIL for machine in machines)
    return {
        'initialized': True,
        'ready': ready > 0,
        'replicas': len(machines),
        'readyReplicas': ready,
        'unavailableReplicas': len(machines) - ready,
        'updatedReplicas': len(machines),
        'conditions': _conditions(
            Ready=is_settled and works,
            Available=ready > len(machines) // 2,
            Resized=is_settled,
            MachinesReady=ready == len(machines) == wanted,
            EtcdClusterHealthy=works,
            ControlPlaneComponentsHealthy=works,
        ),
    }


def of_deployment(machines: Sequence[Machine], wanted: int) -> Object:
    """Return the status of a MachineDeployment."""
    is_settled = _is_settled(machines, wanted)
    scaling = 'ScalingUp' if wanted > len(machines) else 'ScalingDown'
    return {
        'phase': 'Running' if is_settled else scaling,
        'replicas': len(machines),
        'readyReplicas': _ready(machines),
        'conditions': _conditions(Ready=is_settled, Available=is_settled),
    }


def of_cluster(control_plane: Object | None) -> Object:
    """Return the status of a Cluster with a control plane."""
    is_ready = control_plane is None or any(
        condition['type'] == 'Ready' and condition['status'] == 'True'
        for condition in control_plane['status']['conditions']
    )
    return {
        'phase': 'Provisioned',
        'conditions': _conditions(
            Ready=is_ready,
            ControlPlaneReady=is_ready,
            InfrastructureReady=True,
        ),
    }


def _of_machine(owner: Mapping[str, Any], machine: Machine) -> Object:
    labels = owner['metadata']['labels']
    return {
        'apiVersion': names.api_version('Machine'),
        'kind': 'Machine',
        'metadata': _metadata(owner, machine),
        'spec': {
            'clusterName': labels.get('cluster.x-k8s.io/cluster-name', ''),
            'bootstrap': {},
            'infrastructureRef': {
                'kind': 'OpenStackMachine',
                'name': machine.name,
            },
            'providerID': f'openstack:///{machine.name}',
        },
        'status': {
            'conditions': _conditions(
                Ready=machine.is_ready, NodeHealthy=machine.is_ready
            )
        },
    }


def _of_openstack_machine(
    owner: Mapping[str, Any], machine: Machine
) -> Object:
    return {
        'apiVersion': names.api_version('OpenStackMachine'),
        'kind': 'OpenStackMachine',
        'metadata': _metadata(owner, machine),
        'spec': {
            'image': {'id': names.IMAGE_ID},
            'flavor': names.WORKER_FLAVOR,
        },
    }


#: What stands for each machine, by its plural in the API
OF_MACHINES: Mapping[str, Callable[[Mapping[str, Any], Machine], Object]] = {
    'machines': _of_machine,
    'openstackmachines': _of_openstack_machine,
}


def _metadata(owner: Mapping[str, Any], machine: Machine) -> Object:
    return {**owner['metadata'], 'name': machine.name}


def _ready(machines: Sequence[Machine]) -> int:
    return sum(machine.is_ready for machine in machines)


def _is_settled(machines: Sequence[Machine], wanted: int) -> bool:
    return _ready(machines) == len(machines) == wanted and not any(
        machine.is_leaving for machine in machines
    )


def _conditions(**are_true: bool) -> Sequence[Mapping[str, str]]:
    return [
        {
            'type': name,
            'status': 'True' if is_true else 'False',
            'reason': '' if is_true else 'Waiting',
            'message': '',
            'lastTransitionTime': '2026-01-01T00:00:00Z',
        }
        for name, is_true in are_true.items()
    ]
