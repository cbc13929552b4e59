# SPDX-License-Identifier: Apache-2.0

"""Load balancers in the tests of the SDK."""

from tests.unit.load_balancers import WEB
from tests.unit.sdk import base


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.conn.load_balancer
        self.cloud.states(WEB)
        self.cloud.never_resized(WEB)
