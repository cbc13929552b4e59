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


"""The names under which Octavia knows one and the same provider."""

AMPHORA = 'amphora'

#: All of them are the driver whose load balancers octavia-resize-worker
#: resizes. A load balancer that is older than providers has none.
AMPHORA_NAMES = (AMPHORA, 'amphorav2', 'octavia', None)


def get_canonical(provider: str | None) -> str:
    """Return the one name that stands for a provider.

    :param provider: As load balancers and flavor profiles have it.
    """
    return AMPHORA if provider in AMPHORA_NAMES else str(provider)
