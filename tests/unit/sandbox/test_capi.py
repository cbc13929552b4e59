# SPDX-License-Identifier: Apache-2.0

import io
import json
import sys
import threading
from typing import Any
from unittest import mock
from wsgiref import simple_server

import fixtures
import requests
import testtools

from resize_sandbox.capi import api
from resize_sandbox.capi import helm
from resize_sandbox.capi import names
from resize_sandbox.capi.management_cluster import ManagementCluster
from resize_sandbox.octavia import subnets

_TOKEN = 'let me in'
_NAMESPACE = 'magnum-1'
_MASTERS = names.path(
    _NAMESPACE, 'KubeadmControlPlane', 'prod-1-control-plane'
)
_CLUSTER = names.path(_NAMESPACE, 'Cluster', 'prod-1')


class _Handler(simple_server.WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class TestCase(testtools.TestCase):
    """helm, and a management cluster whose resizes take ten seconds."""

    def setUp(self) -> None:
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir())
        clock = mock.patch('time.time')
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        self.clock.return_value = 1000.0
        server = simple_server.make_server(
            '127.0.0.1',
            0,
            api.Application(
                ManagementCluster(self.directory.join('capi.db'), 10.0),
                _TOKEN,
            ),
            handler_class=_Handler,
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f'http://127.0.0.1:{server.server_port}'
        with open(self.directory.join('kubeconfig'), 'w') as file:
            json.dump(
                {
                    'clusters': [{'cluster': {'server': self.url}}],
                    'users': [{'user': {'token': _TOKEN}}],
                },
                file,
            )

    def helm(
        self, *arguments: str, values: dict[str, Any] | None = None
    ) -> tuple[int, str, str]:
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(
                sys,
                'argv',
                [
                    'helm',
                    *arguments,
                    *('--namespace', _NAMESPACE),
                    *('--kubeconfig', self.directory.join('kubeconfig')),
                ],
            ),
            mock.patch.object(sys, 'stdin', io.StringIO(json.dumps(values))),
            mock.patch.object(sys, 'stdout', stdout),
            mock.patch.object(sys, 'stderr', stderr),
        ):
            try:
                helm.main()
            except SystemExit as ended:
                return int(ended.code or 0), '', stderr.getvalue()
        return 0, stdout.getvalue(), stderr.getvalue()

    def upgrade(self, masters: int, **workers: int) -> tuple[int, str, str]:
        return self.helm(
            *('upgrade', 'prod-1', 'openstack-cluster', '--install'),
            *('--output', 'json', '--values', '-'),
            values={
                'kubernetesVersion': '1.34.1',
                'controlPlane': {'machineCount': masters},
                'nodeGroups': [
                    {'name': name, 'machineCount': count}
                    for name, count in workers.items()
                ],
            },
        )

    def get(self, path: str) -> Any:
        return requests.get(
            f'{self.url}{path}',
            headers={'Authorization': f'Bearer {_TOKEN}'},
            timeout=10,
        ).json()

    def true(self, path: str) -> set[str]:
        return {
            condition['type']
            for condition in self.get(path)['status']['conditions']
            if condition['status'] == 'True'
        }

    def replicas(self, path: str) -> int:
        replicas: int = self.get(path)['status']['replicas']
        return replicas


class TestResize(TestCase):
    def test_control_plane(self) -> None:
        self.assertEqual(
            {
                'name': 'prod-1',
                'namespace': _NAMESPACE,
                'info': {'status': 'deployed'},
            },
            json.loads(self.upgrade(1, a=2)[1]),
        )
        self.assertEqual(1, self.replicas(_MASTERS))
        self.assertIn('ControlPlaneReady', self.true(_CLUSTER))
        self.upgrade(3, a=2)
        found = []
        for _ in range(3):
            found.append(
                (self.replicas(_MASTERS), 'Ready' in self.true(_MASTERS))
            )
            self.assertEqual(
                found[-1][1], 'ControlPlaneReady' in self.true(_CLUSTER)
            )
            self.clock.return_value += 5
        self.assertEqual([(1, False), (2, False), (3, True)], found)

    def test_turned_back(self) -> None:
        self.upgrade(1)
        self.upgrade(5)
        self.clock.return_value += 5
        self.upgrade(1)
        self.assertEqual(3, self.replicas(_MASTERS))
        self.clock.return_value += 10
        self.assertEqual(1, self.replicas(_MASTERS))

    def test_quota(self) -> None:
        self.upgrade(1)
        self.upgrade(11)
        self.clock.return_value += 1000
        self.assertEqual(9, self.replicas(_MASTERS))
        self.assertNotIn('MachinesReady', self.true(_MASTERS))

    def test_workers(self) -> None:
        self.upgrade(1, a=2, b=1)
        self.upgrade(1, a=0)
        path = names.path(_NAMESPACE, 'MachineDeployment', 'prod-1-{}')
        self.assertEqual(
            'ScalingDown', self.get(path.format('a'))['status']['phase']
        )
        self.clock.return_value += 10
        self.assertEqual(
            'Running', self.get(path.format('a'))['status']['phase']
        )
        self.assertEqual(404, self.get(path.format('b'))['code'])

    def test_denied(self) -> None:
        self.upgrade(1, a=1)
        for masters, workers, name, why in (
            (2, 1, 'control-plane', 'cannot be an even number when etcd is'),
            (0, 1, 'control-plane', 'cannot be 0'),
            (51, 1, 'control-plane', 'no more than 50 are allowed'),
            (1, 51, 'a', 'no more than 50 are allowed'),
        ):
            status, _, stderr = self.upgrade(masters, a=workers)
            self.assertEqual(1, status)
            self.assertIn(
                f'Error: UPGRADE FAILED: cannot patch "prod-1-{name}" with ',
                stderr,
            )
            self.assertIn(why, stderr)
        self.assertEqual(1, self.replicas(_MASTERS))

    def test_uninstall(self) -> None:
        self.upgrade(1, a=1)
        self.assertEqual(0, self.helm('uninstall', 'prod-1')[0])
        self.assertEqual(404, self.get(_CLUSTER)['code'])
        status, _, stderr = self.helm('uninstall', 'prod-1')
        self.assertEqual(1, status)
        # What the driver looks for.
        self.assertIn('release: not found', stderr)


class TestApi(TestCase):
    def test_without_the_token(self) -> None:
        answer = requests.get(f'{self.url}{_CLUSTER}', timeout=10)
        self.assertEqual(401, answer.status_code)

    def test_kind_that_is_not_installed(self) -> None:
        base = '/apis/addons.{}/v1alpha1/namespaces/magnum-1/{}'
        self.assertEqual(
            [], self.get(base.format('stackhpc.com', 'helmreleases'))['items']
        )
        self.assertEqual(
            404,
            self.get(base.format('cluster.x-k8s.io', 'helmchartproxies'))[
                'code'
            ],
        )

    def test_secrets(self) -> None:
        path = '/api/v1/namespaces/magnum-1/secrets'
        headers = {'Authorization': f'Bearer {_TOKEN}'}
        for name, cluster in (('one', '1'), ('two', '2')):
            requests.patch(
                f'{self.url}{path}/{name}',
                json={
                    'kind': 'Secret',
                    'metadata': {'name': name, 'labels': {'uuid': cluster}},
                },
                headers=headers,
                timeout=10,
            ).raise_for_status()
        requests.delete(
            f'{self.url}{path}?labelSelector=uuid=1',
            headers=headers,
            timeout=10,
        ).raise_for_status()
        self.assertEqual(
            ['two'],
            [found['metadata']['name'] for found in self.get(path)['items']],
        )

    def test_what_else_the_driver_asks(self) -> None:
        for path, found in (
            ('/image', f'{self.url}/image/v2/'),
            (f'/image/v2/images/{names.IMAGE_ID}', names.KUBE_VERSION),
            ('/volume/v3', f'{self.url}/volume/v3/'),
            ('/volume/v3/types', names.VOLUME_TYPE_ID),
        ):
            answer = requests.get(f'{self.url}{path}', timeout=10)
            self.assertEqual(200, answer.status_code)
            self.assertIn(found, answer.text)
        for query, found in (
            ('', ['vip-subnet', 'member-subnet']),
            ('?name=vip-subnet', ['vip-subnet']),
            (f'?id={subnets.MEMBER_SUBNET}&fields=id', ['member-subnet']),
            ('?name=no-such', []),
        ):
            answer = requests.get(
                f'{self.url}/network/v2.0/subnets{query}', timeout=10
            )
            self.assertEqual(
                found, [subnet['name'] for subnet in answer.json()['subnets']]
            )
        answer = requests.get(f'{self.url}/image/v2/images/x', timeout=10)
        self.assertEqual(404, answer.status_code)
