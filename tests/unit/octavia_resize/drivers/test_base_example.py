# SPDX-License-Identifier: Apache-2.0

"""The provider drivers of the contributor guide, behind the real API."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import fixtures
from octavia.db import models
from octavia_lib.api.drivers import exceptions
from octavia_lib.api.drivers import provider_base
from stevedore import driver as stevedore_driver

from octavia_resize.api import checks
from octavia_resize.drivers import base as base_driver
from octavia_resize.drivers import loader
from octavia_resize.drivers import status
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
        self.assert_load_balancer(self.lb_id, status, flavor_id)


class TestFailoverDriver(TestCase):
    """One that is written for an Octavia that resizes by itself."""

    def setUp(self) -> None:
        super().setUp()
        self.driver = self.example.FailoverDriver()
        self.driver.validate_flavor = lambda flavor: None
        self.messages: list[tuple[str, str]] = []
        self.driver.send = lambda *message: self.messages.append(message)
        self.use(self.driver)

    def _run(self) -> None:
        (message,) = self.messages
        self.example.FailoverController(self.appliance).fail_over(*message)

    def _assert_is(self, status: str, flavor_id: str) -> None:
        self.assert_load_balancer(self.lb_id, status, flavor_id)
        self.assertIsNone(self.get_resize(self.lb_id))

    def test_resize(self) -> None:
        response = self.resize(self.lb_id, self.new)
        self.assertEqual(202, response.status_int)
        # There is nothing to read.
        self.assertIsNone(response.location)
        self.assertEqual([(self.lb_id, self.new)], self.messages)
        self._assert_is('PENDING_UPDATE', self.previous)
        response = self.request('GET', self.lb_id)
        self.assertEqual({'resize': None}, response.json)
        self._run()
        self._assert_is('ACTIVE', self.new)
        self.assertEqual('large', self.appliance.sizes[self.lb_id])

    def test_failure(self) -> None:
        huge = self.create_flavor(provider='failover', size='huge')
        self.assertEqual(202, self.resize(self.lb_id, huge).status_int)
        self._run()
        self._assert_is('ERROR', self.previous)

    def test_resize_meanwhile(self) -> None:
        """Another request between the checks and the transaction."""
        make_plan = checks.make_plan

        def other_first(*args: Any) -> Any:
            plan = make_plan(*args)
            args[0].query(models.LoadBalancer).filter_by(id=self.lb_id).update(
                {'provisioning_status': 'PENDING_UPDATE'}
            )
            return plan

        self.useFixture(
            fixtures.MonkeyPatch(
                'octavia_resize.api.checks.make_plan', other_first
            )
        )
        response = self.resize(self.lb_id, self.new)
        self.assertEqual(409, response.status_int, response.text)
        self.assertIn('PENDING_UPDATE', response.json['faultstring'])
        self.assertEqual([], self.messages)

    def test_not_sent(self) -> None:
        def send(*_: str) -> None:
            raise exceptions.DriverError(
                user_fault_string='No controller answers.',
                operator_fault_string='timeout',
            )

        self.driver.send = send
        response = self.resize(self.lb_id, self.new)
        self.assert_fault(
            response,
            500,
            "Provider 'failover' reports error: No controller answers.",
        )
        self._assert_is('ACTIVE', self.previous)

    def test_dry_run(self) -> None:
        response = self.resize(self.lb_id, self.new, arguments='dry_run=true')
        self.assertEqual(200, response.status_int)
        self.assertIsNone(response.json['resize']['traffic'])
        self.assertEqual([], self.messages)

    def test_cannot_drain(self) -> None:
        body = {'new_flavor_id': self.new, 'drain_seconds': 1}
        self.assert_fault(
            self.request('PUT', self.lb_id, body),
            501,
            f"Provider 'failover' of load balancer web ({self.lb_id}) cannot "
            'drain connections. Resize the load balancer without '
            'drain_seconds.',
        )
        body['drain_seconds'] = 0
        self.assertEqual(202, self.request('PUT', self.lb_id, body).status_int)

    def test_cannot_cancel(self) -> None:
        self.resize(self.lb_id, self.new)
        self.assert_fault(
            self.request('DELETE', self.lb_id),
            501,
            f"Provider 'failover' of load balancer web ({self.lb_id}) cannot "
            "cancel "
            'a resize. Wait until it has ended, then resize the load balancer '
            'again.',
        )
        self._assert_is('PENDING_UPDATE', self.previous)


class TestDriverWithNeither(TestCase):
    def test_dry_run_and_resize(self) -> None:
        class Driver(provider_base.ProviderDriver):
            name = 'neither'

            def validate_flavor(self, flavor_metadata: Any) -> None:
                pass

        self.use(Driver())
        for arguments in ('dry_run=true', ''):
            self.assert_fault(
                self.resize(self.lb_id, self.new, arguments=arguments),
                501,
                f"Provider 'neither' of load balancer web ({self.lb_id}) "
                'cannot resize load balancers. Create a load balancer with '
                'the '
                'wanted flavor instead.',
            )


class TestResizeDriver(TestCase):
    def test_cancel_is_refused_unless_a_driver_has_it(self) -> None:
        class Driver(provider_base.ProviderDriver):
            name = 'hasty'

            def validate_flavor(self, flavor_metadata: Any) -> None:
                pass

        class HastyResizeDriver(base_driver.ResizeDriver):
            def loadbalancer_resize(self, *args: Any) -> bool:
                return False

        self.use(Driver(), HastyResizeDriver())
        self.resize(self.lb_id, self.new)
        self.assertTrue(
            status.start(self.lb_id, self.get_resize(self.lb_id).id)
        )
        response = self.request('DELETE', self.lb_id)
        self.assertEqual(501, response.status_int, response.text)
        self.assertIn('cannot cancel', response.json['faultstring'])
        self.assertEqual('RUNNING', self.get_resize(self.lb_id).state)
