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
_TIMEOUT_SECONDS = 120

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
        told = json.loads(printed[printed.index('{') :])
        self.counts = told['stats']['localhost']
        self.results = [
            task['hosts']['localhost'] for task in told['plays'][0]['tasks']
        ]

    def play(self, *tasks: dict[str, Any], options: str = '') -> None:
        """Run a playbook with tasks."""
        self.finish(self.start(*tasks, options=options))

    def assert_counts(self, **expected: int) -> None:
        """Check how many tasks were ok, changed, or have failed."""
        self.assertEqual(
            expected,
            {name: self.counts[name] for name in expected},
            [result.get('msg') for result in self.results],
        )


class TestLoadBalancer(_PlaybookTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load_balancers = [
            self.create_load_balancer('small') for _ in range(2)
        ]
        self.names = [found.name for found in self.load_balancers]

    def resize(
        self, flavor: str, options: str = '', **arguments: Any
    ) -> list[dict[str, Any]]:
        """Run a playbook with one task.

        :returns: What has become of each load balancer.
        """
        self.play(self.task(flavor, **arguments), options=options)
        (self.result,) = self.results
        return list(self.result.get('resizes', ()))

    def task(self, flavor: str, **arguments: Any) -> dict[str, Any]:
        """Return the task that resizes both load balancers."""
        return {
            'resize.openstack.loadbalancer_resize': {
                'name': self.names,
                'flavor': flavor,
                **arguments,
            }
        }

    def assert_flavor(self, flavor: str, status: str = 'ACTIVE') -> None:
        """Check the flavor of both load balancers."""
        for found in self.load_balancers:
            self.assertEqual((status, flavor), self.seen(found.id))

    def test_up_and_down(self) -> None:
        resizes = self.resize('large')
        self.assert_counts(ok=1, changed=1, failures=0)
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
                for resize in resizes
            ],
        )
        self.assert_flavor('large')
        resizes = self.resize('large')
        self.assert_counts(ok=1, changed=0, failures=0)
        self.assertEqual(
            ['unchanged'] * 2, [resize['result'] for resize in resizes]
        )
        self.resize('small')
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assert_flavor('small')

    def test_check_and_diff(self) -> None:
        resizes = self.resize('large', '--check --diff')
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assertEqual(
            ['not started'] * 2, [resize['result'] for resize in resizes]
        )
        self.assertEqual(
            {
                'before': dict.fromkeys(self.names, 'small'),
                'after': dict.fromkeys(self.names, 'large'),
            },
            self.result['diff'],
        )
        self.assert_flavor('small')
        self.resize('small', '--check')
        self.assert_counts(ok=1, changed=0, failures=0)

    def test_check_of_what_fails(self) -> None:
        for options in '--check', '':
            resizes = self.resize('ha-large', options)
            self.assert_counts(ok=0, changed=0, failures=1)
            self.assertIn('topology', self.result['msg'])
            self.assertEqual(
                ['refused'] * 2, [resize['result'] for resize in resizes]
            )
        self.assert_flavor('small')

    def test_no_such(self) -> None:
        self.resize('no-such')
        self.assert_counts(ok=0, changed=0, failures=1)
        self.assertIn('no-such', self.result['msg'])
        self.names.append('nobody')
        self.resize('large')
        self.assert_counts(ok=0, changed=0, failures=1)
        self.assertIn('nobody', self.result['msg'])
        self.assert_flavor('small')

    def test_failure(self) -> None:
        resizes = self.resize('broken')
        self.assert_counts(ok=0, failures=1)
        self.assertIn('could not provide an amphora', self.result['msg'])
        self.assertEqual(
            [('failed', 'FAILED')] * 2,
            [(found['result'], found['resize']['state']) for found in resizes],
        )
        self.assert_flavor('small', 'ERROR')
        self.resize('large')
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assert_flavor('large')

    def test_timeout(self) -> None:
        resizes = self.resize('slow', timeout=1)
        self.assert_counts(ok=0, failures=1)
        self.assertIn('run the playbook again', self.result['msg'])
        self.assertEqual(
            ['timed out'] * 2, [resize['result'] for resize in resizes]
        )
        self.resize('slow')
        self.assert_counts(ok=1, failures=0)
        self.assert_flavor('slow')

    def test_without_wait(self) -> None:
        resizes = self.resize('slow', wait=False)
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assertEqual(
            ['accepted'] * 2, [resize['result'] for resize in resizes]
        )
        self.resize('slow')
        self.assert_counts(ok=1, failures=0)
        self.assert_flavor('slow')

    def test_broken_off(self) -> None:
        running = self.start(self.task('slow'))
        self.wait_until(
            lambda: self.seen(self.load_balancers[1].id)[0] != 'ACTIVE'
        )
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        self.resize('slow')
        self.assert_counts(ok=1, failures=0)
        self.assert_flavor('slow')

    def test_before_the_module_that_creates(self) -> None:
        """Both tasks of a play have the same variables."""
        (name, _) = self.names
        for flavor, changed in ('large', 1), ('large', 0):
            self.play(
                {
                    'resize.openstack.loadbalancer_resize': {
                        'name': name,
                        'flavor': flavor,
                    }
                },
                {
                    'openstack.cloud.loadbalancer': {
                        'name': name,
                        'flavor': flavor,
                        'vip_subnet': 'vip-subnet',
                    }
                },
            )
            self.assert_counts(ok=2, changed=changed, failures=0)
            self.assertEqual(
                self.load_balancers[0].id,
                self.results[1]['load_balancer']['id'],
            )


class TestPage(_PlaybookTestCase):
    """The playbook that the documentation shows."""

    def test_changes_once(self) -> None:
        self.take_cluster('dev')
        name = self.create_load_balancer('small').name
        for changed in 2, 0:
            self.finish(
                self.start_playbook(
                    _ROOT / 'doc' / 'source' / 'user' / 'resize.yml',
                    *('--extra-vars', json.dumps({'load_balancers': [name]})),
                )
            )
            self.assert_counts(ok=2, changed=changed, failures=0)


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

    def resize(
        self, node_count: int, options: str = '', **arguments: Any
    ) -> list[dict[str, Any]]:
        """Run a playbook with one task.

        :returns: What has become of the cluster.
        """
        self.play(
            {
                'resize.openstack.cluster_resize': {
                    'name': 'dev',
                    'node_count': node_count,
                    **arguments,
                }
            },
            options=options,
        )
        (self.result,) = self.results
        return list(self.result.get('resizes', ()))

    def assert_size(self, node_count: int) -> None:
        """Check the size of the control plane, and the cluster's UUID."""
        uuid, _, found = self.control_plane('dev')
        self.assertEqual((self.cluster, node_count), (uuid, found))

    def test_up_and_down(self) -> None:
        (resize,) = self.resize(3)
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assertEqual(
            {
                'name': 'dev',
                'id': self.cluster,
                'nodegroup': 'default-master',
                'status': 'UPDATE_COMPLETE',
                'previous_node_count': 1,
                'new_node_count': 3,
                'result': 'resized',
            },
            resize,
        )
        self.resize(3)
        self.assert_counts(ok=1, changed=0, failures=0)
        self.resize(1)
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assert_size(1)

    def test_check_and_diff(self) -> None:
        self.resize(3, '--check --diff')
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assertEqual(
            {'before': {'dev': 1}, 'after': {'dev': 3}}, self.result['diff']
        )
        self.assert_size(1)
        self.resize(1, '--check')
        self.assert_counts(ok=1, changed=0, failures=0)

    def test_refusal(self) -> None:
        for options in '--check', '':
            self.resize(2, options)
            self.assert_counts(ok=0, changed=0, failures=1)
            self.assertIn('an odd number of members', self.result['msg'])
        self.assert_size(1)

    def test_failure(self) -> None:
        (resize,) = self.resize(51)
        self.assert_counts(ok=0, failures=1)
        self.assertIn('51 nodes are more than', self.result['msg'])
        self.assertEqual('failed', resize['result'])
        self.resize(3)
        self.assert_counts(ok=1, changed=1, failures=0)
        self.assert_size(3)

    def test_timeout(self) -> None:
        (resize,) = self.resize(3, timeout=1)
        self.assert_counts(ok=0, failures=1)
        self.assertEqual('timed out', resize['result'])
        self.resize(3)
        self.assert_counts(ok=1, failures=0)
        self.assert_size(3)
