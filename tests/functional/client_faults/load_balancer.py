# SPDX-License-Identifier: Apache-2.0

"""Load balancers that are resized in spite of faults."""

import re
from typing import Any

from openstack.load_balancer.v2 import load_balancer as _lb

from tests.functional import load_balancer
from tests.functional.client_faults import base
from tests.functional.client_faults import proxy


class TestCase(base.TestCase, load_balancer.TestCase):
    """A test with load balancers of its own."""

    def resize_command(
        self, lb: _lb.LoadBalancer, flavor: str
    ) -> tuple[str, ...]:
        """Return the command that resizes a load balancer."""
        return (
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', lb.name),
        )

    def plan_polls(self, lb: _lb.LoadBalancer, fault: proxy.Fault) -> None:
        """Make a fault of the first two polls of a wait.

        And of the request for Keystone's versions.
        """
        polls = 0

        def choose(request: proxy.Request) -> proxy.Fault | None:
            nonlocal polls
            if request.method != 'GET':
                return None
            if request.path.endswith('/v3'):
                return fault
            if not request.path.endswith(f'/{lb.id}'):
                return None
            polls += 1
            return fault if polls <= 2 else None

        self.proxy.plan(choose)

    def assert_is(
        self, lb: _lb.LoadBalancer, status: str, flavor: str
    ) -> None:
        """Check what a load balancer is."""
        found = self.get(lb.id)
        self.assertEqual(
            (status, self.flavors[flavor]),
            (found.provisioning_status, found.flavor_id),
        )

    def assert_message(self, expression: str, finished: Any) -> None:
        """Check that a line on stderr matches."""
        self.assertIsNotNone(
            re.search(expression, finished.stderr, re.MULTILINE), finished
        )

    def row(self, finished: Any) -> dict[str, Any]:
        """Return the only row."""
        (row,) = finished.data
        return dict(row)
