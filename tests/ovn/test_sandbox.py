# SPDX-License-Identifier: Apache-2.0
"""A second sandbox on OVN, and what is left of it."""

from resize_sandbox.deployment import OVN
from tests.traffic import test_sandbox


class TestSideBySide(test_sandbox.TestSideBySide):
    network = OVN
