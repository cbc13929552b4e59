# SPDX-License-Identifier: Apache-2.0


"""A resize where VIP ports are SR-IOV's: amphorae are their own firewall."""

from typing import Any
from unittest import mock

from octavia.amphorae.drivers.noop_driver import driver
from octavia.common import constants as octavia_constants
from octavia.db import api as db_api
from octavia.db import models

from tests.unit.octavia_resize import base

_HTTP = {'protocol': 'TCP', 'cidr': None, 'port': 80}


class TestSRIOV(base.TestCase):
    def _resize(
        self, topology: str, has_ipv6: bool = False
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what the new amphorae let in, and their addresses."""
        small, large = (
            self.create_flavor(
                compute_flavor=compute_flavor,
                loadbalancer_topology=topology,
                sriov_vip=True,
            )
            for compute_flavor in ('sandbox.small', 'sandbox.large')
        )
        lb_id = self.create_load_balancer(small, topology)
        self.use_sriov(lb_id)
        if has_ipv6:
            self.add_ipv6_vip(lb_id)
        old_ids = {amphora[0] for amphora in self.get_amphorae(lb_id)}
        self.assertEqual(202, self.resize(lb_id, large).status_int)
        rules: dict[str, Any] = {}

        def set_rules(
            amphora: Any, address: str, wanted: Any, timeout_dict: Any = None
        ) -> None:
            self.assertEqual(amphora.vrrp_ip, address)
            rules[amphora.id] = wanted

        # The driver without amphorae refuses Octavia's own arguments.
        with mock.patch.object(
            driver.NoopAmphoraLoadBalancerDriver,
            'set_interface_rules',
            side_effect=set_rules,
        ):
            self.run_worker(lb_id)
        resize = self.get_resize(lb_id)
        self.assertEqual('COMPLETED', resize.state, resize.detail)
        with db_api.session().begin() as session:
            lb = session.get(models.LoadBalancer, lb_id)
            new = {
                amphora.id: amphora.vrrp_ip
                for amphora in lb.amphorae
                if amphora.status != octavia_constants.DELETED
            }
        self.assertEqual(set(), old_ids & new.keys())
        return rules, new

    def test_single(self) -> None:
        rules, new = self._resize('SINGLE')
        self.assertEqual({i: [_HTTP] for i in new}, rules)

    def test_single_with_ipv6(self) -> None:
        """The new amphora has its VIPs, and its rules, when it is built."""
        rules, new = self._resize('SINGLE', has_ipv6=True)
        self.assertEqual({i: [_HTTP] for i in new}, rules)

    def test_active_standby(self) -> None:
        """Each of the new pair lets the other's VRRP in, and no old one's."""
        rules, new = self._resize('ACTIVE_STANDBY')
        first, second = new
        self.assertEqual(
            {
                one: [
                    _HTTP,
                    {
                        'protocol': 'vrrp',
                        'cidr': f'{new[peer]}/32',
                        'port': 112,
                    },
                ]
                for one, peer in ((first, second), (second, first))
            },
            rules,
        )
