# SPDX-License-Identifier: Apache-2.0

"""Resizing on magnum-cluster-api, where it is installed."""

from tests.functional.osc import test_cluster_drivers


class TestControlPlane(
    test_cluster_drivers.ControlPlane, test_cluster_drivers.TestCase
):
    seeded = 'alt'


class TestWorkers(test_cluster_drivers.Workers, test_cluster_drivers.TestCase):
    seeded = 'alt'


class TestMachines(
    test_cluster_drivers.Machines,
    test_cluster_drivers.Conformance,
    test_cluster_drivers.TestCase,
):
    seeded = 'alt'
    # It does not save the health together with the end of a resize.
    may_fail = ('UPDATE_COMPLETE while a node is reported as not ready',)
    shown = 'control plane [12] of 3 ready, {name} not ready'
