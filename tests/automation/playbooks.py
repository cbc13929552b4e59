# SPDX-License-Identifier: Apache-2.0

"""Run playbooks with the collection, as its tarball is built and installed."""

import functools
import json
import os
from pathlib import Path
import subprocess
import tempfile
from typing import Any

import yaml

from resize_sandbox import clouds
from resize_sandbox import variables
from tests.automation import base

ROOT = Path(__file__).parents[2]
#: Where tools/test-automation has installed Ansible.
BIN = ROOT / '.venv' / 'ansible' / 'bin'
TIMEOUT_SECONDS = 300


@functools.cache
def _collections() -> tempfile.TemporaryDirectory[str]:
    """Build the collection's tarball, and install the collection from it."""
    directory = tempfile.TemporaryDirectory()
    subprocess.run(
        [ROOT / 'tools' / 'build-collection', directory.name],
        env=os.environ | {'PATH': f'{BIN}:{os.environ["PATH"]}'},
        check=True,
        capture_output=True,
    )
    (tarball,) = Path(directory.name).glob('*.tar.gz')
    subprocess.run(
        [
            *(BIN / 'ansible-galaxy', 'collection', 'install', tarball),
            *('--no-deps', '--collections-path', directory.name),
        ],
        env=os.environ | {'LC_ALL': 'C.UTF-8'},
        check=True,
        capture_output=True,
    )
    return directory


def get_status(result: dict[str, Any]) -> str:
    """Return what Ansible prints before the result of a task."""
    if result.get('failed'):
        return 'failed'
    return 'changed' if result['changed'] else 'ok'


class TestCase(base.TestCase):
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
            [BIN / 'ansible-playbook', playbook, *options],
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
        printed, _ = running.communicate(timeout=TIMEOUT_SECONDS)
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
            [get_status(result) for result in self.results],
            self.results,
        )

    def assert_each(self, expected: str, *resizes: dict[str, Any]) -> None:
        """Check the result of resizes."""
        self.assertEqual({expected}, {one['result'] for one in resizes})
