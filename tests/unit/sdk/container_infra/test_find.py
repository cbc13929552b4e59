# SPDX-License-Identifier: Apache-2.0
from openstack import exceptions

from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS


class TestGetCluster(clusters.TestCase):
    def test_is_a_new_object(self) -> None:
        self.cloud.clusters(DEV, {**DEV, 'status': 'UPDATE_IN_PROGRESS'})
        before = self.proxy.get_cluster(DEV['uuid'])
        after = self.proxy.get_cluster(before)
        self.assertEqual('CREATE_COMPLETE', before.status)
        self.assertEqual('UPDATE_IN_PROGRESS', after.status)


class TestNodegroups(clusters.TestCase):
    URL = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups'

    def test_list(self) -> None:
        self.cloud.requests.get(
            self.URL, json={'nodegroups': [MASTERS, WORKERS]}
        )
        found = list(self.proxy.nodegroups(DEV['uuid']))
        self.assertEqual(
            [('default-master', True), ('default-worker', False)],
            [(ng.name, ng.is_control_plane) for ng in found],
        )
        self.assertEqual('1.9', self.requested_version())

    def test_list_by_role(self) -> None:
        self.cloud.requests.get(self.URL, json={'nodegroups': [MASTERS]})
        list(self.proxy.nodegroups(DEV['uuid'], role='master'))
        self.assertEqual(
            {'role': ['master']}, self.cloud.requests.last_request.qs
        )

    def test_get(self) -> None:
        self.cloud.nodegroups(MASTERS)
        found = self.proxy.get_nodegroup(DEV['uuid'], 'default-master')
        # Magnum's "id" is a number.
        self.assertEqual(MASTERS['uuid'], found.id)
        self.assertEqual(1, found.node_count)
        self.assertEqual('1.9', self.requested_version())

    def test_find_default(self) -> None:
        other = cloud.nodegroup(DEV, 'gpu', is_default=False)
        self.cloud.requests.get(
            self.URL, json={'nodegroups': [other, MASTERS, WORKERS]}
        )
        self.cloud.nodegroups(WORKERS)
        found = self.proxy.find_nodegroup(DEV['uuid'])
        self.assertEqual('default-worker', found.name)

    def test_find_none(self) -> None:
        self.cloud.requests.get(
            f'{self.URL}/nope',
            status_code=404,
            json=cloud.magnum_fault(404, 'Nodegroup nope could not be found.'),
        )
        self.cloud.requests.get(self.URL, json={'nodegroups': [MASTERS]})
        for name in ('nope', None):
            self.assertIsNone(self.proxy.find_nodegroup(DEV['uuid'], name))
            self.assertRaises(
                exceptions.NotFoundException,
                self.proxy.find_nodegroup,
                DEV['uuid'],
                name,
                ignore_missing=False,
            )

    def test_find_while_a_gateway_is_confused(self) -> None:
        self.cloud.requests.get(f'{self.URL}/default-master', status_code=404)
        self.assertRaises(
            exceptions.NotFoundException,
            self.proxy.find_nodegroup,
            DEV['uuid'],
            'default-master',
        )
