# SPDX-License-Identifier: Apache-2.0

from typing import Any

from tests.unit.osc import cluster
from tests.unit.osc.cluster import BUSY
from tests.unit.osc.cluster import CLUSTER_LABEL
from tests.unit.osc.cluster import LABEL
from tests.unit.osc.cluster import MASTERS_3
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS


class TestWorkers(cluster.TestCase):
    def test_limits(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'max_node_count': 4})
        self.assertRefused(
            'Nodegroup default-worker must have 1 or more nodes, not 0',
            self.workers(0),
        )
        self.assertRefused(
            'Nodegroup default-worker must have 4 or fewer nodes, not 5; '
            "'openstack coe nodegroup update --help' shows how to raise the "
            'limit, max_node_count',
            self.workers(5),
        )
        self.assertNothingChanged()

    def test_zero_and_less(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'min_node_count': 0})
        self.assertEqual(1, self.workers(-1).status)
        self.assertNothingChanged()
        self.assertEqual(0, self.workers(0).status)

    def test_zero_with_an_old_magnum(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'min_node_count': 0})
        self.cloud.resize_cluster(
            DEV,
            status_code=406,
            json=cloud.magnum_fault(406, 'Version 1.10 was requested.'),
        )
        self.assertIn(
            ': the service is too old for this: Version 1.10 was requested. ',
            self.workers(0).stderr,
        )

    def test_no_failure_tolerance(self) -> None:
        self.assertNotIn('failure_tolerance', self.workers(3).stdout)


class TestFlavor(cluster.TestCase):
    def test_own_answer(self) -> None:
        # As people type it
        for arguments in ('dev --flavor large', '--flavor large dev 3'):
            result = self.openstack(f'coe cluster resize {arguments}')
            self.assertEqual(2, result.status)
            self.assertIn(
                'Magnum has no way to change the flavor', result.stderr
            )
        self.assertNothingChanged()


class TestNotFound(cluster.TestCase):
    def _answer(self, path: str, status: int, message: str) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{path}',
            status_code=status,
            json=cloud.magnum_fault(status, message),
        )

    def _several_clusters(self, *clusters: dict[str, Any]) -> None:
        self._answer('dev', 409, 'Multiple clusters exist with same name.')
        self.cloud.requests.get(
            cloud.CLUSTERS_URL, json={'clusters': list(clusters)}
        )

    def test_no_such_cluster(self) -> None:
        self._answer('dev', 404, 'Cluster dev could not be found.')
        self.assertRefused(
            "No cluster with the name or UUID 'dev' found; 'openstack coe "
            "cluster list' shows those that there are. Nothing was changed",
            self.workers(3),
        )

    def test_name_that_would_be_another_path(self) -> None:
        for name in ('', '../clusters', 'dev/'):
            result = self.openstack(f"coe cluster resize '{name}' 3")
            self.assertIn(f"name or UUID '{name}' found", result.stderr)
        self.assertEqual([], self.cloud.requested())
        result = self.openstack(
            "coe cluster resize dev 3 --nodegroup '../default-worker'"
        )
        self.assertIn("name or UUID '../default-worker'", result.stderr)
        self.assertEqual(
            [f'GET {cloud.CLUSTERS_URL}/dev'], self.cloud.requested()
        )

    def test_name_with_what_a_url_uses(self) -> None:
        self._answer('a%3Fb', 404, 'Cluster could not be found.')
        result = self.openstack("coe cluster resize 'a?b' 3")
        self.assertIn("name or UUID 'a?b' found", result.stderr)
        self.assertEqual(
            [f'GET {cloud.CLUSTERS_URL}/a%3Fb'], self.cloud.requested()
        )

    def test_ambiguous_cluster(self) -> None:
        twin, other = cloud.cluster('twin'), cloud.cluster('other')
        self._several_clusters(DEV, {**twin, 'name': 'dev'}, other)
        self.assertRefused(
            "2 clusters have the name 'dev'; give the UUID of one: "
            f'{DEV["uuid"]}, {twin["uuid"]}. Nothing was changed',
            self.workers(3),
        )
        # Without the right to list
        self.cloud.requests.get(cloud.CLUSTERS_URL, status_code=403)
        self.assertRefused(
            "Several clusters have the name 'dev'; give the UUID of one: "
            "'openstack coe cluster list' shows those that there are. Nothing "
            'was changed',
            self.workers(3),
        )

    def test_no_right_to_get_it(self) -> None:
        self._answer('dev', 403, 'Policy says no.')
        self.assertRefused(
            'Failed to get cluster dev: your roles do not allow it (Policy '
            'says no). Nothing was changed',
            self.workers(3),
        )

    def test_conflict_of_a_gateway(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev',
            status_code=409,
            text='<title>Conflict</title>',
            headers={'Content-Type': 'text/html'},
        )
        self.assertRefused(
            'Failed to get cluster dev: something before the service answered '
            '409: Conflict. Nothing was changed',
            self.workers(3),
        )

    def test_database_that_compares_without_case(self) -> None:
        self._several_clusters(DEV, {**cloud.cluster('other'), 'name': 'DEV'})
        self.assertEqual(0, self.workers(3).status)
        posts = self.cloud.count('POST')
        # Nothing is resized that was not named.
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', json={**DEV, 'name': 'Dev'}
        )
        self.assertRefused(
            "No cluster with the name or UUID 'dev' found; did you mean Dev? "
            'Nothing was changed',
            self.workers(3),
        )
        self.cloud.clusters(DEV)
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/default-master',
            json={**MASTERS, 'name': 'Default-Master'},
        )
        self.assertIn("or UUID 'default-master'; ", self.masters(3).stderr)
        self.assertEqual(posts, self.cloud.count('POST'))
        capitals = DEV['uuid'].upper()
        self.cloud.requests.get(f'{cloud.CLUSTERS_URL}/{capitals}', json=DEV)
        result = self.openstack(f'coe cluster resize {capitals} 3')
        self.assertEqual(0, result.status, result.stderr)

    def test_no_such_nodegroup(self) -> None:
        nodegroups = f'{DEV["uuid"]}/nodegroups'
        self._answer(f'{nodegroups}/nope', 404, 'It could not be found.')
        self.assertRefused(
            f"{CLUSTER_LABEL} has no nodegroup with the name or UUID 'nope'; "
            f"'openstack coe nodegroup list {DEV['uuid']}' shows those that "
            'there are. Nothing was changed',
            self.workers(3, '--nodegroup nope'),
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{nodegroups}', json={'nodegroups': []}
        )
        self.assertRefused(
            f'{CLUSTER_LABEL} has no default worker nodegroup; name one that '
            f"'openstack coe nodegroup list {DEV['uuid']}' shows. Nothing was "
            'changed',
            self.workers(3),
        )


class TestRefused(cluster.TestCase):
    def test_states_in_which_magnum_drops_the_request(self) -> None:
        for status, next_step in (
            (
                'CREATE_IN_PROGRESS',
                '; run the same command again when that operation has ended',
            ),
            (
                'ROLLBACK_IN_PROGRESS',
                '; run the same command again when that operation has ended',
            ),
            ('CREATE_FAILED', ''),
            ('DELETE_IN_PROGRESS', ''),
            ('DELETE_FAILED', ''),
            (None, ''),
        ):
            self.cloud.clusters({**DEV, 'status': status})
            shown = status or 'in an unknown state'
            self.assertRefused(
                f'{CLUSTER_LABEL} is {shown}: Magnum would accept the '
                f'request and then drop it{next_step}',
                self.workers(3),
            )
        self.assertNothingChanged()

    def test_cluster_of_another_project(self) -> None:
        # Magnum shows each cluster to an administrator, and resizes none of
        # another project: 404.
        self.cloud.clusters({**DEV, 'project_id': 'b0b'})
        for options in ('', '--dry-run'):
            self.assertRefused(
                f'{CLUSTER_LABEL} belongs to project b0b; Magnum resizes a '
                'cluster only for users of its project, and finds the cluster '
                'for no administrator of another one: log in to that project, '
                'with --os-project-id b0b',
                self.workers(3, options),
            )
        self.assertNothingChanged()
        self.cloud.clusters({**DEV, 'project_id': self.cloud.token.project_id})
        self.assertEqual(0, self.workers(3).status)


class TestNotSent(cluster.TestCase):
    def test_unchanged(self) -> None:
        result = self.masters(1)
        self.check(result, 0, 'unchanged')
        self.assertEqual(f'{LABEL} already has 1 node\n', result.stderr)
        self.assertNothingChanged()

    def test_after_a_failure_it_is_sent_again(self) -> None:
        self.cloud.clusters({**DEV, 'status': 'UPDATE_FAILED'})
        self.cloud.nodegroups({**MASTERS, 'status': 'UPDATE_FAILED'})
        self.masters(1)
        self.assertEqual('POST', self.cloud.requests.last_request.method)

    def test_dry_run_while_it_is_in_progress(self) -> None:
        self.cloud.clusters({**DEV, **BUSY})
        self.cloud.nodegroups({**MASTERS_3, **BUSY})
        shown = f'{LABEL} is being resized to 3 nodes already\n'
        self.check(self.masters(3, '--dry-run'), 0, 'unchanged', shown)

    def test_dry_run(self) -> None:
        self.check(
            self.masters(3, '--dry-run'), 0, 'not checked', 'Magnum checks '
        )
        result = self.workers(3, '--dry-run')
        self.check(result, 0, 'would be resized')
        self.assertEqual('', result.stderr)
        self.assertEqual(1, self.masters(2, '--dry-run').status)
        self.check(self.masters(1, '--dry-run'), 0, 'unchanged')
        self.assertNothingChanged()
