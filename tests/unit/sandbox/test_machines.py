# SPDX-License-Identifier: Apache-2.0

from typing import Any
from unittest import mock

import fixtures
import testtools

from resize_sandbox.capi import names
from resize_sandbox.capi.machines import Fault
from resize_sandbox.capi.management_cluster import ManagementCluster

_PATH = names.path('magnum-1', 'KubeadmControlPlane', 'prod-1-control-plane')
_SECONDS = 10.0


class TestMachines(testtools.TestCase):
    """A control plane whose resizes take ten seconds."""

    def setUp(self) -> None:
        super().setUp()
        clock = mock.patch('time.time')
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        self.clock.return_value = 1000.0
        database = self.useFixture(fixtures.TempDir()).join('capi.db')
        self.cluster = ManagementCluster(database, _SECONDS)

    def resize(self, replicas: int) -> None:
        self.cluster.apply(
            _PATH,
            {
                'kind': 'KubeadmControlPlane',
                'metadata': {'name': 'prod-1-control-plane'},
                'spec': {'replicas': replicas},
            },
        )

    def status(self) -> Any:
        shown = self.cluster.get(_PATH)
        assert shown is not None
        return shown['status']

    def machines(self) -> list[str]:
        with self.cluster.control_plane('prod') as (_, machines):
            return [machine.describe() for machine in machines]

    def test_turned_back(self) -> None:
        self.resize(1)
        self.resize(5)
        self.clock.return_value += 5
        self.resize(1)
        self.assertEqual(
            ['ready', 'ready', 'ready', 'leaving'], self.machines()
        )
        self.clock.return_value += 11
        self.assertEqual(['ready'], self.machines())

    def test_faults(self) -> None:
        members = {'EtcdClusterHealthy', 'ControlPlaneComponentsHealthy'}
        hang, fail, late = (Fault.HANG, 0), (Fault.FAIL, 0), (Fault.LATE, 60)
        for planned, after, machines, lost in (
            ([hang], 99, ['ready', 'hang'], set()),
            ([fail], 99, ['ready', 'fail'], members),
            ([late], 59, ['ready', 'late'], set()),
            ([late], 64, ['ready', 'ready', 'starting'], set()),
            ([late, hang], 61, ['ready', 'ready', 'hang'], set()),
        ):
            with self.subTest(planned=planned, after=after):
                self.resize(1)
                with self.cluster.control_plane('prod') as (change, _):
                    for fault, seconds in planned:
                        change.plan(fault, seconds)
                self.resize(3)
                self.clock.return_value += after
                self.assertEqual(machines, self.machines())
                status = self.status()
                self.assertEqual(
                    machines.count('ready'), status['readyReplicas']
                )
                false = {
                    condition['type']
                    for condition in status['conditions']
                    if condition['status'] == 'False'
                }
                for name in ('Ready', 'Resized', 'MachinesReady'):
                    self.assertIn(name, false)
                self.assertEqual(lost, members & false)
                # Those that aren't ready leave first.
                self.resize(1)
                self.clock.return_value += 99
                self.assertEqual(['ready'], self.machines())

    def test_machine_that_was_ready(self) -> None:
        self.resize(3)
        with self.cluster.control_plane('prod') as (change, _):
            change.break_last(Fault.FAIL)
        self.assertEqual(['ready', 'ready', 'fail'], self.machines())
        with self.cluster.control_plane('prod') as (change, _):
            change.mend(self.clock.return_value)
        self.assertEqual(['ready'] * 3, self.machines())
