# SPDX-License-Identifier: Apache-2.0

"""PUT, GET and DELETE /v2.0/lbaas/loadbalancers/{id}/resize."""

from typing import Any

import requests

from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox


class TestCase(load_balancer.TestCase):
    def request(
        self,
        method: str,
        load_balancer_id: str,
        *,
        cloud: str | None = base.MEMBER,
        headers: dict[str, str] | None = None,
        **arguments: Any,
    ) -> requests.Response:
        """Send a request as any HTTP client would.

        :param cloud: as whom; None for nobody.
        """
        headers = headers or {}
        if cloud is not None:
            session = shared_sandbox.connect(cloud).session
            headers['X-Auth-Token'] = session.get_token()
        endpoint = self.admin.load_balancer.get_endpoint().rstrip('/')
        if not endpoint.endswith('/v2.0'):
            endpoint = f'{endpoint}/v2.0'
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                f'{endpoint}/lbaas/loadbalancers/{load_balancer_id}/resize',
                headers=headers,
                timeout=30,
                **arguments,
            )

    def put(
        self, load_balancer_id: str, flavor: str, **arguments: Any
    ) -> requests.Response:
        return self.request(
            'PUT',
            load_balancer_id,
            json={'new_flavor_id': self.flavors[flavor]},
            **arguments,
        )

    def assert_fault(
        self, response: requests.Response, status: int, *parts: str
    ) -> None:
        """Check that an answer is one of Octavia's faults."""
        self.assertEqual(status, response.status_code, response.text)
        fault = response.json()
        self.assertEqual('Client', fault['faultcode'])
        for part in parts:
            self.assertIn(part, fault['faultstring'])

    def latest(
        self, load_balancer_id: str, *, cloud: str = base.MEMBER
    ) -> dict[str, Any]:
        response = self.request('GET', load_balancer_id, cloud=cloud)
        self.assertEqual(200, response.status_code, response.text)
        return dict(response.json()['resize'])


class TestPut(TestCase):
    def test_never_active_with_the_old_flavor(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'large')

        def is_resized() -> bool:
            found = self.get(lb.id)
            seen = (found.provisioning_status, found.flavor_id)
            self.assertNotEqual(('ACTIVE', self.flavors['small']), seen)
            self.assertNotEqual('ERROR', found.provisioning_status)
            return seen == ('ACTIVE', self.flavors['large'])

        self.wait_until(is_resized)

    def test_deleted_load_balancer(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack('loadbalancer', 'delete', '--wait', lb.name)
        self.assert_fault(self.put(lb.id, 'large'), 404, lb.id)
        for method in ('GET', 'DELETE'):
            self.assert_fault(self.request(method, lb.id), 404, lb.id)
