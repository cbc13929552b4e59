# SPDX-License-Identifier: Apache-2.0

"""The table of the contributor guide, row by row."""

import csv
from pathlib import Path

from openstack.container_infrastructure_management.v1 import (
    cluster as _cluster,
)
import testtools

from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State

_TABLE = Path(__file__).parents[4] / 'doc/source/contributor/resize-states.csv'
_AS_BEFORE = 'as before'
_WANTED = 3


def _cluster_of(cell: str, when: str) -> _cluster.Cluster:
    status, _, reason = cell.partition(' ')
    return _cluster.Cluster(
        status=None if status == 'null' else status,
        status_reason=reason or None,
        updated_at=when,
    )


def _nodegroup_of(cell: str, when: str) -> _nodegroup.NodeGroup:
    status, count, *reason = cell.split(' ')
    return _nodegroup.NodeGroup(
        status=None if status == 'null' else status,
        node_count=int(count),
        status_reason=' '.join(reason) or None,
        updated_at=when,
    )


class TestTell(testtools.TestCase):
    def test_each_row(self) -> None:
        returned = set()
        with _TABLE.open() as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            before = Snapshot(
                _cluster_of(row['Cluster before'], 'then'),
                _nodegroup_of(row['Nodegroup before'], 'then'),
            )
            now = Snapshot(
                before.cluster
                if row['Cluster now'] == _AS_BEFORE
                else _cluster_of(row['Cluster now'], 'since'),
                before.nodegroup
                if row['Nodegroup now'] == _AS_BEFORE
                else _nodegroup_of(row['Nodegroup now'], 'since'),
            )
            state = resize_state.classify(
                before, now, _WANTED, float(row['Seconds'])
            )
            self.assertEqual(row['State'], state.value, row)
            returned.add(state)
        self.assertEqual(set(State), returned)
