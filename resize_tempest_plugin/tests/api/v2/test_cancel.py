# SPDX-License-Identifier: Apache-2.0

"""Cancel of a load balancer's resize."""

from tempest import config
from tempest.lib import decorators
from tempest.lib import exceptions
import testtools

from resize_tempest_plugin.tests.api.v2 import base

CONF = config.CONF


class CancelTest(base.BaseResizeTest):
    @decorators.idempotent_id('e2e1c4ad-3a8f-4a54-9f1c-5c0d9b7a6f28')
    @testtools.skipUnless(
        CONF.load_balancer_resize.slow_compute_flavor,
        'slow_compute_flavor is not set.',
    )
    def test_cancel(self) -> None:
        """A resize is cancelled while its amphora boots."""
        slow_flavor = self.create_flavor(base.SINGLE, base.SLOW_FLAVOR)
        load_balancer_id = self.create_load_balancer(self.flavor)
        before = self.get_fields(load_balancer_id)
        amphorae = self.get_amphorae(load_balancer_id)

        self.resizes.resize_load_balancer(load_balancer_id, slow_flavor)
        self.assertRaises(
            exceptions.Conflict,
            self.resizes.resize_load_balancer,
            load_balancer_id,
            self.new_flavor,
        )
        for client in (self.alt_resizes, self.reader_resizes):
            self.assertRaises(
                exceptions.Forbidden, client.cancel_resize, load_balancer_id
            )
        self.resizes.cancel_resize(load_balancer_id)
        self.wait_for_load_balancer(load_balancer_id)

        self.assert_resize(load_balancer_id, 'CANCELLED')
        self.assert_flavor(load_balancer_id, self.flavor)
        self.assertEqual(before, self.get_fields(load_balancer_id))
        # None was replaced yet, so each is left alone.
        self.assertEqual(amphorae, self.get_amphorae(load_balancer_id))

    @decorators.attr(type='negative')
    @decorators.idempotent_id('93d1b7a2-5e0f-4c0a-a3b5-7d9e8c2f1b46')
    def test_nothing_to_cancel(self) -> None:
        load_balancer_id = self.create_load_balancer(self.flavor)
        # Never resized, then one that has ended.
        self.assertRaises(
            exceptions.Conflict, self.resizes.cancel_resize, load_balancer_id
        )
        self.resizes.resize_load_balancer(load_balancer_id, self.new_flavor)
        self.wait_for_load_balancer(load_balancer_id)
        self.assertRaises(
            exceptions.Conflict, self.resizes.cancel_resize, load_balancer_id
        )
        self.assert_flavor(load_balancer_id, self.new_flavor)
