# SPDX-License-Identifier: Apache-2.0

from octavia.db import api as db_api

from tests.unit.octavia_resize import topologies


class TestInProgress(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        self.resize(self.lb_id, self.large)

    def test_names_of_the_amphora_provider(self) -> None:
        """A load balancer that is older than providers has none."""
        for provider in ('amphora', 'amphorav2', 'octavia', None):
            with db_api.session().begin() as session:
                self.repos.load_balancer.update(
                    session, self.lb_id, provider=provider
                )
                found = self.resizes.get_in_progress(
                    session, of_amphora_provider=True
                )
                self.assertEqual(
                    [self.lb_id], [r.load_balancer_id for r in found]
                )
