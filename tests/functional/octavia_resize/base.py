# SPDX-License-Identifier: Apache-2.0

"""What the tests that disturb each task of a resize have in common."""

from octavia.db import api as db_api
from octavia.db import models
from oslo_config import cfg
import sqlalchemy

from tests.unit.octavia_resize import topologies


class TestCase(topologies.TopologyTestCase):
    def prepare(self) -> str:
        """Queue a resize of a new load balancer, and return its ID."""
        lb_id = self.create_load_balancer(self.old, self.topology)
        self.before = self.get_amphorae(lb_id)
        self.children = self.get_children(lb_id)
        self.resize(lb_id, self.new)
        return lb_id

    def check_sound(self, lb_id: str) -> None:
        """Check that the load balancer is as before, or has its new flavor.

        After a failure, a cancel leads back to what was before.
        """
        resize = self.get_resize(lb_id)
        self.assertEqual(self.children, self.get_children(lb_id))
        after = self.get_amphorae(lb_id)
        if resize.state == 'COMPLETED':
            self._assert_is(lb_id, 'ACTIVE', self.new)
            self.assertEqual(
                [('ALLOCATED', 'sandbox.large')] * len(self.before),
                [
                    amphora[2:]
                    for amphora in after
                    if amphora[0] not in {a[0] for a in self.before}
                ],
            )
            return
        if resize.state == 'FAILED':
            self._assert_is(lb_id, 'ERROR', self.old)
        if resize.state == 'FAILED' and not resize.replaced:
            self.assertEqual(self.before, after)
            self.assertEqual(202, self.request('DELETE', lb_id).status_int)
            resize = self.get_resize(lb_id)
        if resize.state != 'FAILED':
            self.assertEqual('CANCELLED', resize.state)
            self._assert_is(lb_id, 'ACTIVE', self.old)
        self.assertEqual(
            sorted(amphora[1:] for amphora in self.before),
            sorted(amphora[1:] for amphora in after),
        )

    def _assert_is(self, lb_id: str, status: str, flavor_id: str) -> None:
        self.assertEqual(
            {'status': status, 'flavor_id': flavor_id},
            self.get_load_balancer(lb_id),
        )

    def assert_no_server_leaked(self) -> None:
        with db_api.session().begin() as session:
            known = {
                compute_id
                for (compute_id,) in session.query(
                    models.Amphora.compute_id
                ).filter(models.Amphora.status != 'DELETED')
            }
        engine = sqlalchemy.create_engine(
            f'sqlite:///{cfg.CONF.resize_sandbox.cloud_database}'
        )
        with engine.connect() as connection:
            servers = {
                server_id
                for (server_id,) in connection.execute(
                    sqlalchemy.text('SELECT id FROM servers')
                )
            }
        self.assertEqual(set(), servers - known)
