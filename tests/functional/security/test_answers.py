# SPDX-License-Identifier: Apache-2.0

"""What an answer has for a tenant: nothing that isn't the tenant's."""

import uuid

import requests

from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.api import test_resize

_METHODS = ('PUT', 'GET', 'DELETE')


class TestAnswers(test_resize.TestCase):
    def send(
        self, method: str, load_balancer_id: str, flavor_id: str, cloud: str
    ) -> requests.Response:
        return self.request(
            method,
            load_balancer_id,
            json={'new_flavor_id': flavor_id} if method == 'PUT' else None,
            cloud=cloud,
        )

    def test_foreign_load_balancer(self):
        """The same answer whatever it is, and whatever is requested."""
        foreign = {
            'idle': self.create_load_balancer('small', children=False).id,
            'resized': self.create_load_balancer(
                'ha-small', children=False
            ).id,
        }
        self.put(foreign['resized'], 'ha-slow')
        self.request('DELETE', foreign['resized'])
        self.wait_for(foreign['resized'], 'ACTIVE')
        # What Octavia itself answers to who reads it.
        other = shared_sandbox.connect(base.OTHER).load_balancer
        expected = other.get(f'/lbaas/loadbalancers/{foreign["idle"]}')
        self.assertEqual(403, expected.status_code)
        for lb_id in foreign.values():
            for flavor_id in (*self.flavors.values(), str(uuid.uuid4())):
                for method in _METHODS:
                    answer = self.send(method, lb_id, flavor_id, base.OTHER)
                    self.assertEqual(
                        (expected.status_code, expected.text),
                        (answer.status_code, answer.text),
                        method,
                    )

    def test_unknown_load_balancer(self):
        """Nothing about the flavor: it isn't read."""
        lb_id = str(uuid.uuid4())
        expected = None
        for flavor_id in (*self.flavors.values(), str(uuid.uuid4())):
            for method in _METHODS:
                answer = self.send(method, lb_id, flavor_id, base.MEMBER)
                self.assertEqual(404, answer.status_code)
                expected = expected or answer.text
                self.assertEqual(expected, answer.text, method)

    def test_flavor_profiles(self):
        """Of a profile: provider, topology, type of VIP port; no more."""
        lb = self.create_load_balancer('small', children=False)
        profiles = [
            (profile.id, profile.name)
            for profile in self.admin.load_balancer.flavor_profiles()
        ]
        for name in ('small', 'ha-small', 'ha-large', 'other', 'retired'):
            answer = self.put(lb.id, name)
            self.assert_fault(answer, 400)
            for profile_id, _ in profiles:
                self.assertNotIn(profile_id, answer.text)
            self.assertNotIn('sandbox.', answer.text)
            self.assertNotIn('compute', answer.text)

    def test_why_a_resize_failed(self):
        """A tenant reads that compute failed; an administrator of what."""
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'broken')
        self.wait_for(lb.id, 'ERROR')
        for cloud in (base.MEMBER, base.READER):
            answer = self.request('GET', lb.id, cloud=cloud)
            self.assertNotIn('sandbox.broken', answer.text)
            self.assertIsNone(answer.json()['resize']['detail'])
        answer = self.request('GET', lb.id, cloud=base.ADMIN)
        self.assertIn('sandbox.broken', answer.json()['resize']['detail'])
