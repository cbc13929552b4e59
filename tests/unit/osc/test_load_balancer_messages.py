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

from resize_client.osc import load_balancer_messages as messages
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import WEB


class TestDryRunRows(testtools.TestCase):
    def test_each_subject_that_refuses(self) -> None:
        web = _lb.LoadBalancer.existing(**WEB)
        refusal = Refusal({'flavor': 'It is bad.', 'provider': 'It cannot.'})
        outcome = Outcome(
            'web',
            before=web,
            load_balancer=web,
            previous_flavor='small',
            new_flavor='large',
            result=Result.REFUSED,
            error=refusal,
        )
        self.assertEqual(
            [
                ('web', 'flavor', 'small', 'large', 'refused'),
                ('web', 'state', 'ACTIVE', None, 'ok'),
                ('web', 'provider', None, None, 'refused'),
            ],
            list(messages.dry_run_rows([outcome])),
        )
