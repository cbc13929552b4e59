# SPDX-License-Identifier: Apache-2.0
from tests.unit.load_balancers import RETIRED
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import cloud


class TestRefused(load_balancer.TestCase):
    def _error(self, message: str, **kwargs: str) -> None:
        """Check what is refused before any load balancer is found."""
        self.assertEqual(
            base.Result('', f'{message}\n', 1), self.resize(**kwargs)
        )

    def test_no_such_flavor(self) -> None:
        self._error(
            "No load balancer flavor with the name or ID 'huge' found; "
            "'openstack loadbalancer flavor list' shows those that there are. "
            'Nothing was changed',
            flavor='huge',
        )

    def test_no_such_load_balancer(self) -> None:
        for name in ('nope', "''"):
            result = self.resize(name=name)
            self.check(
                result,
                1,
                'not found',
                "found; 'openstack loadbalancer list' shows those that there",
            )

    def test_of_another_project(self) -> None:
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            status_code=403,
            json=cloud.fault('Policy does not allow this.'),
        )
        shown = 'Your roles do not allow to see load balancer '
        self.check(self.resize(name=WEB['id']), 1, 'forbidden', shown)

    def test_answer_that_is_none(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}/{WEB["id"]}', text='<html>')
        self._error(
            f"Failed to get load balancer {WEB['id']}: the service's answer "
            'cannot be read: it is not JSON. Nothing was changed; run the '
            'same command again',
            name=WEB['id'],
        )

    def test_disabled_flavor(self) -> None:
        self.check(
            self.resize(flavor='retired'),
            1,
            'refused',
            f'Flavor retired ({RETIRED["id"]}) is disabled; ',
        )
        self.assertNothingChanged()

    def test_being_deleted(self) -> None:
        deleting = {**WEB, 'provisioning_status': 'PENDING_DELETE'}
        self.cloud.load_balancers(deleting)
        for flavor in ('small', 'large'):
            result = self.resize(flavor=flavor)
            self.check(result, 1, 'refused', ' is being deleted\n')
        self.assertNothingChanged()
        self.cloud.load_balancers(WEB)
        self.cloud.states(deleting)
        self.cloud.resize(WEB, status_code=409, json=cloud.fault('Immutable.'))
        self.check(self.resize(), 1, 'refused', 'is now PENDING_DELETE\n')

    def test_refused_by_the_service(self) -> None:
        for status, fault, shown in (
            (400, cloud.STOCK_OCTAVIA_PUT, 'does not offer resize'),
            (403, 'It is not allowed.', 'your roles do not allow it ('),
            (400, 'Flavor is bad.', 'Flavor is bad'),
            (501, 'Provider x cannot resize.', 'Provider x cannot resize'),
        ):
            self.cloud.resize(WEB, status_code=status, json=cloud.fault(fault))
            self.check(
                self.resize(),
                1,
                'refused',
                shown,
                '. The load balancer is unchanged: ACTIVE with flavor small\n',
            )

    def test_timeout_without_wait(self) -> None:
        result = self.resize('--timeout 5')
        self.assertEqual(
            base.Result('', '--timeout is how long to --wait: give both\n', 1),
            result,
        )
        self.assertEqual([], self.cloud.requested())

    def test_timeout_that_is_none(self) -> None:
        for value in ('soon', '-1', 'inf', 'nan'):
            result = self.resize(f'--wait --timeout={value}')
            self.assertEqual(2, result.status)
            self.assertIn(
                f"'{value}' is not a number of seconds\n", result.stderr
            )

    def test_service_away(self) -> None:
        for url, subject in (
            (f'{cloud.LBS_URL}?name=web', 'load balancer web'),
            (cloud.FLAVORS_URL, 'the flavors'),
        ):
            self.cloud.requests.get(url, status_code=503)
            self._error(
                f'Failed to get {subject}: the service answered 503. Nothing '
                'was changed; run the same command again'
            )
