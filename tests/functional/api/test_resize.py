# SPDX-License-Identifier: Apache-2.0

"""PUT, GET and DELETE /v2.0/lbaas/loadbalancers/{id}/resize."""

from typing import Any
import uuid

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
        self, response: requests.Response, status: int, *words: str
    ) -> None:
        """Check that an answer is one of Octavia's faults."""
        self.assertEqual(status, response.status_code, response.text)
        fault = response.json()
        self.assertEqual('Client', fault['faultcode'])
        for word in words:
            self.assertIn(word, fault['faultstring'])

    def latest(
        self, load_balancer_id: str, *, cloud: str = base.MEMBER
    ) -> dict[str, Any]:
        response = self.request('GET', load_balancer_id, cloud=cloud)
        self.assertEqual(200, response.status_code, response.text)
        return dict(response.json()['resize'])


class TestPut(TestCase):
    def test_accepted(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        response = self.put(lb.id, 'large')
        self.assertEqual(202, response.status_code, response.text)
        self.assertEqual('', response.text)
        self.assertIn('X-Openstack-Request-Id', response.headers)
        # A watcher never sees the state from before the request.
        self.assertNotEqual(
            ('ACTIVE', self.flavors['small']),
            (self.get(lb.id).provisioning_status, self.get(lb.id).flavor_id),
        )
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, 'large')
        latest = self.latest(lb.id)
        self.assertEqual('COMPLETED', latest['state'])
        self.assertEqual(self.flavors['small'], latest['previous_flavor_id'])
        self.assertEqual(self.flavors['large'], latest['new_flavor_id'])
        self.assertEqual(lb.id, latest['loadbalancer_id'])
        self.assertIsNone(latest['reason'])

    def test_never_active_with_the_old_flavor(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'large')
        seen = set()
        while ('ACTIVE', self.flavors['large']) not in seen:
            found = self.get(lb.id)
            seen.add((found.provisioning_status, found.flavor_id))
            self.assertNotIn(('ACTIVE', self.flavors['small']), seen)
            self.assertNotIn('ERROR', {status for status, _ in seen})

    def test_bad_bodies(self):
        lb = self.create_load_balancer('small', children=False)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        flavor_id = self.flavors['large']
        for body in (
            b'',
            b'{',
            b'[]',
            b'null',
            b'"text"',
            b'7',
            b'\xff\xfe',
            b'{}',
            b'{"new_flavor_id": null}',
            b'{"new_flavor_id": 7}',
            b'{"new_flavor_id": true}',
            b'{"new_flavor_id": []}',
            b'{"new_flavor_id": {}}',
            b'{"new_flavor_id": ""}',
            b'{"new_flavor_id": "large"}',
            b'{"flavor_id": "%s"}' % flavor_id.encode(),
            b'{"new_flavor_id": "%s", "force": true}' % flavor_id.encode(),
            b'[' * 100_000,
        ):
            with self.subTest(body=body[:60]):
                response = self.request(
                    'PUT',
                    lb.id,
                    data=body,
                    headers={'Content-Type': 'application/json'},
                )
                self.assert_fault(response, 400)
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def _refused(self, flavor_id: str, *words: str, of: str = 'small') -> None:
        lb = self.create_load_balancer(of, children=False)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        response = self.request(
            'PUT', lb.id, json={'new_flavor_id': flavor_id}
        )
        self.assert_fault(response, 400, *words)
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))
        response = self.request('GET', lb.id)
        self.assertEqual({'resize': None}, response.json())

    def test_unknown_flavor(self):
        flavor_id = str(uuid.uuid4())
        self._refused(flavor_id, flavor_id, 'not found')

    def test_disabled_flavor(self):
        self._refused(self.flavors['retired'], 'disabled')

    def test_other_provider(self):
        self._refused(self.flavors['other'], 'noop_driver', 'amphora')

    def test_other_topology(self):
        self._refused(self.flavors['ha-large'], 'ACTIVE_STANDBY', 'SINGLE')

    def test_other_topology_of_active_standby(self):
        self._refused(
            self.flavors['large'], 'ACTIVE_STANDBY', 'SINGLE', of='ha-small'
        )

    def test_same_flavor(self):
        self._refused(self.flavors['small'], 'already has flavor')

    def test_unauthorized(self):
        lb = self.create_load_balancer('small', children=False)
        self.assertEqual(401, self.put(lb.id, 'large', cloud=None).status_code)
        response = self.put(
            lb.id,
            'large',
            cloud=None,
            headers={'X-Auth-Token': 'gAAAAAnonsense'},
        )
        self.assertEqual(401, response.status_code)
        self.assertEqual(self.flavors['small'], self.get(lb.id).flavor_id)

    def test_forbidden(self):
        lb = self.create_load_balancer('small', children=False)
        before = self.everything(lb.id)
        for cloud in (base.READER, base.OTHER):
            with self.subTest(cloud=cloud):
                self.assert_fault(self.put(lb.id, 'large', cloud=cloud), 403)
        self.assertEqual(before, self.everything(lb.id))

    def test_unknown_load_balancer(self):
        lb_id = str(uuid.uuid4())
        self.assert_fault(self.put(lb_id, 'large'), 404, lb_id)

    def test_deleted_load_balancer(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack('loadbalancer', 'delete', '--wait', lb.name)
        self.assert_fault(self.put(lb.id, 'large'), 404, lb.id)
        for method in ('GET', 'DELETE'):
            self.assert_fault(self.request(method, lb.id), 404, lb.id)

    def test_while_one_runs(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'slow')
        self.assert_fault(
            self.put(lb.id, 'large'), 409, lb.id, 'PENDING_UPDATE'
        )
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_failure(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'broken')
        self.assertEqual(
            self.flavors['small'], self.wait_for(lb.id, 'ERROR').flavor_id
        )
        for cloud in (base.MEMBER, base.ADMIN):
            latest = self.latest(lb.id, cloud=cloud)
            self.assertEqual('FAILED', latest['state'])
            self.assertEqual(
                'The compute service could not provide an amphora; no amphora '
                'was replaced, and a cancel leads back',
                latest['reason'],
            )
            if cloud == base.ADMIN:
                self.assertIn('No valid host', latest['detail'])
            else:
                self.assertIsNone(latest['detail'])


class TestGet(TestCase):
    def test_never_resized(self):
        lb = self.create_load_balancer('small', children=False)
        response = self.request('GET', lb.id)
        self.assertEqual({'resize': None}, response.json())

    def test_reader(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'large')
        response = self.request('GET', lb.id, cloud=base.READER)
        self.assertEqual(200, response.status_code)

    def test_of_another_tenant(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'large')
        self.assert_fault(self.request('GET', lb.id, cloud=base.OTHER), 403)

    def test_unauthorized(self):
        self.assertEqual(
            401, self.request('GET', str(uuid.uuid4()), cloud=None).status_code
        )


class TestDelete(TestCase):
    def _cancel(self, of: str, to: str, *, at_once: bool) -> None:
        lb = self.create_load_balancer(of)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        self.put(lb.id, to)
        while not at_once and self.amphorae(lb.id) == amphorae:
            # The worker has not begun yet.
            self.assertEqual(
                'PENDING_UPDATE', self.get(lb.id).provisioning_status
            )
        response = self.request('DELETE', lb.id)
        self.assertEqual(202, response.status_code, response.text)
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, of)
        self.assertEqual(
            sorted(amphorae.values()), sorted(self.amphorae(lb.id).values())
        )
        self.assertEqual('CANCELLED', self.latest(lb.id)['state'])
        # What was cancelled can be asked for again.
        self.put(lb.id, to)
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, to)

    def test_at_once(self):
        self._cancel('small', 'large', at_once=True)

    def test_at_once_active_standby(self):
        self._cancel('ha-small', 'ha-large', at_once=True)

    def test_running(self):
        self._cancel('small', 'slow', at_once=False)

    def test_running_active_standby(self):
        self._cancel('ha-small', 'ha-large', at_once=False)

    def test_twice(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'slow')
        self.assertEqual(202, self.request('DELETE', lb.id).status_code)
        self.assert_fault(self.request('DELETE', lb.id), 409, 'cancel')
        self.assertEqual(
            self.flavors['small'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_none(self):
        lb = self.create_load_balancer('small', children=False)
        self.assert_fault(
            self.request('DELETE', lb.id), 409, 'no resize to cancel'
        )
        self.assertEqual('ACTIVE', self.get(lb.id).provisioning_status)

    def test_finished(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'large')
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_fault(
            self.request('DELETE', lb.id), 409, 'no resize to cancel'
        )
        self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_forbidden(self):
        lb = self.create_load_balancer('small', children=False)
        self.put(lb.id, 'slow')
        for cloud in (base.READER, base.OTHER):
            with self.subTest(cloud=cloud):
                self.assert_fault(
                    self.request('DELETE', lb.id, cloud=cloud), 403
                )
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )
