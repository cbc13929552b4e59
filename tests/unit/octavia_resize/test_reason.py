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

from octavia.common import exceptions
from taskflow.types import failure
import testtools

from octavia_resize import reason


def _failure(exception: Exception) -> failure.Failure:
    try:
        raise exception
    except Exception:
        return failure.Failure()


class TestExplain(testtools.TestCase):
    def test_known_and_unknown(self) -> None:
        found = reason.explain(
            [
                _failure(ValueError('node-7 is away')),
                _failure(exceptions.ComputeNoResourcesException()),
                _failure(ValueError('node-7 is away')),
            ]
        )

        self.assertEqual(
            (
                'A step of the resize failed; '
                'The compute service could not provide an amphora',
                'The compute service does not have the resources available '
                'to fulfill the request; node-7 is away',
            ),
            found,
        )

    def test_characters_of_four_bytes(self) -> None:
        (_, detail) = reason.explain([_failure(ValueError('bücher 🛒'))])

        self.assertEqual('b\\xfccher \\U0001f6d2', detail)

    def test_long(self) -> None:
        (_, detail) = reason.explain([_failure(ValueError('🛒' * 30_000))])

        self.assertEqual(10_000, len(detail))
