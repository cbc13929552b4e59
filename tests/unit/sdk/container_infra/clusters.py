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
