# SPDX-License-Identifier: Apache-2.0
from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure


class TestResizeFailure(testtools.TestCase):
    def test_reason(self) -> None:
        failed = {'state': 'FAILED', 'reason': 'No amphora.'}
        in_log = {'request_id': 'req-1'}
        for resize, reason in (
            (None, None),
            ({'state': 'FAILED'}, None),
            ({'state': 'CANCELLED'}, 'the resize was cancelled'),
            (failed, 'No amphora'),
            ({**failed, **in_log}, "No amphora (req-1 in the service's log)"),
            ({**failed, **in_log, 'detail': 'It.'}, 'No amphora: It'),
        ):
            failure = ResizeFailure(
                'It is ERROR',
                None,
                resize and _resize.LoadBalancerResize.existing(**resize),
            )
            self.assertEqual(reason, failure.reason)
            self.assertEqual(
                f'It is ERROR: {reason}' if reason else 'It is ERROR',
                str(failure),
            )


class TestOutcome(testtools.TestCase):
    def test_not_found(self) -> None:
        outcome = Outcome('web')
        self.assertEqual(
            ('', None, 'Load balancer web'),
            (outcome.id, outcome.status, outcome.label),
        )

    def test_found(self) -> None:
        web = _lb.LoadBalancer(id='123', name='web')
        outcome = Outcome('123', before=web, load_balancer=web)
        self.assertEqual(
            ('123', 'in an unknown state', 'Load balancer web (123)'),
            (outcome.id, outcome.status, outcome.label),
        )

    def test_flavors(self) -> None:
        flavors = {'previous_flavor_id': 'a', 'new_flavor_id': 'b'}
        resize = Outcome('web', **flavors)
        cancel = Outcome('web', is_cancel=True, **flavors)
        self.assertEqual(
            ['b', 'a'], [o.target_flavor_id for o in (resize, cancel)]
        )
        self.assertTrue(resize.changes_flavor)
