# SPDX-License-Identifier: Apache-2.0

import uuid

from sqlalchemy import exc
import testtools

from octavia_resize.worker import loading
from tests.unit.octavia_resize import base


class TestLoadBalancer(base.TestCase):
    def test_gone(self) -> None:
        lb_id = str(uuid.uuid4())
        self.assertIsNone(loading.get_full_load_balancer(lb_id))
        with testtools.ExpectedException(exc.NoResultFound):
            loading.get_load_balancer(lb_id)
