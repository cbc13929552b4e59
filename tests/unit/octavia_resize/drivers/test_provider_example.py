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

"""The provider drivers of the contributor guide, behind the real API."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import fixtures
from octavia.db import api as db_apis
from octavia_lib.api.drivers import provider_base
from stevedore import driver as stevedore_driver

from octavia_resize.drivers import loader
from octavia_resize.drivers import status
from octavia_resize.lifecycle import request
from tests.unit.octavia_resize import base

_EXAMPLE = (
    Path(__file__).parents[4]
    / 'doc/source/contributor/provider_driver_example.py'
)


def load_example() -> ModuleType:
    spec = importlib.util.spec_from_file_location('example', _EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.example = load_example()
        self.appliance = self.example.Appliance()

    def use(self, provider_driver: Any, resize_driver: Any = None) -> None:
        """Have Octavia load a provider driver, and stevedore an entry point.

        :param resize_driver: What is registered for the provider, if
            anything is.
        """
        self.useFixture(
            fixtures.MonkeyPatch(
                'octavia.api.drivers.driver_factory.get_driver',
                lambda name: provider_driver,
            )
        )

        load = stevedore_driver.DriverManager

        def manager(namespace: str, name: str, **arguments: Any) -> Any:
            if namespace != loader.NAMESPACE or resize_driver is None:
                return load(namespace, name, **arguments)
            self.assertEqual(provider_driver.name, name)
            return mock.Mock(driver=resize_driver)

        self.useFixture(
            fixtures.MonkeyPatch(
                'octavia_resize.drivers.loader.stevedore_driver.DriverManager',
                manager,
            )
        )
        name = provider_driver.name
        self.previous = self.create_flavor(provider=name, size='small')
        self.new = self.create_flavor(provider=name, size='large')
        self.lb_id = self.create_load_balancer(self.previous, provider=name)
        self.appliance.sizes[self.lb_id] = 'small'

    def assert_ended(self, state: str, flavor_id: str, status: str) -> None:
        self.assertEqual(state, self.get_resize(self.lb_id).state)
        self.assertEqual(
            {'status': status, 'flavor_id': flavor_id},
            self.get_load_balancer(self.lb_id),
        )


class TestInstantDriver(TestCase):
    def setUp(self) -> None:
        super().setUp()
        driver = self.example.InstantDriver(self.appliance)
        driver.validate_flavor = lambda flavor: None
        self.use(driver)

    def test_resize(self) -> None:
        self.assertEqual(202, self.resize(self.lb_id, self.new).status_int)
        self.assert_ended('COMPLETED', self.new, 'ACTIVE')
        self.assertEqual('large', self.appliance.sizes[self.lb_id])

    def test_refused(self) -> None:
        flavor_id = self.create_flavor(provider='instant', size='huge')
        response = self.resize(self.lb_id, flavor_id)
        self.assertEqual(501, response.status_int)
        self.assertIn('huge is not a size', response.json['faultstring'])
        self.assertIsNone(self.get_resize(self.lb_id))
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.previous},
            self.get_load_balancer(self.lb_id),
        )

    def test_cannot_cancel(self) -> None:
        """A driver without the method for it; the resize goes on."""
        with db_apis.session().begin() as session:
            request.queue(session, self.lb_id, self.new, None)
        self.assertTrue(
            status.start(self.lb_id, self.get_resize(self.lb_id).id)
        )
        response = self.request('DELETE', self.lb_id)
        self.assertEqual(501, response.status_int, response.text)
        self.assertIn('cannot cancel', response.json['faultstring'])
        self.assertEqual('RUNNING', self.get_resize(self.lb_id).state)


class TestPatientResizeDriver(TestCase):
    def setUp(self) -> None:
        super().setUp()

        class ReleasedDriver(provider_base.ProviderDriver):
            name = 'patient'

            def validate_flavor(self, flavor_metadata: Any) -> None:
                pass

        driver = self.example.PatientResizeDriver()
        self.messages: list[tuple[str, str, str]] = []
        driver.send = lambda *message: self.messages.append(message)
        self.controller = self.example.Controller(self.appliance)
        self.use(ReleasedDriver(), driver)
        self.assertEqual(202, self.resize(self.lb_id, self.new).status_int)
        self.assertEqual('QUEUED', self.get_resize(self.lb_id).state)

    def _run(self) -> None:
        (message,) = self.messages
        self.controller.resize(*message)

    def test_resize(self) -> None:
        self._run()
        self.assert_ended('COMPLETED', self.new, 'ACTIVE')
        self.assertEqual('large', self.appliance.sizes[self.lb_id])

    def test_cancel_queued(self) -> None:
        self.assertEqual(202, self.request('DELETE', self.lb_id).status_int)
        self._run()
        self.assert_ended('CANCELLED', self.previous, 'ACTIVE')
        self.assertEqual('small', self.appliance.sizes[self.lb_id])

    def _cancel_running(self) -> None:
        set_size = self.appliance.set_size

        def cancelled(loadbalancer_id: str, size: str) -> None:
            self.appliance.set_size = set_size
            response = self.request('DELETE', loadbalancer_id)
            self.assertEqual(202, response.status_int, response.text)
            set_size(loadbalancer_id, size)

        self.appliance.set_size = cancelled
        self._run()
        self.assert_ended('CANCELLED', self.previous, 'ACTIVE')
        self.assertEqual('small', self.appliance.sizes[self.lb_id])

    def test_cancel_running(self) -> None:
        self._cancel_running()

    def test_failure(self) -> None:
        ((lb_id, resize_id, _),) = self.messages
        self.messages = [(lb_id, resize_id, 'huge')]
        self._run()
        self.assert_ended('FAILED', self.previous, 'ERROR')
        self.assertEqual(
            'huge is not a size', self.get_resize(self.lb_id).reason
        )

    def test_cancel_of_a_failure(self) -> None:
        ((lb_id, resize_id, _),) = self.messages
        self.messages = [(lb_id, resize_id, 'huge')]
        set_size = self.appliance.set_size

        def cancelled(loadbalancer_id: str, size: str) -> None:
            self.appliance.set_size = set_size
            self.request('DELETE', loadbalancer_id)
            set_size(loadbalancer_id, size)

        self.appliance.set_size = cancelled
        self._run()
        self.assert_ended('CANCELLED', self.previous, 'ACTIVE')
