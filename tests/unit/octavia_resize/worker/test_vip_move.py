# SPDX-License-Identifier: Apache-2.0
"""How the VIPs of a load balancer get to its new amphorae."""

from collections.abc import Iterator
import contextlib
from typing import Any
from unittest import mock
import uuid

from octavia.db import api as db_api
from octavia.db import models
from octavia.network import data_models
from octavia.network.drivers.noop_driver import driver as noop

from octavia_resize.worker import vip_move
from tests.unit.octavia_resize import topologies


class TestChoose(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.vip = self._load().vip
        #: The network of each subnet that is not the VIP's.
        self.networks: dict[str, str] = {}

    def _load(self) -> models.LoadBalancer:
        with db_api.session().begin() as session:
            return self.repos.load_balancer.get(session, id=self.lb_id)

    @contextlib.contextmanager
    def _subnets(self) -> Iterator[None]:
        def get_subnet(_: Any, subnet_id: str) -> data_models.Subnet:
            return data_models.Subnet(network_id=self.networks[subnet_id])

        with mock.patch.object(
            noop.NoopNetworkDriver, 'get_subnet', get_subnet
        ):
            yield

    def _choose(self) -> vip_move.VIPMove:
        with self._subnets():
            return vip_move.choose(self._load())

    def _checks_with_vip(self) -> bool:
        with self._subnets():
            return vip_move.checks_with_vip(self._load())

    def _add_vip(self, address: str, subnet_id: str) -> None:
        with db_api.session().begin() as session:
            session.add(
                models.AdditionalVip(
                    load_balancer_id=self.lb_id,
                    ip_address=address,
                    port_id=self.vip.port_id,
                    subnet_id=subnet_id,
                    network_id=self.vip.network_id,
                )
            )

    def _put_members_on(self, subnet_id: str | None) -> None:
        with db_api.session().begin() as session:
            lb = session.get(models.LoadBalancer, self.lb_id)
            for pool in lb.pools:
                for member in pool.members:
                    member.subnet_id = subnet_id

    def test_pair(self) -> None:
        """keepalived moves all addresses, whatever else there is."""
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.add_ipv6_vip(self.lb_id)
        self.assertEqual('VRRP', self._choose())

    def test_ipv6(self) -> None:
        self.add_ipv6_vip(self.lb_id)
        self.assertEqual('connect', self._choose())
        # The network card takes the carrier of a port that is disabled.
        self.use_sriov(self.lb_id)
        self.assertEqual('exchange', self._choose())

    def test_sriov(self) -> None:
        self.use_sriov(self.lb_id)
        self.assertEqual('late', self._choose())

    def test_members_elsewhere(self) -> None:
        self.assertEqual('late', self._choose())
        elsewhere = str(uuid.uuid4())
        self.networks[elsewhere] = str(uuid.uuid4())
        for subnet_id in (None, elsewhere, self.vip.subnet_id):
            self._put_members_on(subnet_id)
            self.assertEqual('late', self._choose())

    def test_members_beside_the_vip(self) -> None:
        """On the VIP's network, but on a subnet without a VIP."""
        beside = str(uuid.uuid4())
        self.networks[beside] = self.vip.network_id
        self._put_members_on(beside)
        self.assertEqual('connect', self._choose())
        self._add_vip('198.51.100.200', beside)
        self.assertEqual('late', self._choose())

    def test_members_that_are_checked(self) -> None:
        """Over the interface that has the VIP, or over another one."""
        self.add_health_monitor(self.lb_id)
        elsewhere = str(uuid.uuid4())
        self.networks[elsewhere] = str(uuid.uuid4())
        for subnet_id, expected in (
            (None, 'connect'),
            (self.vip.subnet_id, 'connect'),
            (elsewhere, 'late'),
        ):
            self._put_members_on(subnet_id)
            self.assertEqual(expected, self._choose())
            self.assertEqual(expected == 'connect', self._checks_with_vip())

    def test_members_that_are_not_checked(self) -> None:
        self.assertFalse(self._checks_with_vip())
