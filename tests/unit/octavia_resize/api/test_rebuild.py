# SPDX-License-Identifier: Apache-2.0

"""A rebuild: new amphorae of the flavor that a load balancer has."""

from typing import Any
from unittest import mock

from octavia.db import models as octavia_models
from octavia.image.drivers.noop_driver import driver as noop
import webob

from octavia_resize import notifications
from resize_sandbox.octavia import images
from tests.unit.octavia_resize import base


class TestCase(base.TestCase):
    def rebuild(
        self, lb_id: str, arguments: str = '', **kwargs: Any
    ) -> webob.Response:
        return self.build_request(
            'PUT',
            f'/v2.0/lbaas/loadbalancers/{lb_id}/rebuild?{arguments}',
            **{'roles': 'admin', **kwargs},
        ).get_response(self.application)


class TestRebuild(TestCase):
    def test_new_amphorae_of_the_same_flavor(self) -> None:
        for flavor_id, topology in (
            (self.small, 'SINGLE'),
            (self.ha_small, 'ACTIVE_STANDBY'),
            (None, 'SINGLE'),
        ):
            for status in ('ACTIVE', 'ERROR'):
                lb_id = self.create_load_balancer(
                    flavor_id, topology, status=status
                )
                before = self.get_amphorae(lb_id)
                response = self.rebuild(lb_id)
                self.assertEqual(202, response.status_int, response.text)
                self.assertTrue(
                    response.headers['Location'].endswith(f'{lb_id}/resize')
                )
                with mock.patch.object(notifications, '_send') as send:
                    self.run_worker(lb_id)
                self.assert_load_balancer(lb_id, 'ACTIVE', flavor_id)
                after = self.get_amphorae(lb_id)
                self.assertEqual(len(before), len(after))
                self.assertFalse(
                    {row[0] for row in before} & {row[0] for row in after}
                )
                shown = self.request('GET', lb_id).json['resize']
                self.assertEqual(
                    ('rebuild', 'COMPLETED', flavor_id, flavor_id),
                    (
                        shown['operation'],
                        shown['state'],
                        shown['previous_flavor_id'],
                        shown['new_flavor_id'],
                    ),
                )
                self.assertEqual(
                    ['start', 'end'],
                    [call.args[0] for call in send.mock_calls],
                )

    def test_drain_seconds(self) -> None:
        self.set_resize_option('drain_seconds', 5)
        for body, seconds in ((b'', 5), ({}, 5), ({'drain_seconds': 0}, 0)):
            lb_id = self.create_load_balancer(self.small)
            self.rebuild(lb_id, body=body)
            shown = self.request('GET', lb_id).json['resize']
            self.assertEqual(seconds, shown['drain_seconds'])

    def test_name_of_the_notification(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.rebuild(lb_id)
        with mock.patch('octavia.common.rpc.get_notifier') as notifier:
            self.run_worker(lb_id)
        self.assertEqual(
            ['octavia.loadbalancer.rebuild.start'],
            [
                call.args[1]
                for call in notifier().prepare().info.mock_calls[:1]
            ],
        )

    def test_cancelled(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        before = self.get_amphorae(lb_id)
        self.rebuild(lb_id)
        response = self.request('DELETE', lb_id, arguments='cancel=true')
        self.assertEqual(202, response.status_int, response.text)
        self.assertEqual('ACTIVE', self.get_load_balancer(lb_id)['status'])
        self.assertEqual(before, self.get_amphorae(lb_id))

    def test_refusals(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        pending_id = self.create_load_balancer(
            self.small, status='PENDING_UPDATE'
        )
        noop_id = self.create_load_balancer(None, provider='noop_driver')
        gone_id = self.create_load_balancer(
            self.create_flavor(compute_flavor='gone')
        )
        for lb, kwargs, status, message in (
            (lb_id, {'roles': 'member,reader'}, 403, base.FORBIDDEN),
            (
                lb_id,
                {'arguments': 'dry_run=1'},
                400,
                "The argument 'dry_run' must be true or false, or left out.",
            ),
            (
                lb_id,
                {'body': {'new_flavor_id': self.large}},
                400,
                'The request body must be empty or a JSON object like '
                '{"drain_seconds": 5}: unknown field "new_flavor_id".',
            ),
            (
                lb_id,
                {'body': {'drain_seconds': 10**6}},
                400,
                'The drain of connections (drain_seconds) must be a whole '
                'number of seconds from 0 to 300, the most that this cloud '
                'allows.',
            ),
            (
                pending_id,
                {},
                409,
                f'Load balancer web ({pending_id}) is in provisioning status '
                'PENDING_UPDATE. It can be resized in ACTIVE or ERROR only: '
                'wait until the operation in progress has ended, then try '
                'again.',
            ),
            (
                noop_id,
                {},
                501,
                f"Provider 'noop_driver' of load balancer web ({noop_id}) "
                'cannot rebuild load balancers. Nothing was changed.',
            ),
        ):
            before = self.get_load_balancer(lb)
            self.assert_fault(self.rebuild(lb, **kwargs), status, message)
            self.assertEqual(before, self.get_load_balancer(lb))
            self.assertIsNone(self.get_resize(lb))
        self.assertEqual(202, self.rebuild(gone_id).status_int)


class TestDryRun(TestCase):
    def _preview(self, lb_id: str) -> Any:
        response = self.rebuild(lb_id, 'dry_run=true')
        self.assertEqual(200, response.status_int, response.text)
        return response.json['rebuild']

    def _set_image(self, lb_id: str, image_id: str) -> None:
        self.update_rows(
            octavia_models.Amphora,
            {'image_id': image_id},
            load_balancer_id=lb_id,
        )

    def test_outdated_by_image_and_by_flavor(self) -> None:
        old, new = (images.Images().publish('amphora') for _ in range(2))
        for image_id, compute_flavor, outdated, reason in (
            (new, 'sandbox.small', False, None),
            (old, 'sandbox.small', True, f'image {old} is not {new}'),
            (
                new,
                'sandbox.old',
                True,
                'compute flavor sandbox.old is not sandbox.small',
            ),
        ):
            lb_id = self.create_load_balancer(
                self.small, compute_flavor=compute_flavor
            )
            self._set_image(lb_id, image_id)
            ((amphora_id, role, _, _),) = self.get_amphorae(lb_id)
            preview = self._preview(lb_id)
            self.assertIn('once', preview.pop('traffic'))
            self.assertEqual(
                {
                    'loadbalancer_id': lb_id,
                    'flavor_id': self.small,
                    'flavor_name': self.small,
                    'topology': 'SINGLE',
                    'outdated': outdated,
                    'amphorae': [
                        {
                            'id': amphora_id,
                            'role': role,
                            'image_id': {'from': image_id, 'to': new},
                            'compute_flavor': {
                                'from': compute_flavor,
                                'to': 'sandbox.small',
                            },
                            'outdated': outdated,
                            'reason': reason,
                        }
                    ],
                },
                preview,
            )
            self.assertIsNone(self.get_resize(lb_id))

    def test_up_to_date_after_a_rebuild(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        images.Images().publish('amphora')
        self.assertTrue(self._preview(lb_id)['outdated'])
        self.rebuild(lb_id)
        self.run_worker(lb_id)
        self.assertFalse(self._preview(lb_id)['outdated'])

    def test_image_service_away(self) -> None:
        lb_id = self.create_load_balancer(None)
        with mock.patch.object(
            noop.NoopImageDriver,
            'get_image_id_by_tag',
            side_effect=ConnectionError,
        ):
            self.assert_fault(
                self.rebuild(lb_id, 'dry_run=true'),
                503,
                f'What a rebuild of load balancer web ({lb_id}) would change '
                'is not known: a service that the provider needs does not '
                'answer. Nothing was changed. Try again later.',
            )
