# SPDX-License-Identifier: Apache-2.0
"""The network driver that a worker's tasks share."""

from typing import Any
from unittest import mock

from octavia.common import config  # noqa: F401, defines the options
from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import models
from octavia.network.drivers.noop_driver import driver as noop
from taskflow.patterns import linear_flow
from taskflow.patterns import unordered_flow
import testtools

from octavia_resize.worker import network
from tests.unit.octavia_resize import base


class TestShareDriver(testtools.TestCase):
    def test_nested(self) -> None:
        """A task below other flows has the same driver."""
        outer, inner = network_tasks.DeletePort(), network_tasks.AllocateVIP()
        flow = linear_flow.Flow('outer')
        flow.add(outer, unordered_flow.Flow('inner').add(inner))
        network.share_driver(flow)
        with mock.patch.object(network, 'get_driver') as get_driver:
            for task in (outer, inner):
                self.assertIs(
                    get_driver.return_value.delete_port,
                    task.network_driver.delete_port,
                )

    def test_not_made_with_the_flow(self) -> None:
        """Neutron may be away when a flow is made."""
        flow = linear_flow.Flow('flow').add(network_tasks.DeletePort())
        with mock.patch.object(network, 'get_driver') as get_driver:
            network.share_driver(flow)
        get_driver.assert_not_called()


class TestDisabledPort(base.TestCase):
    """A port that has a VIP before the switch is disabled all the while."""

    def _resize(
        self, lb_id: str, flavor_id: str
    ) -> tuple[list[bool], list[bool]]:
        """Return whether ports were created enabled, and what was set then."""
        created: list[bool] = []
        changed: list[bool] = []
        create_port = noop.NoopManager.create_port
        set_state = noop.NoopManager.set_port_admin_state_up

        def create(*args: Any) -> Any:
            created.append(args[6])
            return create_port(*args)

        def change(manager: Any, port_id: str, state: bool) -> None:
            changed.append(state)
            set_state(manager, port_id, state)

        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)
        with (
            mock.patch.object(noop.NoopManager, 'create_port', create),
            mock.patch.object(
                noop.NoopManager, 'set_port_admin_state_up', change
            ),
        ):
            self.run_worker(lb_id)
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
        return created, changed

    def test_members_beside_the_vip(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.add_health_monitor(lb_id)
        self.assertEqual(
            ([False], [True, False]), self._resize(lb_id, self.large)
        )

    def test_ipv6(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.add_ipv6_vip(lb_id)
        self.assertEqual(
            ([False], [True, False]), self._resize(lb_id, self.large)
        )

    def test_sriov(self) -> None:
        """The old port is disabled before the new one is enabled."""
        small, large = (
            self.create_flavor(
                compute_flavor=compute_flavor,
                loadbalancer_topology='SINGLE',
                **{octavia_constants.SRIOV_VIP: True},
            )
            for compute_flavor in ('sandbox.small', 'sandbox.large')
        )
        lb_id = self.create_load_balancer(small)
        self.update_rows(
            models.Vip,
            {'vnic_type': octavia_constants.VNIC_TYPE_DIRECT},
            load_balancer_id=lb_id,
        )
        self.add_ipv6_vip(lb_id)
        with mock.patch(
            'octavia.amphorae.drivers.noop_driver.driver.'
            'NoopAmphoraLoadBalancerDriver.set_interface_rules'
        ):
            created, changed = self._resize(lb_id, large)
        self.assertEqual([False], created)
        self.assertEqual([False, True], changed[:2])

    def test_others(self) -> None:
        """The VIP comes in the switch: until then, the port does no harm."""
        for flavor_id, new, topology, count in (
            (self.small, self.large, 'SINGLE', 1),
            (self.ha_small, self.ha_large, 'ACTIVE_STANDBY', 2),
        ):
            lb_id = self.create_load_balancer(flavor_id, topology)
            created, changed = self._resize(lb_id, new)
            self.assertEqual([True] * count, created)
            self.assertEqual([False] * count, changed)


class _Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class TestPollPort(testtools.TestCase):
    def test_intervals(self) -> None:
        """They are short at first, and never more than a second."""
        for seconds, most_polls, most_late in (
            (0.0, 1, 0.0),
            (0.1, 2, 0.0),
            (2.0, 8, 1.0),
            (20.0, 26, 1.0),
        ):
            clock, driver = _Clock(), mock.Mock()
            driver.get_port.side_effect = lambda port_id: mock.Mock(
                status='DOWN' if clock.now < seconds else 'ACTIVE'
            )
            with (
                mock.patch.object(network, 'get_driver', return_value=driver),
                mock.patch.object(network, 'time', clock),
            ):
                self.assertTrue(network.poll_port('port', 'ACTIVE'.__eq__))
            self.assertLessEqual(driver.get_port.call_count, most_polls)
            self.assertLessEqual(clock.now, seconds + most_late)
