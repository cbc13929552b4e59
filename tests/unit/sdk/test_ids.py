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

from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.sdk import ids


class TestNames(testtools.TestCase):
    def test_id_of(self) -> None:
        self.assertEqual('a', ids.id_of('a'))
        self.assertEqual('a', ids.id_of(_lb.LoadBalancer(id='a')))

    def test_in_path(self) -> None:
        self.assertEqual('a%2F..%3F%20b', ids.in_path('a/..? b'))
