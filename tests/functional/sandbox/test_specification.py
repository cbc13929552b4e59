# SPDX-License-Identifier: Apache-2.0

"""The sandbox's Octavia that has the specification's resize, and no more."""

from typing import Any
import uuid

import requests

from resize_sandbox.sandbox import Sandbox
from tests.functional import load_balancer
from tests.functional import shared_sandbox


class TestSpecification(load_balancer.TestCase):
    def find_sandbox(self) -> Sandbox:
        return shared_sandbox.with_octavia('specification')

    def request(
        self, method: str, load_balancer_id: str, **arguments: Any
    ) -> requests.Response:
        response: requests.Response = self.member.load_balancer.request(
            f'/lbaas/loadbalancers/{load_balancer_id}/resize',
            method,
            raise_exc=False,
            **arguments,
        )
        return response

    def test_nothing_else(self) -> None:
        """What our server half adds is refused, or answers something else."""
        created = self.create_load_balancer('small', children=False)
        response = self.request(
            'PUT',
            created.id,
            params={'dry_run': 'true'},
            json={'new_flavor_id': self.flavors['large']},
        )
        self.assertEqual(400, response.status_code)
        self.assertEqual(
            'Unknown argument: "dry_run"', response.json()['faultstring']
        )
        response = self.request(
            'DELETE', created.id, params={'cancel': 'true'}
        )
        self.assertEqual(400, response.status_code)
        self.assertEqual(
            'Unknown argument: "cancel"', response.json()['faultstring']
        )
        response = self.request('GET', str(uuid.uuid4()))
        self.assertEqual(200, response.status_code)
        self.assertIn(
            created.id, {lb['id'] for lb in response.json()['loadbalancers']}
        )
        self.assertEqual(created.to_dict(), self.get(created.id).to_dict())
