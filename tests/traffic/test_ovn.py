# SPDX-License-Identifier: Apache-2.0
"""What clients see of a resize of the seeded load balancers on OVN."""

import subprocess
import sys

from resize_sandbox.dataplane.ovn import fabric
from resize_sandbox.deployment import OVN
from tests.traffic import base
from tests.traffic import test_sandbox

# Sends an ARP request for an address, and prints the MAC address of each
# answer within a second.
_ARP = """
import socket, struct, sys, time
arp, ipv4, ethernet, request, answer = 0x806, 0x800, 1, 1, 2
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(arp))
wire.bind(('wire', arp))
mac = wire.getsockname()[4]
wire.send(
    struct.pack('!6s6sH', b'\\xff' * 6, mac, arp)
    + struct.pack('!HHBBH', ethernet, ipv4, 6, 4, request)
    + struct.pack('!6s4s', mac, socket.inet_aton('169.254.77.9'))
    + struct.pack('!6s4s', bytes(6), socket.inet_aton(sys.argv[1]))
)
end = time.monotonic() + 1
while (left := end - time.monotonic()) > 0:
    wire.settimeout(left)
    try:
        packet = wire.recv(64)
    except TimeoutError:
        break
    if packet[20:22] == struct.pack('!H', answer):
        print(packet[22:28].hex(':'))
"""


class TestHypervisors(base.TestCase):
    network = OVN

    def test_one_answers_for_the_end_of_a_tunnel(self) -> None:
        """A second answer would lead all packets of the tunnel to nobody."""
        assert isinstance(self.fabric, fabric.Ovn)
        wire = self.fabric.underlay.wire
        for number in (1, 2):
            finished = subprocess.run(
                [
                    *('ip', 'netns', 'exec', wire, sys.executable, '-c', _ARP),
                    f'169.254.77.{number}',
                ],
                capture_output=True,
                text=True,
                check=True,
            )
            self.assertEqual(1, len(finished.stdout.split()), finished.stdout)


class TestResize(base.TestCase):
    network = OVN

    def _resize(self, load_balancer: str) -> None:
        report = self.resize(load_balancer, self.other_flavor(load_balancer))
        figures = {k: v for k, v in report.items() if k != 'timeline'}
        # In a switch that stops the old amphora too early, each fifth of the
        # requests without ARP entry fails. Of others, those fail that are in
        # progress when the VIP moves: on two cores that takes a while.
        for requests, failed, one_of in (
            ('requests', 'failed', 250),
            ('cold_requests', 'cold_failed', 100),
            ('routed_requests', 'routed_failed', 200),
            ('floating_requests', 'floating_failed', 200),
            ('kept_requests', 'kept_lost', 1000),
        ):
            self.assertGreater(report[requests], 100, figures)
            self.assertLess(report[failed] * one_of, report[requests], figures)
        self.assertGreater(report['kept_closed'], 50, figures)
        self.assertLess(
            report['silence_max_ms'], 1500 + base.get_stall_ms(report), figures
        )
        self.assertLessEqual(report['breaks_max'], 3, figures)

    def test_single(self) -> None:
        """Each ARP reply moves the VIP while two amphorae have it."""
        self._resize('web')

    def test_active_standby(self) -> None:
        self._resize('shop')


class TestSideBySide(test_sandbox.TestSideBySide):
    """A second sandbox on OVN, and what is left of it."""

    network = OVN
