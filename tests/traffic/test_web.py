# SPDX-License-Identifier: Apache-2.0
"""What happens to a SINGLE load balancer, the seeded ``web``."""

import signal
import subprocess
import time

from openstack import resource
import psutil

from resize_sandbox import process
from resize_sandbox import sqlite
from resize_sandbox.state import Step
from tests.functional import shared_sandbox
from tests.traffic import base

# Heartbeats are missed for 20 s before a failover begins.
_FAILOVER_SECONDS = 150
_PROCESSES_SECONDS = 30
_RECOVERY_SECONDS = 180


class TestHealth(base.TestCase):
    def test_amphora_dies(self) -> None:
        """Octavia itself sees it, and fails over what a resize has built."""
        self.check_unnoticed(self.resize('web', self.other_flavor('web')))
        with self.admin as admin:
            service = admin.load_balancer
            found = service.find_load_balancer('web')
            assert found is not None
            resource.wait_for_status(
                service,
                found,
                'ONLINE',
                interval=1,
                wait=60,
                attribute='operating_status',
            )
            (dead,) = service.amphorae(loadbalancer_id=found.id)
            server = self.fabric.cloud.server(dead.compute_id)
            assert server is not None
            self.assertNotEqual('', self.fetch('http://203.0.113.10/'))
            self.fabric.switch_off(server)
            self.assertEqual('', self.fetch('http://203.0.113.10/'))
            self.wait_for_answer('http://203.0.113.10/', _FAILOVER_SECONDS)
            resource.wait_for_status(
                service,
                found,
                'ACTIVE',
                interval=1,
                wait=60,
                attribute='provisioning_status',
            )
            (new,) = service.amphorae(
                loadbalancer_id=found.id, status='ALLOCATED'
            )
        self.assertNotEqual(dead.id, new.id)


class TestKilledWorker(base.TestCase):
    kills = True

    def test_vip_port_is_not_noted(self) -> None:
        """The next worker finds it by its name."""
        with self.admin as admin:
            service = admin.load_balancer
            web = service.find_load_balancer('web')
            assert web is not None
            before = self._get_names()
            new = service.find_flavor(self.other_flavor('web'))
            path = f'/lbaas/loadbalancers/{web.id}/resize'
            with self.sandbox.state.hold(Step.VIP_PORT) as waiting:
                service.put(path, json={'new_flavor_id': new.id})
                self.wait_until(waiting)
                self.sandbox.stop_services('octavia', number=signal.SIGKILL)
            (port,) = self.fabric.cloud.ports_named(*waiting())
            self.assertIsNone(port.server_id)
            self.sandbox.start_services('octavia')
            resource.wait_for_status(
                service,
                web,
                'ERROR',
                failures=['ACTIVE'],
                interval=1,
                wait=_RECOVERY_SECONDS,
                attribute='provisioning_status',
            )
            self.assertEqual(before, self._get_names())
            service.delete(path, params={'cancel': 'true'})
            self.assertEqual(
                'ACTIVE',
                service.get_load_balancer(web.id).provisioning_status,
            )
        self.assertNotEqual('', self.fetch('http://203.0.113.10/'))

    def _get_names(self) -> set[str]:
        """Return the names of servers and of ports with VIPs."""
        with sqlite.transaction(self.fabric.cloud.path) as connection:
            return {
                name
                for table in ('servers', 'ports')
                for (name,) in connection.execute(f'SELECT name FROM {table}')
                if name.startswith(('amphora-', 'octavia-lb-vrrp-'))
            }


class TestAmphora(base.TestCase):
    def test_sees_nothing_of_the_host(self) -> None:
        """Neither homes, nor keys, nor the sandbox itself."""
        with self.admin as admin:
            service = admin.load_balancer
            (amphora,) = service.amphorae(
                loadbalancer_id=service.find_load_balancer('web').id
            )
        for path in (
            str(self.sandbox.state.etc / 'octavia' / 'ca.key'),
            '/etc/shadow',
            '/etc/ssl/private',
            '/etc/ssh',
        ):
            self.assertEqual(
                '', self.in_amphora(amphora.compute_id, 'ls', path), path
            )
        seen = self.in_amphora(
            amphora.compute_id, 'ls', '-A', '/root', '/home'
        )
        self.assertNotIn('.ssh', seen)
        self.assertNotIn('.config', seen)
        # Its own files are there.
        self.assertIn(
            'agent', self.in_amphora(amphora.compute_id, 'ls', '/etc/octavia')
        )


class TestCommand(base.TestCase):
    def test_killed(self) -> None:
        """No client continues without the command that has started it."""
        command = subprocess.Popen(
            [shared_sandbox.BIN / 'resize-sandbox', 'traffic', 'web'],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(command.wait)
        self.addCleanup(command.kill)
        clients = self._wait_for_clients(psutil.Process(command.pid))
        command.kill()
        self.assertEqual(
            [], process.wait_until_ended(clients, _PROCESSES_SECONDS)
        )

    def _wait_for_clients(
        self, command: psutil.Process
    ) -> list[psutil.Process]:
        deadline = time.monotonic() + _PROCESSES_SECONDS
        while True:
            clients = [
                child
                for child in command.children()
                if child.name().startswith('python')
            ]
            if len(clients) == 2:
                return clients
            self.assertLess(time.monotonic(), deadline, clients)
            time.sleep(0.2)
