# SPDX-License-Identifier: Apache-2.0

"""Clusters in the tests of the SDK."""

from tests.unit.sdk import base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)
WORKERS = cloud.nodegroup(DEV, 'default-worker', node_count=2)


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.conn.container_infrastructure_management

    def version_asked_for(self) -> str:
        service_type, version = self.cloud.requests.last_request.headers[
            'OpenStack-API-Version'
        ].split()
        # Magnum of 2025.2 answers 406 to its official name.
        self.assertEqual('container-infra', service_type)
        return version
