# SPDX-License-Identifier: Apache-2.0

"""Tests that begin with a load balancer of one topology."""

from collections.abc import Iterable
from typing import Any

from tests.unit.octavia_resize import base


class SingleTestCase(base.TestCase):
    """A test on a SINGLE load balancer that was never resized."""

    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.small)

    def assert_refused(
        self,
        status: int,
        message: str,
        flavor_id: str,
        queries: Iterable[str] = ('dry_run=true', ''),
        **kwargs: Any,
    ) -> None:
        """Check that a refusal leaves the load balancer as it was.

        :param queries: Arguments of the URL of each request.
        """
        before = self.get_load_balancer(self.lb_id)
        for arguments in queries:
            response = self.resize(
                self.lb_id, flavor_id, arguments=arguments, **kwargs
            )
            self.assert_fault(response, status, message)
            self.assertEqual(before, self.get_load_balancer(self.lb_id))
            self.assertIsNone(self.get_resize(self.lb_id))


class TopologyTestCase(base.TestCase):
    """A test on a topology, with an old and a new flavor of it."""

    topology: str

    def setUp(self) -> None:
        super().setUp()
        if self.topology == 'SINGLE':
            self.old, self.new = self.small, self.large
        else:
            self.old, self.new = self.ha_small, self.ha_large
