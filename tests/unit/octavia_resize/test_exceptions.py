# SPDX-License-Identifier: Apache-2.0

from octavia.db import api as db_api

from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies


class TestRefusal(topologies.SingleTestCase):
    def test_load_balancer_without_a_name(self) -> None:
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(session, self.lb_id, name='')
        self.assert_refused(
            400,
            f'Load balancer {self.lb_id} already has flavor '
            f'{base.named(self.small)}.',
            self.small,
        )
