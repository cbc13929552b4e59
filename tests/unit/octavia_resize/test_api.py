# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Every answer of the endpoint, from a real Octavia API."""

import json
import pathlib
from typing import Any
from unittest import mock
import uuid

from octavia.common import exceptions as octavia_exceptions
from octavia.common import policy as octavia_policy
from octavia.common import rpc
from octavia_lib.api.drivers import exceptions as driver_exceptions
from oslo_config import cfg
from oslo_db import exception as db_exceptions
import oslo_messaging

from octavia_resize.db import repository
from octavia_resize.drivers import amphora
from octavia_resize.lifecycle import request
from resize_sandbox.octavia import compute
from tests.unit.octavia_resize import base

UNKNOWN = '6d425a5e-429f-4848-b240-ab31c6d211e4'
FORBIDDEN = 'Policy does not allow this request to be performed.'


class TestPut(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.small)

    def _refused(self, status, message, flavor_id, **kwargs) -> None:
        before = self.get_load_balancer(self.lb_id)
        response = self.resize(self.lb_id, flavor_id, **kwargs)
        self.assert_fault(response, status, message)
        self.assertEqual(before, self.get_load_balancer(self.lb_id))
        self.assertIsNone(self.get_resize(self.lb_id))

    def test_accepted(self) -> None:
        response = self.resize(self.lb_id, self.large)
        self.assertEqual((202, b''), (response.status_int, response.body))
        self.assertEqual(
            {'status': 'PENDING_UPDATE', 'flavor_id': self.small},
            self.get_load_balancer(self.lb_id),
        )
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('QUEUED', 'ACTIVE', self.small, self.large),
            (
                resize.state,
                resize.previous_status,
                resize.previous_flavor_id,
                resize.new_flavor_id,
            ),
        )
        self.assertEqual(
            response.headers['x-openstack-request-id'], resize.request_id
        )

    def test_accepted_without_content_type(self) -> None:
        response = self.resize(
            self.lb_id, self.large, **{'Content-Type': 'text/plain'}
        )
        self.assertEqual(202, response.status_int)

    def test_accepted_in_error_without_flavor(self) -> None:
        lb_id = self.create_load_balancer(None, status='ERROR')
        self.assertEqual(202, self.resize(lb_id, self.large).status_int)
        resize = self.get_resize(lb_id)
        self.assertEqual(
            ('ERROR', None),
            (resize.previous_status, resize.previous_flavor_id),
        )

    def test_connections_are_not_those_of_octavia(self) -> None:
        driver = amphora.AmphoraResizeDriver()
        self.assertIsNot(rpc.TRANSPORT, driver.client.transport)
        again = amphora.AmphoraResizeDriver()
        self.assertIs(driver.client.transport, again.client.transport)

    def test_compute_flavor_that_is_gone(self) -> None:
        self._refuse_to_validate(
            octavia_exceptions.InvalidSubresource(
                resource='Nova flavor', id='m1.secret'
            ),
            400,
            f'Flavor {self.large} cannot be used: the provider refuses what '
            'its profile asks for. Choose another flavor, or ask an '
            'administrator to mend this one.',
        )

    def test_flavor_that_cannot_be_checked(self) -> None:
        self._refuse_to_validate(
            OSError('nova.internal:8774 refuses connections'),
            503,
            f'Flavor {self.large} could not be checked: a service that the '
            'provider needs does not answer. Nothing was changed. Try again '
            'later.',
        )

    def _refuse_to_validate(
        self, error: Exception, status: int, message: str
    ) -> None:
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'validate_flavor',
            autospec=True,
            side_effect=error,
        ):
            self._refused(status, message, self.large)

    def test_alias_of_the_amphora_provider(self) -> None:
        flavor_id = self.create_flavor(provider='octavia')
        lb_id = self.create_load_balancer(None, provider='octavia')
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)

    def test_noop_provider_is_done_at_once(self) -> None:
        flavor_id = self.create_flavor(provider='noop_driver')
        lb_id = self.create_load_balancer(None, provider='noop_driver')
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': flavor_id},
            self.get_load_balancer(lb_id),
        )
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)

    def test_provider_that_cannot(self) -> None:
        with mock.patch(
            'octavia_resize.drivers.loader.NAMESPACE', 'octavia_resize.none'
        ):
            self._refused(
                501,
                f"Provider 'amphora' of load balancer {self.lb_id} cannot "
                'resize load balancers. Create a load balancer with the '
                'wanted flavor instead.',
                self.large,
            )

    def test_reader(self) -> None:
        self._refused(403, FORBIDDEN, self.large, roles='reader')

    def test_other_project(self) -> None:
        self._refused(
            403, FORBIDDEN, self.large, project_id=base.OTHER_PROJECT_ID
        )

    def test_admin(self) -> None:
        response = self.resize(
            self.lb_id,
            self.large,
            roles='admin',
            project_id=base.OTHER_PROJECT_ID,
        )
        self.assertEqual(202, response.status_int)

    def test_unknown_load_balancer(self) -> None:
        for lb_id in (UNKNOWN, 'web'):
            self.assert_fault(
                self.resize(lb_id, self.large),
                404,
                f'Load Balancer {lb_id} not found.',
            )

    def test_deleted_load_balancer(self) -> None:
        lb_id = self.create_load_balancer(self.small, status='DELETED')
        self.assert_fault(
            self.resize(lb_id, self.large),
            404,
            f'Load Balancer {lb_id} not found.',
        )

    def test_unknown_flavor(self) -> None:
        self._refused(
            400,
            f'Flavor {UNKNOWN} not found. List the flavors with '
            "'openstack loadbalancer flavor list'.",
            UNKNOWN,
        )

    def test_disabled_flavor(self) -> None:
        flavor_id = self.create_flavor(enabled=False)
        self._refused(
            400,
            f'Flavor {flavor_id} is disabled. Choose a flavor that '
            "'openstack loadbalancer flavor list' shows as enabled.",
            flavor_id,
        )

    def test_flavor_of_other_provider(self) -> None:
        flavor_id = self.create_flavor(provider='noop_driver')
        self._refused(
            400,
            f"Flavor {flavor_id} is of provider 'noop_driver' but load "
            f"balancer {self.lb_id} is of provider 'amphora'. Choose a flavor "
            'of the same provider.',
            flavor_id,
        )

    def test_other_topology(self) -> None:
        self._refused(
            400,
            f'Flavor {self.ha_large} has topology ACTIVE_STANDBY but load '
            f'balancer {self.lb_id} has topology SINGLE. A resize cannot '
            'change the topology: choose a flavor with topology SINGLE.',
            self.ha_large,
        )

    def test_topology_of_the_configuration(self) -> None:
        cfg.CONF.set_override(
            'loadbalancer_topology', 'ACTIVE_STANDBY', 'controller_worker'
        )
        self.addCleanup(
            cfg.CONF.clear_override,
            'loadbalancer_topology',
            'controller_worker',
        )
        self._refused(
            400,
            f'Flavor {self.large} has topology ACTIVE_STANDBY but load '
            f'balancer {self.lb_id} has topology SINGLE. A resize cannot '
            'change the topology: choose a flavor with topology SINGLE.',
            self.large,
        )

    def test_sriov(self) -> None:
        flavor_id = self.create_flavor(sriov_vip=True)
        self._refused(
            400,
            f'Flavor {flavor_id} needs a VIP port of vNIC type direct but '
            f'the VIP port of load balancer {self.lb_id} is of type normal. '
            'A resize cannot change the VIP port: choose a flavor with the '
            'same SR-IOV setting.',
            flavor_id,
        )

    def test_same_flavor(self) -> None:
        self._refused(
            400,
            f'Load balancer {self.lb_id} already has flavor {self.small}.',
            self.small,
        )

    def test_state(self) -> None:
        for status in ('PENDING_UPDATE', 'PENDING_CREATE', 'PENDING_DELETE'):
            self.lb_id = self.create_load_balancer(self.small, status=status)
            self._refused(
                409,
                f'Load balancer {self.lb_id} is in provisioning status '
                f'{status}. It can be resized in ACTIVE or ERROR only: wait '
                'until the operation in progress has ended, then try again.',
                self.large,
            )

    def test_body(self) -> None:
        example = (
            'The request body must be a JSON object like '
            '{"new_flavor_id": "<flavor UUID>"}: '
        )
        not_json = 'it is not valid JSON.'
        no_object = 'it is not an object.'
        no_uuid = 'new_flavor_id is not the UUID of a flavor.'
        uuid_ = self.large
        for body, reason in (
            (b'', not_json),
            (b'{', not_json),
            (b'\xff\xfe', not_json),
            (b'[' * 100_000, not_json),
            (b'<resize/>', not_json),
            (b'null', no_object),
            (b'[]', no_object),
            (b'"a"', no_object),
            (b'1', no_object),
            ({}, 'new_flavor_id is missing.'),
            ({'new_flavor_id': None}, no_uuid),
            ({'new_flavor_id': 1}, no_uuid),
            ({'new_flavor_id': True}, no_uuid),
            ({'new_flavor_id': []}, no_uuid),
            ({'new_flavor_id': {}}, no_uuid),
            ({'new_flavor_id': ''}, no_uuid),
            ({'new_flavor_id': 'large'}, no_uuid),
            ({'new_flavor_id': '\u00e9\0'}, no_uuid),
            ({'new_flavor': uuid_}, 'unknown field "new_flavor".'),
            ({'new_flavor_id': uuid_, 'x': 1}, 'unknown field "x".'),
            ({'new_flavor_id': uuid_, '': 1}, 'unknown field "".'),
        ):
            response = self.request('PUT', self.lb_id, body)
            self.assert_fault(response, 400, example + reason)
        self.assertIsNone(self.get_resize(self.lb_id))

    def test_message_bus_away(self) -> None:
        driver = amphora.AmphoraResizeDriver
        for error in (
            oslo_messaging.MessageDeliveryFailure(),
            ConnectionRefusedError(111, 'Connection refused'),
        ):
            with (
                mock.patch.object(driver, '__init__', lambda _: None),
                mock.patch.object(driver, 'client', create=True) as client,
            ):
                client.prepare.return_value.cast.side_effect = error
                self._refused(
                    500,
                    "Provider 'amphora' reports error: The message bus does "
                    'not answer. The load balancer is as it was. Try again '
                    'later.',
                    self.large,
                )
            client.prepare.assert_called_once_with(retry=2)

    def test_flavor_cannot_be_deleted_meanwhile(self) -> None:
        self.resize(self.lb_id, self.large)
        request = self.build_request(
            'DELETE', f'/v2.0/lbaas/flavors/{self.large}', roles='admin'
        )
        response = request.get_response(self.application)
        self.assertEqual(409, response.status_int, response.text)
        base.run_worker(self, self.lb_id)
        self.resize(self.lb_id, self.small)
        base.run_worker(self, self.lb_id)
        response = request.get_response(self.application)
        self.assertEqual(204, response.status_int, response.text)


class TestGet(base.TestCase):
    def test_body_is_left_unread(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for method, status in (('GET', 200), ('DELETE', 409), ('POST', 405)):
            for content_type in ('text/plain', 'multipart/form-data'):
                response = self.request(
                    method, lb_id, b'?', **{'Content-Type': content_type}
                )
                self.assertEqual(status, response.status_int, response.text)

    def test_detail_is_for_administrators(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.fail_resize(lb_id, 'No room', 'at 192.0.2.7')
        for roles, detail in (
            ('reader', None),
            ('member,reader', None),
            ('admin', 'at 192.0.2.7'),
        ):
            resize = self.request('GET', lb_id, roles=roles).json['resize']
            self.assertEqual(
                ('FAILED', 'No room', detail),
                (resize['state'], resize['reason'], resize['detail']),
            )

    def test_get(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        response = self.request('GET', lb_id)
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual({'resize': None}, response.json)
        accepted = self.resize(lb_id, self.large)
        request_id = accepted.headers['x-openstack-request-id']
        response = self.request('GET', lb_id, roles='reader')
        self.assertEqual(200, response.status_int, response.text)
        resize = response.json['resize']
        self.assertIsNotNone(resize.pop('created_at'))
        self.assertIsNotNone(resize.pop('updated_at'))
        self.assertEqual(
            {
                'id': self.get_resize(lb_id).id,
                'loadbalancer_id': lb_id,
                'state': 'QUEUED',
                'phase': 'queued',
                'amphorae_built': 0,
                'amphorae_to_build': 0,
                'can_cancel': True,
                'previous_flavor_id': self.small,
                'previous_flavor_name': self.small,
                'new_flavor_id': self.large,
                'new_flavor_name': self.large,
                'reason': None,
                'detail': None,
                'request_id': request_id,
            },
            resize,
        )
        self.assert_fault(
            self.request('GET', lb_id, project_id=base.OTHER_PROJECT_ID),
            403,
            FORBIDDEN,
        )
        self.assert_fault(
            self.request('GET', UNKNOWN),
            404,
            f'Load Balancer {UNKNOWN} not found.',
        )


class TestDelete(base.TestCase):
    def _refused(self, lb_id: str, status: int, message: str, **kw) -> None:
        before = self.get_load_balancer(lb_id)
        self.assert_fault(self.request('DELETE', lb_id, **kw), status, message)
        self.assertEqual(before, self.get_load_balancer(lb_id))

    def test_never_resized(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self._refused(
            lb_id,
            409,
            f'Load balancer {lb_id} has no resize to cancel: it has never '
            'been resized.',
        )

    def test_rights(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self._refused(lb_id, 403, FORBIDDEN, roles='reader')
        self._refused(lb_id, 403, FORBIDDEN, project_id=base.OTHER_PROJECT_ID)
        self.assert_fault(
            self.request('DELETE', UNKNOWN),
            404,
            f'Load Balancer {UNKNOWN} not found.',
        )

    def test_provider_fails(self) -> None:
        """The resize goes on."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        with mock.patch.object(
            amphora.AmphoraResizeDriver,
            'loadbalancer_resize_cancel',
            autospec=True,
            side_effect=driver_exceptions.DriverError(
                user_fault_string='No controller answers.',
                operator_fault_string='timeout',
            ),
        ):
            self._refused(
                lb_id,
                500,
                "Provider 'amphora' reports error: No controller answers.",
            )
        self.assertEqual('RUNNING', self.get_resize(lb_id).state)

    def test_queued_in_error(self) -> None:
        lb_id = self.create_load_balancer(self.small, status='ERROR')
        self.resize(lb_id, self.large)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assertEqual(
            {'status': 'ERROR', 'flavor_id': self.small},
            self.get_load_balancer(lb_id),
        )
        self._refused(
            lb_id,
            409,
            f'Load balancer {lb_id} has no resize to cancel: the latest, to '
            f'flavor {self.large}, is CANCELLED.',
        )

    def test_argument(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}/resize'
        for argument, status in (
            ('cancel=false', 400),
            ('cancel=maybe', 400),
            ('cascade=true', 400),
            ('cancel=true', 202),
        ):
            response = self.build_request(
                'DELETE', f'{path}?{argument}'
            ).get_response(self.application)
            self.assertEqual(status, response.status_int, response.text)
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)

    def test_twice(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assertEqual('CANCELLING', self.get_resize(lb_id).state)
        self._refused(
            lb_id,
            409,
            f'Load balancer {lb_id} has no resize to cancel: it is being '
            'cancelled already.',
        )

    def test_another_one(self) -> None:
        """Nobody cancels the next resize."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}/resize?cancel=true&id='
        for resize_id, status in (
            (UNKNOWN, 409),
            (self.get_resize(lb_id).id, 202),
        ):
            response = self.build_request(
                'DELETE', path + resize_id
            ).get_response(self.application)
            self.assertEqual(status, response.status_int, response.text)

    def test_completed(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        base.run_worker(self, lb_id)
        self._refused(
            lb_id,
            409,
            f'Load balancer {lb_id} has no resize to cancel: the latest, to '
            f'flavor {self.large}, is COMPLETED.',
        )


class TestPlainOctavia(base.TestCase):
    """What Octavia answered before, it answers still."""

    def test_other_resources(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for path, status in (
            ('', 200),
            ('v2.0/lbaas/loadbalancers', 200),
            (f'v2.0/lbaas/loadbalancers/{lb_id}', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/status', 200),
            (f'v2/lbaas/loadbalancers/{lb_id}/stats', 200),
            (f'v2.0/lbaas/loadbalancers/{uuid.uuid4()}', 404),
        ):
            response = self.build_request('GET', f'/{path}').get_response(
                self.application
            )
            self.assertEqual(status, response.status_int, response.text)


class TestPolicyFile(base.TestCase):
    """What an operator writes into policy.yaml counts."""

    RULE = 'os_load-balancer_api:loadbalancer:'

    def _write(self, **rules: str) -> None:
        pathlib.Path(cfg.CONF.oslo_policy.policy_file).write_text(
            json.dumps(
                {self.RULE + name: rule for name, rule in rules.items()}
            )
        )
        octavia_policy.get_enforcer().load_rules(force_reload=True)

    def test_overridden(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.addCleanup(self._write)
        self._write(
            put_resize='role:resizer',
            get_resize='role:resizer',
            delete_resize='role:canceller',
            **{'get_resize:detail': 'role:resizer'},
        )
        for method, role, body in (
            ('PUT', 'resizer', {'new_flavor_id': self.large}),
            ('GET', 'resizer', None),
            ('DELETE', 'canceller', None),
        ):
            for roles in ('member,reader', 'admin'):
                self.assert_fault(
                    self.request(method, lb_id, body, roles=roles),
                    403,
                    FORBIDDEN,
                )
            response = self.request(method, lb_id, body, roles=role)
            self.assertLess(response.status_int, 300, response.text)


class TestDatabase(base.TestCase):
    def test_transaction_given_up(self) -> None:
        """It is made again: the client notices nothing."""
        queue = request.queue
        for error in (
            db_exceptions.DBDeadlock('INSERT'),
            db_exceptions.DBDuplicateEntry(['load_balancer_id']),
        ):
            lb_id = self.create_load_balancer(self.small)
            with mock.patch.object(
                request,
                'queue',
                side_effect=_after(error, queue),
            ):
                response = self.resize(lb_id, self.large)
            self.assertEqual(202, response.status_int, response.text)
            self.assertEqual('QUEUED', self.get_resize(lb_id).state)

    def test_away(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for error in (
            db_exceptions.DBConnectionError('192.0.2.7'),
            db_exceptions.DBDeadlock('UPDATE load_balancer'),
        ):
            for method, module, call, body in (
                ('PUT', request, 'queue', {'new_flavor_id': self.large}),
                ('GET', repository.ResizeRepository, 'get', None),
                ('DELETE', request, 'cancel', None),
            ):
                with mock.patch.object(module, call, side_effect=error):
                    self.assert_fault(
                        self.request(method, lb_id, body),
                        503,
                        "Octavia's database did not answer. See what load "
                        f'balancer {lb_id} is before you try again.',
                    )
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.small},
            self.get_load_balancer(lb_id),
        )


def _after(error: Exception, function: Any) -> Any:
    """Return a function that fails once and then works."""
    errors = [error]

    def fail_once(*args: Any, **kwargs: Any) -> Any:
        if errors:
            raise errors.pop()
        return function(*args, **kwargs)

    return fail_once
