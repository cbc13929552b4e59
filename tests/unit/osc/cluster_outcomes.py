# SPDX-License-Identifier: Apache-2.0

"""Outcomes of resizes of clusters, in the tests of messages."""

from typing import Any

from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.resize_state import Snapshot

BUSY = {'status': 'UPDATE_IN_PROGRESS'}
WORKERS = {'role': 'worker'}


def group(
    node_count: int, role: str = 'master', **fields: Any
) -> _nodegroup.NodeGroup:
    return _nodegroup.NodeGroup.existing(
        **{
            'id': '456',
            'name': f'{role}s',
            'role': role,
            'node_count': node_count,
            'status': 'UPDATE_COMPLETE',
            **fields,
        }
    )


def outcome(
    before: int, after: int, argument: str = 'dev', **fields: Any
) -> Outcome:
    cluster = {'uuid': '123', 'name': 'dev', 'status': 'UPDATE_COMPLETE'}
    cluster.update(fields.pop('cluster', {}))
    nodegroup = group(before, **fields.pop('group', {}))
    return Outcome(
        argument,
        before=Snapshot(_cluster.Cluster.existing(**cluster), nodegroup),
        node_count=after,
        **{'nodegroup': nodegroup, **fields},
    )
