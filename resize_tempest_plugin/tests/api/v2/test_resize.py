# SPDX-License-Identifier: Apache-2.0

"""Resize of a load balancer."""

import uuid

from tempest import config
from tempest.lib import decorators
from tempest.lib import exceptions
import testtools

from resize_tempest_plugin.tests.api.v2 import base

CONF = config.CONF


class ResizeTest(base.BaseResizeTest):
    @classmethod
    def resource_setup(cls) -> None:
        super().resource_setup()
        cls.ha_flavor = cls.create_flavor(base.ACTIVE_STANDBY, base.FLAVOR)
        cls.ha_new_flavor = cls.create_flavor(
            base.ACTIVE_STANDBY, base.NEW_FLAVOR
        )

    def _resize(self, flavor_id: str, new_flavor_id: str) -> None:
        load_balancer_id = self.create_load_balancer(flavor_id)
        before = self.get_fields(load_balancer_id)
        amphorae = self.get_amphorae(load_balancer_id)

        self.resizes.resize_load_balancer(load_balancer_id, new_flavor_id)
        self.wait_for_load_balancer(load_balancer_id)

        self.assert_flavor(load_balancer_id, new_flavor_id)
        self.assert_resize(load_balancer_id, 'COMPLETED')
        self.assertEqual(before, self.get_fields(load_balancer_id))
        new_amphorae = self.get_amphorae(load_balancer_id)
        self.assertEqual(len(amphorae), len(new_amphorae))
        self.assertEqual(set(), set(amphorae) & set(new_amphorae))
        wanted = CONF.load_balancer_resize.new_compute_flavor
        if wanted:
            self.assertEqual({wanted}, set(new_amphorae.values()))

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('0ad5a1a4-7c9c-4f8f-9b0e-3f2a6e1d0c55')
    def test_resize(self) -> None:
        self._resize(self.flavor, self.new_flavor)

    @decorators.idempotent_id('f5a0a9be-6d6b-4c55-8a3c-0a8c7b5c4e12')
    def test_resize_active_standby(self) -> None:
        self._resize(self.ha_flavor, self.ha_new_flavor)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('5b9a4f4a-0f0e-4a8e-9d6b-8f4c7f7e2d31')
    def test_refused(self) -> None:
        """A request that is refused changes nothing."""
        load_balancer_id = self.create_load_balancer(self.flavor)
        before = self.get_fields(load_balancer_id)
        amphorae = self.get_amphorae(load_balancer_id)
        for client, flavor_id, refusal in (
            # Another topology, no such flavor, the flavor that it has.
            (self.resizes, self.ha_flavor, exceptions.BadRequest),
            (self.resizes, str(uuid.uuid4()), exceptions.BadRequest),
            (self.resizes, self.flavor, exceptions.BadRequest),
            # Another tenant; one who may only read.
            (self.alt_resizes, self.new_flavor, exceptions.Forbidden),
            (self.reader_resizes, self.new_flavor, exceptions.Forbidden),
        ):
            self.assertRaises(
                refusal,
                client.resize_load_balancer,
                load_balancer_id,
                flavor_id,
            )
        self.assertRaises(
            exceptions.NotFound,
            self.resizes.resize_load_balancer,
            str(uuid.uuid4()),
            self.new_flavor,
        )
        self.assert_flavor(load_balancer_id, self.flavor)
        self.assertEqual(before, self.get_fields(load_balancer_id))
        self.assertEqual(amphorae, self.get_amphorae(load_balancer_id))
        self.assertIsNone(self.resizes.show_resize(load_balancer_id))

    @decorators.idempotent_id('c2a6f2c5-9f0f-4b3f-8f0d-6f8b1f5d7a90')
    def test_show(self) -> None:
        """Who may read a load balancer may read its resize, nobody else."""
        load_balancer_id = self.create_load_balancer(self.flavor)
        self.resizes.resize_load_balancer(load_balancer_id, self.new_flavor)
        self.wait_for_load_balancer(load_balancer_id)
        shown = self.reader_resizes.show_resize(load_balancer_id)
        self.assertEqual(
            (load_balancer_id, self.flavor, self.new_flavor, 'COMPLETED'),
            (
                shown['loadbalancer_id'],
                shown['previous_flavor_id'],
                shown['new_flavor_id'],
                shown['state'],
            ),
        )
        self.assertRaises(
            exceptions.Forbidden,
            self.alt_resizes.show_resize,
            load_balancer_id,
        )

    @decorators.idempotent_id('8a5d3b1e-1c4d-4b86-bb0b-2a4f5f4b9c07')
    @testtools.skipUnless(
        CONF.load_balancer_resize.failing_compute_flavor,
        'failing_compute_flavor is not set.',
    )
    def test_failure_and_retry(self) -> None:
        """A resize that fails leaves ERROR and the old flavor."""
        failing_flavor = self.create_flavor(base.SINGLE, base.FAILING_FLAVOR)
        load_balancer_id = self.create_load_balancer(self.flavor)
        self.resizes.resize_load_balancer(load_balancer_id, failing_flavor)
        self.wait_for_load_balancer(load_balancer_id, 'ERROR')
        self.assert_flavor(load_balancer_id, self.flavor)
        self.assert_resize(load_balancer_id, 'FAILED')

        self.resizes.resize_load_balancer(load_balancer_id, self.new_flavor)
        self.wait_for_load_balancer(load_balancer_id)
        self.assert_flavor(load_balancer_id, self.new_flavor)
        self.assert_resize(load_balancer_id, 'COMPLETED')
