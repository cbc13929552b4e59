# SPDX-License-Identifier: Apache-2.0

from unittest import mock

from octavia.db import api as db_api
from octavia.db import models as octavia_models

from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from octavia_resize.worker import orphans
from resize_sandbox.octavia import compute
from tests.unit.octavia_resize.lifecycle import test_rollback


class TestStandby(test_rollback.TestCase):
    def test_rollback_is_repeated(self) -> None:
        """The standby that the first one has built is left alone."""
        self.build_one_by_one()
        with mock.patch.object(
            orphans, 'delete', autospec=True, side_effect=KeyboardInterrupt
        ):
            self.assertRaises(KeyboardInterrupt, self.cancel_in, 'building', 2)
        resize = self.get_resize(self.lb_id)
        self.assertIsNotNone(resize.standby_id)
        controller.ResizeWorker().recover(
            resize, ownership.Claim(self.lb_id, resize.id, resize.owner)
        )
        self.assertEqual('CANCELLED', self.get_resize(self.lb_id).state)
        self.assertEqual(
            'ACTIVE', self.get_load_balancer(self.lb_id)['status']
        )
        cloud = compute.SandboxComputeDriver()
        with db_api.session().begin() as session:
            pair = session.query(octavia_models.Amphora).filter_by(
                load_balancer_id=self.lb_id, status='ALLOCATED'
            )
            self.assertEqual(2, pair.count())
            for one in pair:
                self.assertEqual(
                    one.compute_flavor,
                    cloud.get_amphora(one.compute_id)[0].compute_flavor,
                )
