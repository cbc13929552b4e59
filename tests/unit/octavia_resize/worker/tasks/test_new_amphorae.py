# SPDX-License-Identifier: Apache-2.0
"""Tasks that have new amphorae serve."""

from octavia.db import api as db_api
from octavia.db import models

from octavia_resize.worker.tasks import new_amphorae
from tests.unit.octavia_resize.worker import test_amphora

_TIMEOUTS = {'conn_max_retries': 1, 'conn_retry_interval': 0}


class TestNothingToBind(test_amphora.AmphoraTestCase):
    """haproxy without an address to bind does not start."""

    def setUp(self) -> None:
        super().setUp()
        for name in ('connection_max_retries', 'connection_retry_interval'):
            self.override('haproxy_amphora', name, 1)
        self.agent.get(
            'https://192.0.2.1:9443/1.0/info',
            json={'haproxy_version': '2.6.12'},
        )
        self.agent.get(
            'https://192.0.2.1:9443/1.0/interface/198.51.100.5',
            json={'interface': 'eth1'},
        )
        self.amphora_id = self.get_amphora().id

    def _disable(self, model: type[models.Listener | models.LoadBalancer]):
        key = 'id' if model is models.LoadBalancer else 'load_balancer_id'
        with db_api.session().begin() as session:
            session.query(model).filter_by(**{key: self.lb_id}).update(
                {'enabled': False}
            )

    def _run(self) -> list[tuple[str, str]]:
        """Run all tasks that have something to do with haproxy."""
        new_amphorae.UpdateListeners().execute(
            self.lb_id, self.amphora_id, _TIMEOUTS
        )
        new_amphorae.AnnounceVIP().execute(
            self.lb_id, self.amphora_id, _TIMEOUTS
        )
        new_amphorae.AwaitVIP().execute(self.lb_id, self.amphora_id, _TIMEOUTS)
        return self.get_requests()

    def test_enabled(self) -> None:
        path = f'loadbalancer/{self.lb_id}'
        self.assertCountEqual(
            [
                (
                    'PUT',
                    f'loadbalancer/{self.amphora_id}/{self.lb_id}/haproxy',
                ),
                ('PUT', f'{path}/reload'),
                ('PUT', f'{path}/start'),
            ],
            self._run(),
        )

    def test_listeners_disabled(self) -> None:
        self._disable(models.Listener)
        self.assertEqual([], self._run())

    def test_load_balancer_disabled(self) -> None:
        self._disable(models.LoadBalancer)
        self.assertEqual([], self._run())

    def test_udp_beside(self) -> None:
        """LVS runs, and so keepalived takes the VIP."""
        udp_id = self.add_udp_listener()
        self._disable(models.LoadBalancer)
        self.assertEqual(
            [
                ('PUT', f'listeners/{self.amphora_id}/{udp_id}/udp_listener'),
                ('PUT', f'loadbalancer/{udp_id}/reload'),
                ('PUT', f'loadbalancer/{udp_id}/start'),
            ],
            sorted(self._run()),
        )
