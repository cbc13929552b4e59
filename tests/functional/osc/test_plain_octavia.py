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

from resize_sandbox import sandbox as resize_sandbox
from tests.functional import base
from tests.functional import shared_sandbox


class TestPlainOctavia(base.TestCase):
    """A cloud without the resize API."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.sandbox = shared_sandbox.own('without-resize')
        cls.addClassCleanup(shared_sandbox.discard, cls.sandbox)
        shared_sandbox.command('up', cls.sandbox, '--without-resize')

    def _on(
        self, sandbox: resize_sandbox.Sandbox, *arguments: str
    ) -> base.Finished:
        return self.openstack(*arguments, '-f', 'json', sandbox=sandbox)

    def test_says_so(self):
        before = self._on(self.sandbox, 'loadbalancer', 'show', 'web').data
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait', 'web'),
            status=1,
            stderr=['load balancing service does not offer resize'],
            sandbox=self.sandbox,
        )
        self.assertNotIn('not found', finished.stdout + finished.stderr)
        after = self._on(self.sandbox, 'loadbalancer', 'show', 'web').data
        self.assertEqual(before, after)

    def test_cancel_says_so_and_deletes_nothing(self):
        before = self._on(self.sandbox, 'loadbalancer', 'show', 'shop').data
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', '--wait', 'shop'),
            status=1,
            stderr=['load balancing service does not offer resize'],
            sandbox=self.sandbox,
        )
        after = self._on(self.sandbox, 'loadbalancer', 'show', 'shop').data
        self.assertEqual(before, after)
