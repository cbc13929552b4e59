# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
import sysconfig
from typing import Any

import fixtures
from openstack import exceptions

from tests.functional import base
from tests.functional import shared_sandbox

_MASTER = 'default-master'
_WORKER = 'default-worker'
#: What Magnum sets in its own time, when it has read a cluster's health.
_OF_HEALTH = ('health_status', 'health_status_reason', 'updated_at')


class TestCase(base.TestCase):
    """A test with one of the seeded clusters to itself.

    Magnum creates clusters only with the help of Nova, Neutron and Glance.
    """

    def take(self, cluster: str) -> None:
        """Wait for the cluster to be free, and bring it to its first size."""
        turn = shared_sandbox.turn(f'cluster-{cluster}')
        turn.__enter__()
        self.addCleanup(turn.__exit__, None, None, None)
        for nodegroup, node_count in ((_MASTER, 1), (_WORKER, 2)):
            if self.nodegroup(cluster, nodegroup)['node_count'] != node_count:
                self.resize(cluster, nodegroup, node_count)

    def nodegroup(self, cluster: str, nodegroup: str) -> dict[str, Any]:
        """Return a nodegroup as Magnum returns it."""
        return self._get(f'/clusters/{cluster}/nodegroups/{nodegroup}')

    def cluster(self, cluster: str) -> dict[str, Any]:
        """Return a cluster as Magnum returns it."""
        return self._get(f'/clusters/{cluster}')

    def state(self, cluster: str) -> list[dict[str, Any]]:
        """Return all that a refused request must not change."""
        found = self.cluster(cluster)
        for name in _OF_HEALTH:
            del found[name]
        return [
            found,
            self.nodegroup(cluster, _MASTER),
            self.nodegroup(cluster, _WORKER),
        ]

    def resize(self, cluster: str, nodegroup: str, node_count: int) -> None:
        """Resize a nodegroup without asserting anything about how."""
        finished = self.run_openstack(
            *('coe', 'cluster', 'resize', '--nodegroup', nodegroup),
            *('--wait', '--force', cluster, str(node_count)),
        )
        if finished.status:
            raise RuntimeError(finished)

    def _get(self, path: str) -> dict[str, Any]:
        magnum = self.member.container_infrastructure_management
        # Older SDKs call the service by a name that Magnum doesn't know.
        response = magnum.get(
            path, headers={'OpenStack-API-Version': 'container-infra 1.9'}
        )
        exceptions.raise_from_response(response)
        found: dict[str, Any] = response.json()
        return found


class TestSeveral(TestCase):
    def setUp(self) -> None:
        super().setUp()
        for cluster in ('dev', 'prod', 'legacy'):
            self.take(cluster)

    def test_by_name_and_id(self):
        """The driver of one can't resize control planes."""
        dev = self.cluster('dev')['uuid']
        line = (
            *('coe', 'cluster', 'resize', '--nodegroup', _MASTER, '--wait'),
            *('-f', 'json', dev, 'prod', 'dev', 'legacy', '3'),
        )
        finished = self.openstack(
            *line,
            status=1,
            stderr=[
                '^Cluster legacy .+ was not resized: '
                '(?=.*driver does not support resizing a control plane)'
                '(?=.*not supported by this driver)'
                '.* still has 1 node ',
                '^To undo, after a backup of etcd: openstack coe cluster '
                f'resize --wait --nodegroup {_MASTER} {dev} prod 1$',
                '^2 resized, 1 refused$',
            ],
        )
        self.assertEqual(
            [
                ('dev', 1, 3, 'UPDATE_COMPLETE', 'resized'),
                ('prod', 1, 3, 'UPDATE_COMPLETE', 'resized'),
                ('legacy', 1, 3, 'CREATE_COMPLETE', 'refused'),
            ],
            [
                (
                    *(row['cluster'], row['previous_node_count']),
                    *(row['node_count'], row['status'], row['result']),
                )
                for row in finished.data
            ],
        )
        self.type_hint(finished, 'To undo, after a backup of etcd')
        for cluster in ('dev', 'prod'):
            self.assertEqual(1, self.nodegroup(cluster, _MASTER)['node_count'])


class TestWorkers(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.take('dev')

    def test_without_wait(self):
        finished = self.openstack('coe', 'cluster', 'resize', 'dev', '3')
        # As python-magnumclient's command says it.
        self.assertEqual(
            'Request to resize cluster dev has been accepted.',
            finished.stdout.splitlines()[0],
        )
        # The state that the next test starts from must not move.
        self.openstack(
            *('coe', 'cluster', 'resize', '--wait', '-f', 'json', 'dev', '3'),
            stderr=['already'],
        )
        self.assertEqual(3, self.nodegroup('dev', _WORKER)['node_count'])

    def test_of_another_tenant(self):
        before = self.state('dev')
        for cluster in ('dev', before[0]['uuid']):
            self.openstack(
                *('coe', 'cluster', 'resize', '--wait', cluster, '3'),
                cloud=base.OTHER,
                status=1,
                stderr=[f"No cluster with the name or UUID '{cluster}' found"],
            )
        self.assertEqual(before, self.state('dev'))

    def test_administrator_of_another_project(self):
        before = self.state('dev')
        for option in ('--dry-run', '--wait'):
            self.openstack(
                *('coe', 'cluster', 'resize', option, before[0]['uuid'], '3'),
                cloud=base.ADMIN,
                status=1,
                stderr=[
                    f'belongs to project {before[0]["project_id"]}; .*'
                    f'--os-project-id {before[0]["project_id"]}$'
                ],
            )
        self.assertEqual(before, self.state('dev'))

    def test_reader(self):
        before = self.state('dev')
        self.openstack(
            *('coe', 'cluster', 'resize', '--wait', 'dev', '3'),
            cloud=base.READER,
            status=1,
            stderr=['roles do not allow'],
        )
        self.assertEqual(before, self.state('dev'))


class TestWhichCommandRuns(base.TestCase):
    """Ours, whichever distribution comes first on sys.path."""

    def _help(self, first: str | None) -> str:
        environment = {}
        if first is not None:
            (found,) = Path(sysconfig.get_path('purelib')).glob(
                f'{first}-*.dist-info'
            )
            directory = self.useFixture(fixtures.TempDir()).path
            Path(directory, found.name).symlink_to(found)
            environment['PYTHONPATH'] = directory
        return self.openstack(
            *('coe', 'cluster', 'resize', '--help'), environment=environment
        ).stdout

    def test_ours(self):
        for first in (None, 'python_magnumclient', 'python_resizeclient'):
            with self.subTest(first=first):
                shown = self._help(first)
                self.assertIn('--wait', shown)
                self.assertIn('--dry-run', shown)
                # All that theirs takes.
                self.assertIn('--nodes-to-remove', shown)
                self.assertIn('--nodegroup', shown)
