# SPDX-License-Identifier: Apache-2.0

from typing import Any

from resize_sandbox.sandbox import Sandbox
from tests.functional import base
from tests.functional import shared_sandbox


class TestPlainOctavia(base.TestCase):
    """A cloud without the resize API."""

    def find_sandbox(self) -> Sandbox:
        return shared_sandbox.with_octavia('plain')

    def _show(self, name: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.openstack(
            *('loadbalancer', 'show', '-f', 'json', name)
        ).data
        return shown

    def test_says_so(self):
        before = self._show('web')
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait', 'web'),
            status=1,
            stderr=['load balancing service does not offer resize'],
        )
        self.assertNotIn('not found', finished.stdout + finished.stderr)
        after = self._show('web')
        self.assertEqual(before, after)

    def test_cancel_says_so_and_deletes_nothing(self):
        before = self._show('shop')
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', '--wait', 'shop'),
            status=1,
            stderr=[
                'load balancing service can neither show nor cancel a resize'
            ],
        )
        after = self._show('shop')
        self.assertEqual(before, after)
