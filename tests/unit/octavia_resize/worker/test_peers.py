# SPDX-License-Identifier: Apache-2.0

"""The peers section, as Octavia's own template writes it."""

from types import SimpleNamespace
from typing import Any

from octavia.common import constants as octavia_constants
from octavia.common.jinja.haproxy.combined_listeners import jinja_cfg
import testtools

from octavia_resize.worker import peers

_ADDRESSES = {'first': '198.51.100.1', 'second': '2001:db8::2'}


def _render(addresses: dict[str, str]) -> str:
    """Return what Octavia writes for a pair of these amphorae."""
    template: Any = jinja_cfg.JinjaTemplater()._get_template()
    module = template.environment.get_template('macros.j2').module
    return str(
        module.peers_macro(
            octavia_constants,
            SimpleNamespace(
                id='a-b',
                topology=octavia_constants.TOPOLOGY_ACTIVE_STANDBY,
                amphorae=[
                    SimpleNamespace(
                        id=amphora_id,
                        vrrp_ip=address,
                        status=octavia_constants.AMPHORA_ALLOCATED,
                    )
                    for amphora_id, address in addresses.items()
                ],
            ),
        )
    )


class TestPeers(testtools.TestCase):
    def _check(self, before: dict[str, str], after: dict[str, str]) -> None:
        rest = 'global\n    daemon\n{}\nbackend x\n    server peer 1:1\n'
        replaced = peers.replace(rest.format(_render(before)), after)
        self.assertEqual(rest.format(_render(after)).split(), replaced.split())

    def test_replaced(self) -> None:
        self._check({'old': '198.51.100.9'}, _ADDRESSES)

    def test_removed(self) -> None:
        self._check(_ADDRESSES, {'first': '198.51.100.1'})

    def test_there_is_no_section(self) -> None:
        """As in the configuration of a SINGLE load balancer."""
        config = 'global\n    daemon\n'
        self.assertEqual(config, peers.replace(config, _ADDRESSES))
