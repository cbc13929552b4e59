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

"""Refuses flows of an Octavia that is not known."""


def check(found: list[type], expected: list[type]) -> None:
    """Compare the kinds of some steps of Octavia's with those expected.

    :raises RuntimeError: They are others.
    """
    if found != expected:
        raise RuntimeError(
            "Octavia's failover flow has the steps "
            f'{[kind.__name__ for kind in found]} instead of '
            f'{[kind.__name__ for kind in expected]}: this Octavia is none '
            'that octavia_resize knows'
        )
