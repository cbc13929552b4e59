# SPDX-License-Identifier: Apache-2.0
"""In which order old amphorae lose the traffic to new ones."""

from typing import Any
from unittest import mock

import fixtures
from octavia.db import models
from oslo_utils import importutils

from octavia_resize.worker import amphora
from octavia_resize.worker import network
from tests.unit.octavia_resize import base

_AMPHORA = 'octavia_resize.worker.amphora.Amphora'
_DRIVER = (
    'octavia.amphorae.drivers.noop_driver.driver.NoopAmphoraLoadBalancerDriver'
)
_OF_THE_OLD = (
    'close_connections',
    'disable_port',
    'stop_listeners',
    'stop_vrrp',
)


class TestOrder(base.TestCase):
    """An old amphora serves for as long as clients may find it."""

    def setUp(self) -> None:
        super().setUp()
        #: What was done to old amphorae, and when a new one had the VIP
        self.done: list[str] = []
        self.useFixture(
            fixtures.MockPatch(
                f'{_DRIVER}.get_interface_from_ip', return_value='eth1'
            )
        )
        for name in _OF_THE_OLD:
            self._note(_AMPHORA, name)
        self._note(_AMPHORA, 'announce_vip', 'announce')
        self._note(_DRIVER, 'start', 'announce')

    def _note(
        self, class_name: str, method: str, name: str | None = None
    ) -> None:
        owner = importutils.import_class(class_name)
        original = getattr(owner, method)

        def note(*args: Any, **kwargs: Any) -> Any:
            done = name or method
            # Again and again while the old master stops
            if self.done[-1:] != [done]:
                self.done.append(done)
            return original(*args, **kwargs)

        self.useFixture(
            fixtures.MockPatchObject(
                owner, method, autospec=True, side_effect=note
            )
        )

    def _resize(self, lb_id: str, flavor_id: str) -> list[str]:
        self.resize(lb_id, flavor_id)
        return self._run(lb_id)

    def _run(self, lb_id: str) -> list[str]:
        """Run a resize, and return what was done in the switch."""
        self.run_worker(lb_id)
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
        return self.done

    def test_single(self) -> None:
        """Whether the new one gets the VIP, or is built with it."""
        for build in (None, self.add_health_monitor, self.add_ipv6_vip):
            self.done.clear()
            lb_id = self.create_load_balancer(self.small)
            if build:
                build(lb_id)
            self.assertEqual(
                [
                    'announce',
                    'close_connections',
                    'disable_port',
                    'stop_listeners',
                    'announce',
                ],
                self._resize(lb_id, self.large),
            )

    def test_pair(self) -> None:
        """A connection whose VIP keepalived has taken away cannot be closed.

        Each of the old pair has the VIP here. The new master announces it
        meanwhile, as often as it takes.
        """
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self._check_pair(lb_id, ['close_connections', 'stop_vrrp'])

    def test_pair_with_an_ipv6_vip(self) -> None:
        """Connections from a released address can be closed over IPv6 only."""
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.add_ipv6_vip(lb_id)
        self._check_pair(lb_id, ['close_connections', 'stop_vrrp'])
        self.done.clear()
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.update_rows(
            models.Vip, {'ip_address': '2001:db8::20'}, load_balancer_id=lb_id
        )
        self._check_pair(lb_id, ['stop_vrrp', 'close_connections'])

    def _check_pair(self, lb_id: str, of_each: list[str]) -> None:
        done = [
            step
            for step in self._resize(lb_id, self.ha_large)
            if step != 'announce'
        ]
        self.assertEqual(
            [*of_each, *of_each, 'disable_port', 'stop_listeners'], done
        )
        self.assertEqual('announce', self.done[-1])

    def _answer(
        self, lb_id: str, answers: dict[str, bool | None]
    ) -> 'mock._patch[Any]':
        """Have old amphorae answer whether they have the VIP, by role."""
        roles = {row[0]: row[1] for row in self.get_amphorae(lb_id)}

        def find(of: Any) -> bool | None:
            # That the new master has it is another task's concern.
            return answers[roles[of.id]] if of.id in roles else False

        return mock.patch.object(
            amphora.Amphora, 'holds_vip', autospec=True, side_effect=find
        )

    def test_standby_does_not_answer(self) -> None:
        """Its keepalived may run, and take the VIP from nobody."""
        for master, expected in (
            (
                True,
                [
                    *('disable_port', 'close_connections', 'stop_vrrp'),
                    *('disable_port', 'stop_listeners'),
                ],
            ),
            # It may be the one that clients reach.
            (None, ['disable_port']),
        ):
            self.done.clear()
            lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
            with self._answer(lb_id, {'MASTER': master, 'BACKUP': None}):
                done = self._resize(lb_id, self.ha_large)
            self.assertEqual(
                expected, [step for step in done if step != 'announce']
            )

    def test_killed_after_the_release(self) -> None:
        """The next worker closes the connections that are still open."""
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        with self._answer(lb_id, {'MASTER': False, 'BACKUP': False}):
            self._resize(lb_id, self.ha_large)
        self.assertIn('close_connections', self.done)

    def test_new_master_is_early(self) -> None:
        """The old one announces the VIP before the new one has it only."""
        for has_vip in (False, True):
            lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
            old_ids = [row[0] for row in self.get_amphorae(lb_id)]
            announced: list[str] = []
            with (
                mock.patch.object(
                    amphora.Amphora,
                    'holds_vip',
                    autospec=True,
                    side_effect=lambda of, ids=old_ids: (
                        of.id in ids or has_vip
                    ),
                ),
                mock.patch.object(
                    amphora.Amphora,
                    'announce_vip',
                    lambda of, ids=announced: ids.append(of.id),
                ),
            ):
                self._resize(lb_id, self.ha_large)
            self.assertEqual(
                not has_vip, not set(old_ids).isdisjoint(announced)
            )

    def test_one_after_the_other(self) -> None:
        """With an IPv6 address on SR-IOV, which two amphorae cannot have."""
        lb_id = self.create_load_balancer(self.small)
        self.add_ipv6_vip(lb_id)
        self.resize(lb_id, self.large)
        self.use_sriov(lb_id)
        self.assertEqual(
            [
                'disable_port',
                'announce',
                'disable_port',
                'stop_listeners',
                'announce',
            ],
            self._run(lb_id),
        )

    def test_port_is_not_disabled(self) -> None:
        """Clients may still find the old amphora, which continues to serve."""
        self.useFixture(fixtures.MockPatchObject(network, '_PORT_SECONDS', 0))
        for method, mocked in (
            ('set_port_admin_state_up', {'side_effect': RuntimeError}),
            ('get_port', {'return_value': mock.Mock(status='ACTIVE')}),
        ):
            self.done.clear()
            lb_id = self.create_load_balancer(self.small)
            with mock.patch.object(network.get_driver(), method, **mocked):
                self.assertEqual(
                    [
                        'announce',
                        'close_connections',
                        'disable_port',
                        'announce',
                    ],
                    self._resize(lb_id, self.large),
                )
