# SPDX-License-Identifier: Apache-2.0

"""Playbooks with the collection, as its tarball is built and installed."""

import functools
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any

import fixtures
import testtools
import yaml

from resize_sandbox import clouds
from resize_sandbox import variables
from tests.automation import base

_ROOT = Path(__file__).parents[2]
#: Where tools/test-automation has installed Ansible.
_BIN = _ROOT / '.venv' / 'ansible' / 'bin'
_TIMEOUT_SECONDS = 300

_SANITY_TESTS = (
    'action-plugin-docs',
    'ansible-doc',
    'compile',
    'ignores',
    'runtime-metadata',
    'shebang',
    'validate-modules',
    'yamllint',
)


@functools.cache
def _collections() -> tempfile.TemporaryDirectory[str]:
    """Build the collection's tarball, and install the collection from it."""
    directory = tempfile.TemporaryDirectory()
    subprocess.run(
        [_ROOT / 'tools' / 'build-collection', directory.name],
        env=os.environ | {'PATH': f'{_BIN}:{os.environ["PATH"]}'},
        check=True,
        capture_output=True,
    )
    (tarball,) = Path(directory.name).glob('*.tar.gz')
    subprocess.run(
        [
            *(_BIN / 'ansible-galaxy', 'collection', 'install', tarball),
            *('--no-deps', '--collections-path', directory.name),
        ],
        env=os.environ | {'LC_ALL': 'C.UTF-8'},
        check=True,
        capture_output=True,
    )
    return directory


def _get_status(result: dict[str, Any]) -> str:
    """Return what Ansible prints before the result of a task."""
    if result.get('failed'):
        return 'failed'
    return 'changed' if result['changed'] else 'ok'


class _PlaybookTestCase(base.TestCase):
    def start(
        self, *tasks: dict[str, Any], options: str = ''
    ) -> subprocess.Popen[str]:
        """Start a playbook with tasks."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        playbook = Path(directory.name) / 'play.yml'
        play = {
            'hosts': 'localhost',
            'gather_facts': False,
            'tasks': list(tasks),
        }
        playbook.write_text(yaml.safe_dump([play]))
        return self.start_playbook(playbook, *options.split())

    def start_playbook(
        self, playbook: Path, *options: str
    ) -> subprocess.Popen[str]:
        """Start a playbook, in a process group of its own."""
        return subprocess.Popen(
            [_BIN / 'ansible-playbook', playbook, *options],
            env=variables.isolated(base.shared().state)
            | base.shared().environment
            | {
                'ANSIBLE_COLLECTIONS_PATH': _collections().name,
                'ANSIBLE_STDOUT_CALLBACK': 'ansible.posix.json',
                'ANSIBLE_LOCALHOST_WARNING': 'False',
                'ANSIBLE_INVENTORY_UNPARSED_WARNING': 'False',
                'LC_ALL': 'C.UTF-8',
                'OS_CLOUD': clouds.MEMBER_CLOUD,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self, running: subprocess.Popen[str]) -> None:
        """Wait for a playbook, and keep what its tasks have returned."""
        printed, _ = running.communicate(timeout=_TIMEOUT_SECONDS)
        (play,) = json.loads(printed[printed.index('{') :])['plays']
        self.results = [task['hosts']['localhost'] for task in play['tasks']]

    def play(self, *tasks: dict[str, Any], options: str = '') -> None:
        """Run a playbook with tasks, all of them whichever fail."""
        self.finish(
            self.start(
                *({**task, 'ignore_errors': True} for task in tasks),
                options=options,
            )
        )

    def assert_results(self, *expected: str) -> None:
        """Check which tasks have failed, have changed something, or not."""
        self.assertEqual(
            list(expected),
            [_get_status(result) for result in self.results],
            self.results,
        )

    def assert_each(self, expected: str, *resizes: dict[str, Any]) -> None:
        """Check the result of resizes."""
        self.assertEqual({expected}, {one['result'] for one in resizes})


class TestLoadBalancer(_PlaybookTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load_balancers = [
            self.create_load_balancer('small') for _ in range(2)
        ]
        self.names = [found.name for found in self.load_balancers]

    def task(self, flavor: str, **arguments: Any) -> dict[str, Any]:
        """Return the task that resizes both load balancers."""
        return {
            'resize.openstack.loadbalancer_resize': {
                'name': self.names,
                'flavor': flavor,
                **arguments,
            }
        }

    def assert_flavor(self, flavor: str) -> None:
        """Check the flavor of both load balancers."""
        for found in self.load_balancers:
            self.assertEqual(('ACTIVE', flavor), self.seen(found.id))

    def test_up_and_down(self) -> None:
        self.play(self.task('large'), self.task('large'), self.task('small'))
        self.assert_results('changed', 'ok', 'changed')
        first, again, _ = self.results
        self.assertEqual(
            [
                (found.name, found.id, 'ACTIVE', 'small', 'large', 'resized')
                for found in self.load_balancers
            ],
            [
                (
                    *(resize['name'], resize['id']),
                    resize['provisioning_status'],
                    *(resize['previous_flavor'], resize['new_flavor']),
                    resize['result'],
                )
                for resize in first['resizes']
            ],
        )
        self.assert_each('unchanged', *again['resizes'])
        self.assert_flavor('small')

    def test_check_and_diff(self) -> None:
        self.play(
            self.task('large'), self.task('small'), options='--check --diff'
        )
        self.assert_results('changed', 'ok')
        found = self.results[0]
        self.assert_each('not started', *found['resizes'])
        self.assertEqual(
            {
                'before': dict.fromkeys(self.names, 'small'),
                'after': dict.fromkeys(self.names, 'large'),
            },
            found['diff'],
        )
        self.assert_flavor('small')

    def test_refused(self) -> None:
        """With --check and without."""
        topology = self.task('ha-large')
        nobody = self.task('large', name=[*self.names, 'nobody'])
        self.play(
            {**topology, 'check_mode': True},
            *(topology, self.task('no-such'), nobody),
        )
        self.assert_results(*['failed'] * 4)
        for result, word in zip(
            self.results,
            ('topology', 'topology', 'no-such', 'nobody'),
            strict=True,
        ):
            self.assertIn(word, result['msg'])
        for result in self.results[:2]:
            self.assert_each('refused', *result['resizes'])
        self.assert_flavor('small')

    def test_failure(self) -> None:
        self.play(self.task('broken'), self.task('large'))
        self.assert_results('failed', 'changed')
        found = self.results[0]
        self.assertIn('could not provide an amphora', found['msg'])
        self.assertEqual(
            [('failed', 'FAILED', 'ERROR')] * 2,
            [
                (
                    one['result'],
                    one['resize']['state'],
                    one['provisioning_status'],
                )
                for one in found['resizes']
            ],
        )
        self.assert_flavor('large')

    def test_run_again(self) -> None:
        """The module continues to wait for a resize that is not over."""
        for arguments, status, result, message in (
            ({'timeout': 1}, 'failed', 'timed out', 'run the playbook again'),
            ({'wait': False}, 'changed', 'accepted', ''),
        ):
            self.play(
                self.task('slow', **arguments),
                *(self.task('slow'), self.task('small')),
            )
            first, again, last = self.results
            self.assertEqual(status, _get_status(first), first)
            self.assertIn(message, first.get('msg', ''))
            self.assert_each(result, *first['resizes'])
            # It may have ended meanwhile.
            self.assertNotEqual('failed', _get_status(again), again)
            self.assertEqual(
                [('ACTIVE', 'slow')] * 2,
                [
                    (one['provisioning_status'], one['new_flavor'])
                    for one in again['resizes']
                ],
            )
            self.assertEqual('changed', _get_status(last), last)

    def test_broken_off(self) -> None:
        running = self.start(self.task('slow'))
        self.wait_until(
            lambda: self.seen(self.load_balancers[1].id)[0] != 'ACTIVE'
        )
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        self.play(self.task('slow'))
        self.assertNotEqual('failed', _get_status(self.results[0]))
        self.assert_flavor('slow')

    def test_rebuild(self) -> None:
        """A tenant may not, and what is up to date need not be."""

        def task(cloud: str, **arguments: Any) -> dict[str, Any]:
            return {
                'resize.openstack.loadbalancer_rebuild': {
                    'name': self.names,
                    'cloud': cloud,
                    **arguments,
                }
            }

        everything = task(clouds.ADMIN_CLOUD, only_outdated=False)
        self.play(
            task(clouds.ADMIN_CLOUD),
            {**everything, 'check_mode': True},
            everything,
            task(clouds.MEMBER_CLOUD),
        )
        self.assert_results('ok', 'changed', 'changed', 'failed')
        for result, expected in zip(
            self.results, ('unchanged', 'not started', 'rebuilt'), strict=False
        ):
            self.assert_each(expected, *result['resizes'])
        self.assertIn('olicy', self.results[3]['msg'])
        self.assert_flavor('small')

    def test_before_the_module_that_creates(self) -> None:
        """Both tasks of a play have the same variables."""
        (name, _) = self.names
        resize = {
            'resize.openstack.loadbalancer_resize': {
                'name': name,
                'flavor': 'large',
            }
        }
        create = {
            'openstack.cloud.loadbalancer': {
                'name': name,
                'flavor': 'large',
                'vip_subnet': 'vip-subnet',
            }
        }
        self.play(resize, create, resize, create)
        self.assert_results('changed', 'ok', 'ok', 'ok')
        for created in self.results[1], self.results[3]:
            self.assertEqual(
                self.load_balancers[0].id, created['load_balancer']['id']
            )


class TestPage(_PlaybookTestCase):
    """The playbook that the documentation shows."""

    def test_changes_once(self) -> None:
        self.take_cluster('dev')
        name = self.create_load_balancer('small').name
        for expected in 'changed', 'ok':
            self.finish(
                self.start_playbook(
                    _ROOT / 'doc' / 'source' / 'user' / 'resize.yml',
                    *('--extra-vars', json.dumps({'load_balancers': [name]})),
                )
            )
            self.assert_results(expected, expected)


class TestSanity(testtools.TestCase):
    """Ansible's own checks of the collection."""

    def test_sanity(self) -> None:
        directory = self.useFixture(fixtures.TempDir()).path
        home = Path(directory) / 'home'
        collections = Path(directory) / 'ansible_collections'
        shutil.copytree(_ROOT / 'ansible', collections / 'resize/openstack')
        (installed,) = _BIN.parent.glob('lib/python*/site-packages')
        shutil.copytree(
            installed / 'ansible_collections/openstack',
            collections / 'openstack',
        )
        # The files that Git lists are checked: not those of a repository that
        # the temporary directory happens to be in.
        subprocess.run(
            ('git', 'init', '--quiet', collections / 'resize/openstack'),
            check=True,
        )
        # Of the environments that it makes: where it would download pip.
        bootstrap = home / '.ansible/test/cache/get_pip_24_2.py'
        bootstrap.parent.mkdir(parents=True)
        bootstrap.write_text('import ensurepip\nensurepip.bootstrap()\n')
        finished = subprocess.run(
            [
                *(_BIN / 'ansible-test', 'sanity', '--color', 'no'),
                *('--python', f'{sys.version_info[0]}.{sys.version_info[1]}'),
                *(
                    argument
                    for name in _SANITY_TESTS
                    for argument in ('--test', name)
                ),
            ],
            cwd=collections / 'resize/openstack',
            env=os.environ
            | {
                'HOME': str(home),
                'LC_ALL': 'C.UTF-8',
                'PATH': f'{_BIN}:{os.environ["PATH"]}',
            },
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS * 5,
        )
        self.assertEqual(
            0, finished.returncode, finished.stdout + finished.stderr
        )
        for name in _SANITY_TESTS:
            self.assertIn(f'Running sanity test "{name}"', finished.stdout)


class TestCluster(_PlaybookTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster = self.take_cluster('dev')

    def task(self, node_count: int, **arguments: Any) -> dict[str, Any]:
        """Return the task that resizes the control plane."""
        return {
            'resize.openstack.cluster_resize': {
                'name': 'dev',
                'node_count': node_count,
                **arguments,
            }
        }

    def assert_size(self, node_count: int) -> None:
        """Check the size of the control plane, and the cluster's UUID."""
        uuid, _, found = self.control_plane('dev')
        self.assertEqual((self.cluster, node_count), (uuid, found))

    def test_up_and_down(self) -> None:
        clusters = {'dev': self.cluster, 'prod': self.take_cluster('prod')}
        both = {'name': list(clusters), 'canary': 1}
        self.play(
            self.task(3, **both),
            self.task(3, **both),
            self.task(1, name=[*clusters, 'nobody']),
            self.task(1, **both),
        )
        self.assert_results('changed', 'ok', 'failed', 'changed')
        self.assertEqual(
            [
                {
                    'name': name,
                    'id': uuid,
                    'nodegroup': 'default-master',
                    'status': 'UPDATE_COMPLETE',
                    'previous_node_count': 1,
                    'new_node_count': 3,
                    'result': 'resized',
                }
                for name, uuid in clusters.items()
            ],
            self.results[0]['resizes'],
        )
        self.assertIn('nobody', self.results[2]['msg'])
        self.assert_size(1)

    def test_check_and_diff(self) -> None:
        self.play(self.task(3), self.task(1), options='--check --diff')
        self.assert_results('changed', 'ok')
        self.assertEqual(
            {'before': {'dev': 1}, 'after': {'dev': 3}},
            self.results[0]['diff'],
        )
        self.assert_size(1)

    def test_refused(self) -> None:
        """With --check and without."""
        self.play({**self.task(2), 'check_mode': True}, self.task(2))
        self.assert_results('failed', 'failed')
        for result in self.results:
            self.assertIn('an odd number of members', result['msg'])
        self.assert_size(1)

    def test_failure_and_timeout(self) -> None:
        self.play(self.task(51), self.task(3, timeout=1), self.task(3))
        failed, timed_out, again = self.results
        self.assertIn('51 nodes are more than', failed['msg'])
        self.assert_each('failed', *failed['resizes'])
        self.assert_each('timed out', *timed_out['resizes'])
        self.assertNotEqual('failed', _get_status(again), again)
        self.assert_size(3)
