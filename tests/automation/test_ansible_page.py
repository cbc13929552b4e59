# SPDX-License-Identifier: Apache-2.0

"""The playbook that the documentation shows."""

import json

from tests.automation import playbooks


class TestPage(playbooks.TestCase):
    def test_changes_once(self) -> None:
        self.take_cluster('dev')
        name = self.create_load_balancer('small').name
        for expected in 'changed', 'ok':
            self.finish(
                self.start_playbook(
                    playbooks.ROOT / 'doc' / 'source' / 'user' / 'resize.yml',
                    *('--extra-vars', json.dumps({'load_balancers': [name]})),
                )
            )
            self.assert_results(expected, expected)
