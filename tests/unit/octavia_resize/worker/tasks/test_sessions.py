# SPDX-License-Identifier: Apache-2.0

import re

from tests.unit.octavia_resize.worker import test_amphora


class TestPeers(test_amphora.AmphoraTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.config = re.compile(f'/loadbalancer/{self.lb_id}/haproxy$')

    def _set_peers(self) -> str:
        pair = [self.get_amphora(role) for role in ('MASTER', 'BACKUP')]
        pair[0].set_peers(pair)
        return pair[0].id

    def test_set(self) -> None:
        self.agent.get(self.config, text='peers x_peers\n    peer old 1:1\n')
        amphora_id = self._set_peers()
        self.assertEqual(
            [('PUT', f'loadbalancer/{amphora_id}/{self.lb_id}/haproxy')],
            self.get_requests(),
        )
        head, *peers = self.agent.last_request.text.splitlines()
        self.assertEqual('peers x_peers', head)
        self.assertEqual(
            ['198.51.100.6:1025'] * 2, [line.split()[2] for line in peers]
        )
        self.assertNotIn('old', {line.split()[1] for line in peers})

    def test_there_is_no_haproxy(self) -> None:
        """As where all listeners are of UDP."""
        self.agent.get(self.config, **test_amphora.NOT_FOUND)
        self._set_peers()
        self.assertEqual([], self.get_requests())
