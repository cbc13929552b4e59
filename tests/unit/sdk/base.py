# SPDX-License-Identifier: Apache-2.0

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
