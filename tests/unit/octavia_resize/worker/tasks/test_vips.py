# SPDX-License-Identifier: Apache-2.0

from unittest import mock
import uuid

from octavia.certificates.manager import noop
from octavia.db import api as db_api

from tests.unit.octavia_resize import topologies


class TestSecrets(topologies.SingleTestCase):
    def test_pool_without_listener(self) -> None:
        """No amphora gets its secret, so the secret may be gone."""
        with db_api.session().begin() as session:
            self.repos.pool.create(
                session,
                id=str(uuid.uuid4()),
                load_balancer_id=self.lb_id,
                protocol='HTTP',
                lb_algorithm='ROUND_ROBIN',
                provisioning_status='ACTIVE',
                operating_status='ONLINE',
                enabled=True,
                ca_tls_certificate_id='gone',
            )
        self.add_ipv6_vip(self.lb_id)
        self.resize(self.lb_id, self.large)
        with mock.patch.object(
            noop.NoopCertManager, 'get_secret', side_effect=KeyError('gone')
        ):
            self.run_worker(self.lb_id)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('COMPLETED', resize.state, resize.detail)
