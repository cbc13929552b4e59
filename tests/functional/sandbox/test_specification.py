# SPDX-License-Identifier: Apache-2.0

"""The sandbox's Octavia that has the specification's resize, and no more."""

import time
from typing import Any
import uuid

import requests

from resize_sandbox.sandbox import Sandbox
from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox


class TestCase(load_balancer.TestCase):
    which: str

    def find_sandbox(self) -> Sandbox:
        return shared_sandbox.with_octavia(self.which)

    def request(
        self,
        method: str,
        load_balancer_id: str,
        cloud: str = base.MEMBER,
        **arguments: Any,
    ) -> requests.Response:
        response: requests.Response = self.connect(
            cloud
        ).load_balancer.request(
            f'/lbaas/loadbalancers/{load_balancer_id}/resize',
            method,
            raise_exc=False,
            **arguments,
        )
        return response

    def resize(self, load_balancer_id: str, flavor: str) -> None:
        response = self.request(
            'PUT',
            load_balancer_id,
            json={'new_flavor_id': self.flavors[flavor]},
        )
        self.assertEqual(202, response.status_code, response.text)


class TestSpecification(TestCase):
    which = 'specification'

    def test_resize(self) -> None:
        for before, after, compute_flavors in (
            ('small', 'large', ['sandbox.large']),
            ('ha-small', 'ha-large', ['sandbox.large'] * 2),
        ):
            created = self.create_load_balancer(before)
            everything = self.everything(created.id)
            amphorae = self.amphorae(created.id)
            self.resize(created.id, after)
            self.wait_for(created.id, 'ACTIVE')
            self.assert_unchanged(everything, after)
            new = self.amphorae(created.id)
            self.assertEqual(compute_flavors, list(new.values()))
            self.assertEqual(set(), set(amphorae) & set(new))

    def test_active_only_with_the_new_flavor(self) -> None:
        created = self.create_load_balancer('small', children=False)
        self.resize(created.id, 'large')
        seen = set()
        while ('ACTIVE', self.flavors['large']) not in seen:
            found = self.get(created.id)
            seen.add((found.provisioning_status, found.flavor_id))
        self.assertNotIn(('ACTIVE', self.flavors['small']), seen)

    def test_failure(self) -> None:
        """ERROR and the previous flavor; another resize leads out."""
        created = self.create_load_balancer('small', children=False)
        self.resize(created.id, 'broken')
        failed = self.wait_for(created.id, 'ERROR')
        self.assertEqual(self.flavors['small'], failed.flavor_id)
        self._assert_refused(
            400,
            'Validation failure: The load balancer has this flavor already.',
            created.id,
            'small',
        )
        self.resize(created.id, 'large')
        resized = self.wait_for(created.id, 'ACTIVE')
        self.assertEqual(self.flavors['large'], resized.flavor_id)

    def test_refused(self) -> None:
        created = self.create_load_balancer('small', children=False)
        for status, reason, flavor, cloud in (
            (400, 'has this flavor already', 'small', base.MEMBER),
            (400, 'ha-small', 'ha-small', base.MEMBER),
            (400, 'retired', 'retired', base.MEMBER),
            (400, "not compatible with provider 'amphora'", 'other', None),
            (403, 'Policy does not allow', 'large', base.READER),
            (403, 'Policy does not allow', 'large', base.OTHER),
        ):
            self._assert_refused(
                status,
                self.flavors.get(reason, reason),
                created.id,
                flavor,
                cloud or base.MEMBER,
            )
        self.assertEqual(created.to_dict(), self.get(created.id).to_dict())

    def _assert_refused(
        self,
        status: int,
        reason: str,
        load_balancer_id: str,
        flavor: str,
        cloud: str = base.MEMBER,
    ) -> None:
        response = self.request(
            'PUT',
            load_balancer_id,
            cloud,
            json={'new_flavor_id': self.flavors[flavor]},
        )
        self.assertEqual(status, response.status_code, response.text)
        self.assertIn(reason, response.json()['faultstring'])

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


class TestIdle(TestCase):
    which = 'idle'

    def test_accepts_and_changes_nothing(self) -> None:
        created = self.create_load_balancer('small', children=False)
        self.resize(created.id, 'large')
        time.sleep(1)
        self.assertEqual(created.to_dict(), self.get(created.id).to_dict())
