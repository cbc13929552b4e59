# SPDX-License-Identifier: Apache-2.0

"""The names of the amphora provider."""

from tests.unit.octavia_resize import topologies


class TestProviders(topologies.SingleTestCase):
    def test_names_of_the_amphora_provider(self) -> None:
        flavor_id = self.create_flavor(provider='octavia')
        for provider in ('amphora', 'amphorav2', 'octavia', None):
            self.lb_id = self.create_load_balancer(
                self.small, provider=provider
            )
            for new_id in (flavor_id, self.large):
                response = self.resize(
                    self.lb_id, new_id, arguments='dry_run=true'
                )
                self.assertEqual(200, response.status_int, response.text)
            self.assertEqual(202, self.resize(self.lb_id, new_id).status_int)
            self.run_worker(self.lb_id)
            self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
