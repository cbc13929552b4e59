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

from openstack import connection
import requests
import testtools

from resize_client.sdk import connection as resize_connection
from tests.unit.sdk import cloud


class TestCase(testtools.TestCase):
    """A connection to a cloud of canned answers, and time that only jumps."""

    roles = ('member', 'load-balancer_member')

    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.useFixture(cloud.Cloud(roles=self.roles))
        self.clock = self.useFixture(cloud.Clock())
        self.conn = resize_connection.extend(connect())


def connect() -> connection.Connection:
    return connection.Connection(
        auth={
            'auth_url': cloud.AUTH_URL,
            'username': 'jo',
            'password': 'secret',
            'project_name': 'shop',
            'user_domain_id': 'default',
            'project_domain_id': 'default',
        },
        region_name='RegionOne',
    )


def dropped() -> Exception:
    """Make what requests raises when a connection breaks off."""
    return requests.exceptions.ConnectionError('connection reset by peer')
