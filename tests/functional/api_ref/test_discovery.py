# SPDX-License-Identifier: Apache-2.0

"""How the API reference recognizes a cloud without resize."""

from typing import Any
import uuid

from openstack import resource
import requests
import testtools

from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.api import test_resize


class TestWithResize(test_resize.TestCase):
    def test_probe(self) -> None:
        """A PUT of {} shows it, without a load balancer."""
        response = self.request('PUT', str(uuid.uuid4()), json={})
        self.assertEqual(400, response.status_code)
        self.assertTrue(
            response.json()['faultstring'].startswith(
                'The request body must be a JSON object like '
                '{"new_flavor_id": '
            )
        )


class TestWithoutResize(testtools.TestCase):
    """A plain Octavia, of the release that is installed."""

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = shared_sandbox.with_octavia('plain')
        tenant = identity.connect(self.sandbox.state, base.MEMBER)
        self.addCleanup(tenant.close)
        self.service = tenant.load_balancer
        (self.web,) = self.service.load_balancers(name='web')

    def request(
        self, method: str, load_balancer_id: str, **arguments: Any
    ) -> requests.Response:
        response: requests.Response = self.service.request(
            f'/lbaas/loadbalancers/{load_balancer_id}/resize',
            method,
            raise_exc=False,
            **arguments,
        )
        return response

    def test_put(self) -> None:
        for load_balancer_id in (self.web.id, str(uuid.uuid4())):
            for body in ({}, {'new_flavor_id': str(uuid.uuid4())}):
                response = self.request('PUT', load_balancer_id, json=body)
                self._check_refused(response)

    def _check_refused(self, response: requests.Response) -> None:
        self.assertEqual(400, response.status_code)
        self.assertTrue(
            response.json()['faultstring'].startswith(
                "Invalid input for field/attribute load_balancer. Value: "
                "'resize'."
            )
        )

    def test_dry_run(self) -> None:
        """Refused, also where a resize would be possible."""
        before = self._describe_all()
        (large,) = self.service.flavors(name='large')
        response = self.request(
            'PUT',
            self.web.id,
            params={'dry_run': 'true'},
            json={'new_flavor_id': large.id},
        )
        self._check_refused(response)
        self.assertEqual(before, self._describe_all())

    def _describe_all(self) -> list[dict[str, Any]]:
        """Return all that the tenant has, and the amphorae."""
        administrator = identity.connect(self.sandbox.state, base.ADMIN)
        self.addCleanup(administrator.close)
        return [
            found.to_dict()
            for resources in (
                self.service.load_balancers(),
                self.service.listeners(),
                self.service.pools(),
                administrator.load_balancer.amphorae(),
            )
            for found in resources
        ]

    def test_get(self) -> None:
        response = self.request('GET', self.web.id)
        self.assertEqual(200, response.status_code)
        self.assertEqual({'loadbalancer': {}}, response.json())

    def test_delete(self) -> None:
        """What the reference warns of, and what it says to do."""
        created = self.service.create_load_balancer(
            name='childless', vip_subnet_id=str(uuid.uuid4())
        )
        self.service.wait_for_load_balancer(created.id, interval=1)
        response = self.request(
            'DELETE', created.id, params={'cancel': 'true'}
        )
        self.assertEqual(400, response.status_code)
        self.assertEqual(
            'Unknown argument: "cancel"', response.json()['faultstring']
        )
        shown = self.service.get_load_balancer(created.id)
        self.assertEqual('ACTIVE', shown.provisioning_status)
        self.assertEqual(204, self.request('DELETE', created.id).status_code)
        # Others compare what the tenant has.
        resource.wait_for_delete(self.service, created, interval=0.5, wait=60)
