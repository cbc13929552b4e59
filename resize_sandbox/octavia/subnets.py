# SPDX-License-Identifier: Apache-2.0
"""The subnets of the seeded load balancers and their members.

Octavia's noop network driver believes that any subnet exists. With
traffic, these are real.
"""

VIP_SUBNET = '6f1d2c4a-52f0-4a3e-9d55-8f5d7b0c2e11'
MEMBER_SUBNET = 'c0ffb1de-0d4b-4d0e-8c0f-2f9c1f1a7d22'
