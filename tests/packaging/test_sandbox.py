# SPDX-License-Identifier: Apache-2.0

"""The wheel with the extra that brings a cloud to try it on."""

from tests.packaging import base


class TestSandbox(base.TestCase):
    environment = 'sandbox'

    def test_demo(self) -> None:
        """All its commands end as they should, or it fails."""
        finished = self.run_program('resize-sandbox', 'demo')
        for command in (
            'loadbalancer resize --flavor large --wait web',
            'loadbalancer resize --flavor ha-large web',
            'loadbalancer resize cancel --wait shop',
            'loadbalancer resize --flavor ha-large --wait shop',
            'coe cluster resize --nodegroup default-master --wait dev 3',
        ):
            self.assertIn(f'$ openstack {command}\n', finished.stdout)
        self.assertIn('All done. The sandbox is stopped.', finished.stderr)
        self.assertNotIn('Traceback', finished.stdout + finished.stderr)
        self.assertEqual([], list(self.home.glob('.sandbox*')))


class TestTempest(base.TestCase):
    environment = 'tempest'

    def test_plugin(self) -> None:
        shown = self.run_program('tempest', 'list-plugins').stdout
        self.assertIn('load_balancer_resize', shown)
