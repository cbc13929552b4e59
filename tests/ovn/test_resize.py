# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.
"""What clients see of a resize on OVN, of the seeded load balancers.

The bounds are those of bridges: they find what is broken.
"""

from resize_sandbox.deployment import OVN
from tests.traffic import base


class TestResize(base.TestCase):
    network = OVN

    def _resize(self, load_balancer: str) -> None:
        self.check_unnoticed(
            self.resize(load_balancer, self.other_flavor(load_balancer))
        )

    def test_single(self) -> None:
        """Each ARP reply moves the VIP while two amphorae have it."""
        self._resize('web')

    def test_active_standby(self) -> None:
        self._resize('shop')
