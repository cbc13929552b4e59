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
"""The subnets of the seeded load balancers and their members.

Octavia's noop network driver believes that any subnet exists. With
traffic, these are real.
"""

VIP_SUBNET = '6f1d2c4a-52f0-4a3e-9d55-8f5d7b0c2e11'
MEMBER_SUBNET = 'c0ffb1de-0d4b-4d0e-8c0f-2f9c1f1a7d22'
