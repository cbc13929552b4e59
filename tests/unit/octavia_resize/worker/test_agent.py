# SPDX-License-Identifier: Apache-2.0


from octavia.db import api as db_api
from octavia.db import models

from octavia_resize.worker import agent
from octavia_resize.worker import failures
from octavia_resize.worker.tasks import new_amphorae
from tests.unit.octavia_resize.api import barbican
from tests.unit.octavia_resize.worker import test_amphora

_TIMEOUTS = {'conn_max_retries': 1, 'conn_retry_interval': 0}
_AGENT = 'https://192.0.2.1:9443/1.0'


class TestRefusals(test_amphora.AmphoraTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.agent.get(f'{_AGENT}/info', json={'haproxy_version': '2.6.12'})
        self.amphora_id = self.get_amphora().id
        self.path = f'loadbalancer/{self.amphora_id}/{self.lb_id}/haproxy'
        self.agent.put(f'{_AGENT}/{self.path}', json={})

    def _update_listeners(
        self, expected: type[Exception] = failures.AmphoraRefused
    ) -> str:
        """Return what the exception says."""
        task = new_amphorae.UpdateListeners()
        error = self.assertRaises(
            expected, task.execute, self.lb_id, self.amphora_id, _TIMEOUTS
        )
        # Nothing is left in the sessions, which last as long as the driver.
        for client in task.amphora_driver.clients.values():
            self.assertEqual([], client.session.hooks['response'])
        return str(error)

    def _use_tls(self, ref: str) -> str:
        """Return the ID of the listener, which has a certificate then."""
        with db_api.session().begin() as session:
            (listener,) = session.query(models.Listener).filter_by(
                load_balancer_id=self.lb_id
            )
            listener.protocol = 'TERMINATED_HTTPS'
            listener.tls_certificate_id = ref
            return str(listener.id)

    def test_configuration(self) -> None:
        self.agent.put(
            f'{_AGENT}/{self.path}',
            status_code=400,
            json={'message': 'Invalid request', 'details': 'no such option'},
        )
        error = self._update_listeners()
        self.assertEqual(
            f'PUT {_AGENT}/{self.path}: 400 {{"message": "Invalid request", '
            '"details": "no such option"}',
            error,
        )

    def test_start(self) -> None:
        self.agent.put(
            f'{_AGENT}/loadbalancer/{self.lb_id}/reload',
            status_code=500,
            text='Error starting haproxy',
        )
        error = self._update_listeners()
        self.assertIn(': 500 Error starting haproxy', error)

    def test_certificate(self) -> None:
        """Octavia's driver swallows the refusal."""
        listener_id = self._use_tls('a')
        self.agent.put(
            test_amphora.ANYTHING,
            status_code=403,
            json={'message': 'Invalid filename'},
        )
        error = self._update_listeners(failures.ListenersSkipped)
        self.assertIn(f'left out the listeners {listener_id}: ', error)
        self.assertIn('403 {"message": "Invalid filename"}', error)

    def test_certificate_of_barbican(self) -> None:
        """One of a container is given to the amphora."""
        found = self.useFixture(barbican.Barbican(self.agent))
        bundle = barbican.Bundle()
        container = found.add_container(
            certificate=found.add_secret(bundle.certificate),
            private_key=found.add_secret(bundle.key),
        )
        listener_id = self._use_tls(container)
        new_amphorae.UpdateListeners().execute(
            self.lb_id, self.amphora_id, _TIMEOUTS
        )
        (certificate, *_) = (
            request
            for request in self.agent.request_history
            if request.method == 'PUT' and '/certificates/' in request.path
        )
        self.assertIn(bundle.certificate.strip(), certificate.text)
        # Gone since the API has read the container.
        found.refuse(container, 404)
        self.assertIn(
            f'left out the listeners {listener_id}: one of their TLS secrets',
            self._update_listeners(failures.ListenersSkipped),
        )
        with db_api.session().begin() as session:
            listener = session.get(models.Listener, listener_id)
            self.assertEqual('ACTIVE', listener.provisioning_status)

    def test_longer_than_anybody_reads(self) -> None:
        self.agent.put(
            f'{_AGENT}/{self.path}', status_code=400, text='x' * 10_000
        )
        self.assertLess(len(self._update_listeners()), 3_000)

    def test_driver_without_requests(self) -> None:
        with agent.listen(object()) as refused:
            self.assertEqual([], refused)
