# SPDX-License-Identifier: Apache-2.0

"""What the controller of another provider reports."""

from typing import Any

from octavia_lib.api.drivers import provider_base

from tests.unit.octavia_resize.drivers import test_base_example


class TestPatientResizeDriver(test_base_example.TestCase):
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
