# SPDX-License-Identifier: Apache-2.0

"""An Octavia with the one request of the specification, and what is learned.

GET lists load balancers there, as the controller inherits that; see the
sandbox's Octavia of the specification, which functional tests run against.
"""

from openstack import exceptions

from resize_client.sdk import connection
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import plan
from resize_client.sdk.load_balancer import request
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result
from tests.unit.load_balancers import ERROR
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import PENDING
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SHOP
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import load_balancers


class TestSpecification(load_balancers.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.answer_to_dry_run(WEB, **cloud.UNKNOWN_DRY_RUN)
        self.cloud.resize(WEB, status_code=202)
        self.cloud.requests.get(RESIZE_URL, json={'loadbalancers': [WEB]})

    def test_dry_run(self) -> None:
        """Nothing is decided from it, and it is requested once."""
        for _ in range(2):
            self.assertIsNone(
                self.proxy.preview_load_balancer_resize(WEB['id'], LARGE['id'])
            )
        self.assertEqual(
            [f'PUT {RESIZE_URL}?dry_run=true'], self.cloud.requested()
        )

    def test_draining(self) -> None:
        """It is learned from the answer to either request."""
        unknown = 'Unknown attribute for argument resize: drain_seconds'
        self.cloud.resize(WEB, status_code=400, json={'faultstring': unknown})
        for dry_run, puts in ((False, 1), (True, 2)):
            proxy = connection.extend(base.connect()).load_balancer
            for _ in range(2):
                (outcome,) = plan.plan_resizes(
                    proxy,
                    [WEB['id']],
                    LARGE['id'],
                    drain_seconds=5,
                    dry_run=dry_run,
                )
                if not dry_run:
                    (outcome,) = request.send_all(proxy, [outcome])
                self.assertEqual(Result.REFUSED, outcome.result)
                self.assertIn('does not offer draining', str(outcome.error))
            self.assertEqual(puts, self.cloud.count('PUT'))

    def test_nothing_to_show_is_read_once(self) -> None:
        for _ in range(2):
            exc = self.assertRaises(
                exceptions.NotSupported,
                self.proxy.get_load_balancer_resize,
                WEB['id'],
            )
            self.assertEqual(
                "This cloud's load balancing service can neither show nor "
                'cancel a resize',
                str(exc),
            )
        self.assertEqual([f'GET {RESIZE_URL}'], self.cloud.requested())

    def test_wait(self) -> None:
        self.cloud.states(PENDING, PENDING, RESIZED)
        web = self.proxy.resize_load_balancer(
            self.proxy.get_load_balancer(WEB['id']), LARGE['id'], wait=True
        )
        self.assertEqual(LARGE['id'], web.flavor_id)

    def test_failure(self) -> None:
        self.cloud.states(PENDING, ERROR)
        exc = self.assertRaises(
            ResizeFailure,
            self.proxy.wait_for_load_balancer_resize,
            WEB['id'],
            LARGE['id'],
        )
        self.assertIn('is ERROR with flavor', str(exc))
        self.assertEqual((None, None), (exc.reason, exc.doubt))

    def test_accepted_and_never_begun(self) -> None:
        self.cloud.states(WEB)
        self.assertRaises(
            exceptions.ResourceTimeout,
            self.proxy.wait_for_load_balancer_resize,
            WEB['id'],
            LARGE['id'],
            timeout=30,
        )

    def test_accepted_and_begun_late(self) -> None:
        self.cloud.states(WEB, WEB, PENDING, RESIZED)
        web = self.proxy.wait_for_load_balancer_resize(WEB['id'], LARGE['id'])
        self.assertEqual(LARGE['id'], web.flavor_id)

    def test_several(self) -> None:
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        self.cloud.resize(SHOP, status_code=202)
        outcomes = self.proxy.resize_load_balancers(
            ['web', 'shop'], 'large', wait=False
        )
        self.assertEqual(
            [Result.ACCEPTED, Result.ACCEPTED], [o.result for o in outcomes]
        )
        self.assertEqual(
            [False, False], [outcome.is_recorded for outcome in outcomes]
        )
        self.assertEqual(
            [
                f'PUT {RESIZE_URL}?dry_run=true',
                f'PUT {RESIZE_URL}',
                f'PUT {cloud.LBS_URL}/{SHOP["id"]}/resize',
            ],
            sorted(
                (a for a in self.cloud.requested() if a.startswith('PUT')),
                key=lambda a: ('dry_run' not in a, WEB['id'] not in a),
            ),
        )

    def test_attach(self) -> None:
        """What is in progress may be the resize; its end shows that."""
        self.cloud.flavors(SMALL, LARGE)
        busy = {'status_code': 409, 'json': cloud.fault('is immutable')}
        lost = {'status_code': 502}
        nothing = {'json': {'loadbalancers': [WEB]}}
        for answer, latest, end, result in (
            (busy, nothing, RESIZED, Result.RESIZED),
            (lost, nothing, RESIZED, Result.RESIZED),
            (busy, nothing, WEB, Result.REFUSED),
            (busy, nothing, ERROR, Result.FAILED),
            # Who may not read it
            (busy, {'status_code': 403}, RESIZED, Result.RESIZED),
            (busy, {'status_code': 403}, WEB, Result.REFUSED),
        ):
            self.proxy = connection.extend(base.connect()).load_balancer
            self.cloud.requests.get(RESIZE_URL, **latest)
            self.cloud.load_balancers(WEB if answer is lost else PENDING)
            self.cloud.resize(WEB, **answer)
            self.cloud.states(PENDING, PENDING, PENDING, end)
            (outcome,) = self.proxy.resize_load_balancers(['web'], 'large')
            self.assertEqual(
                (True, result), (outcome.is_attached, outcome.result)
            )

    def test_service_that_is_away_for_a_moment(self) -> None:
        """What was not accepted meanwhile is requested again."""
        self.cloud.flavors(SMALL, LARGE)
        self.cloud.load_balancers(WEB, SHOP)
        self.cloud.states(SHOP, {**SHOP, 'flavor_id': LARGE['id']})
        self.cloud.resize(SHOP, status_code=202)
        away = {'status_code': 503}
        self.cloud.answers_to_resize(WEB, [away, {'status_code': 202}])
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{WEB["id"]}',
            [
                away,
                *({'json': {'loadbalancer': lb}} for lb in (WEB, RESIZED)),
            ],
        )
        outcomes = self.proxy.resize_load_balancers(['web', 'shop'], 'large')
        self.assertEqual(
            [Result.RESIZED, Result.RESIZED], [o.result for o in outcomes]
        )
        self.assertEqual(2, self.cloud.requested().count(f'PUT {RESIZE_URL}'))


class TestRecord(load_balancers.TestCase):
    def test_host_that_is_not_upgraded_yet(self) -> None:
        """It doesn't make forget what another one has shown."""
        self.cloud.latest_resize(WEB, 'RUNNING')
        self.proxy.get_load_balancer_resize(WEB['id'])
        self.cloud.requests.get(RESIZE_URL, json={'loadbalancer': {}})
        self.assertRaises(
            ValueError, self.proxy.get_load_balancer_resize, WEB['id']
        )
        self.assertIs(True, offer.of(self.proxy).record)
