# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The documents, as a reader would follow them.

Each is read from its begin to its end: its commands are typed into a shell in
front of a sandbox, and must print what the document shows.
"""

from collections.abc import Sequence
import configparser
import difflib
import json
from pathlib import Path
import re
import shutil
import sys
import tempfile
from typing import ClassVar

import testtools
import yaml

from octavia_resize import opts
from octavia_resize import policies
from resize_client import sdk
from resize_client.sdk import connection
from resize_client.sdk.container_infra import _proxy as container_infra
from resize_client.sdk.load_balancer import _proxy as sdk_lb
from resize_sandbox import variables
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity
from resize_tempest_plugin import plugin as tempest_plugin
from tests.functional import base
from tests.functional import shared_sandbox
from tests.functional.docs import comparison
from tests.functional.docs import console
from tests.functional.docs import docstrings
from tests.functional.docs import not_run
from tests.functional.docs import shell
from tests.functional.docs import source

_COMMAND_TIMEOUT_SECONDS = 180

# A reader meets a resize that is going on.
_SLOW_CLUSTERS = ('--cluster-resize-seconds', '8')

#: Where the reader is, in the documents
_DIRECTORY = '/home/me/try'

# A path has a slash before the name.
_FROM_AN_INDEX = re.compile(
    r'(?:pip|pipx|uv) [^\n`]*(?<=[ \'"])python-resizeclient'
)

#: The flavors of the seeded load balancers
_FLAVORS = {'web': 'small', 'shop': 'ha-small'}
#: The node counts of the seeded cluster
_NODE_COUNTS = {'default-master': 1, 'default-worker': 2}


class TestCase(testtools.TestCase):
    """Documents and a sandbox that nobody else changes."""

    _sandbox: ClassVar[Sandbox]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._sandbox = shared_sandbox.own('docs')
        cls.addClassCleanup(shared_sandbox.discard, cls._sandbox)

    def follow(
        self,
        name: str,
        same: dict[str, str] | None = None,
        **environment: str,
    ) -> None:
        """Do what a document says.

        :param name: its path below the project's directory.
        :param same: what it calls otherwise than it is here, and what it is
            here.
        :param environment: variables that its reader has, besides those of a
            sandbox.
        """
        path = console.ROOT / name
        commands = list(console.commands(path))
        self.assertNotEqual([], commands, f'{name} shows no command')
        self.type(commands, self._directory(path), environment, same)

    def type(
        self,
        commands: Sequence[console.Command],
        directory: Path,
        environment: dict[str, str],
        same: dict[str, str] | None = None,
    ) -> None:
        """Type commands into a shell, and compare what they print."""
        compared = comparison.Comparison(
            {
                f'{_DIRECTORY}/.sandbox': str(self._sandbox.state.root),
                **(same or {}),
            }
        )
        with shell.Shell(directory, self._environment() | environment) as bash:
            for number, command in enumerate(commands):
                if not not_run.is_run(command):
                    continue
                status, printed = bash.run(
                    compared.localize(command.text), _COMMAND_TIMEOUT_SECONDS
                )
                shown = '\n'.join(command.output)
                if not compared.matches(shown, printed):
                    self.fail(_difference(command, printed))
                if not _asks_for_status(commands[number + 1 : number + 2]):
                    self.assertEqual(0, status, f'{command}\n{printed}')

    def _environment(self) -> dict[str, str]:
        """Return that of a reader who has a sandbox."""
        environment = variables.isolated(self._sandbox.state)
        return (
            environment
            | self._sandbox.environment
            | {
                'PATH': f'{shared_sandbox.BIN}:{environment["PATH"]}',
                'RESIZE_SANDBOX_DIR': str(self._sandbox.state.root),
                'COLUMNS': '80',
                'LC_ALL': 'C.UTF-8',
            }
        )

    def _directory(self, document: Path) -> Path:
        """Return a new directory with the scripts that a document shows."""
        self._sandbox.state.create()
        directory = Path(tempfile.mkdtemp(dir=self._sandbox.state.home))
        if document.parent != console.ROOT:
            for suffix in ('py', 'sh', 'yml'):
                for script in document.parent.glob(f'*.{suffix}'):
                    shutil.copy(script, directory)
        return directory

    def seeded(self) -> None:
        """Start the sandbox, with what was seeded as it was at first."""
        shared_sandbox.command('up', self._sandbox, *_SLOW_CLUSTERS)
        with identity.connect(self._sandbox.state, base.MEMBER) as member:
            conn = connection.extend(member)
            self._restore_load_balancers(conn.load_balancer)
            self._restore_cluster(conn.container_infrastructure_management)

    def _restore_load_balancers(self, octavia: sdk_lb.Proxy) -> None:
        for name, flavor_name in _FLAVORS.items():
            found = octavia.find_load_balancer(name, ignore_missing=False)
            flavor = octavia.find_flavor(flavor_name, ignore_missing=False)
            if found.flavor_id != flavor.id:
                octavia.resize_load_balancer(found, flavor)
                octavia.wait_for_load_balancer_resize(found, flavor)

    def _restore_cluster(self, magnum: container_infra.Proxy) -> None:
        for name, node_count in _NODE_COUNTS.items():
            cluster = magnum.get_cluster('dev')
            nodegroup = magnum.get_nodegroup(cluster, name)
            if nodegroup.node_count != node_count:
                magnum.resize_cluster(cluster, node_count, nodegroup=nodegroup)
                magnum.wait_for_cluster_resize(cluster, nodegroup, node_count)


def _asks_for_status(following: Sequence[console.Command]) -> bool:
    return any(command.text == 'echo $?' for command in following)


def _difference(command: console.Command, printed: str) -> str:
    lines = difflib.unified_diff(
        command.output,
        printed.splitlines(),
        'shown',
        'printed',
        lineterm='',
    )
    return '\n'.join([f'{command} prints something else', *lines])


class TestDocuments(TestCase):
    """One test for each document, named like it, and what isn't one."""

    def test_readme(self):
        self.seeded()
        # It shows how the sandbox starts, and leaves it running.
        self._sandbox.down()
        self.addCleanup(self._sandbox.down)
        self.follow('README.rst', OS_CLIENT_CONFIG_FILE='', OS_CLOUD='')

    def test_picture(self):
        path = console.ROOT / 'doc/source/_static/resize.svg'
        commands = list(console.drawn_commands(path))
        self.assertEqual(2, len(commands))
        self.seeded()
        self.type(commands, self._directory(path), {})

    def test_install(self):
        # It shows how the sandbox starts.
        self._sandbox.down()
        self.follow(
            'doc/source/install/index.rst',
            OS_CLIENT_CONFIG_FILE='',
            OS_CLOUD='',
        )

    def test_user_load_balancers(self):
        self.seeded()
        self.follow('doc/source/user/load-balancers.rst')

    def test_user_control_planes(self):
        self.seeded()
        self.follow('doc/source/user/control-planes.rst')

    def test_user_scripting(self):
        self.seeded()
        self.follow('doc/source/user/scripting.rst')

    def test_user_automating(self):
        self.seeded()
        self.follow('doc/source/user/automating.rst')

    def test_cli(self):
        self.follow('doc/source/cli/index.rst')

    def test_admin_install(self):
        self.seeded()
        self.follow('doc/source/admin/install.rst', OS_CLOUD=base.ADMIN)

    def test_admin_deployments(self):
        self.follow('doc/source/admin/deployments.rst')

    def test_api_ref(self):
        samples = console.ROOT / 'api-ref/source/samples'
        request = json.loads((samples / 'resize-put-request.json').read_text())
        self.seeded()
        with identity.connect(self._sandbox.state, base.MEMBER) as member:
            octavia = connection.extend(member).load_balancer
            web = octavia.find_load_balancer('web', ignore_missing=False)
            large = octavia.find_flavor('large', ignore_missing=False)
            self.follow(
                'api-ref/source/index.rst',
                {request['new_flavor_id']: large.id},
                TOKEN=member.session.get_token(),
                OCTAVIA=member.session.get_endpoint(
                    service_type='load-balancer'
                ),
                LOAD_BALANCER_ID=web.id,
            )
            octavia.wait_for_load_balancer_resize(web, large)

    def test_contributor_testing_server(self):
        self.follow('doc/source/contributor/testing-server.rst')

    def test_docstrings(self):
        """The examples in docstrings, as programs of their own."""
        examples = list(docstrings.examples(sdk))
        self.assertGreaterEqual(len(examples), 3)
        self.seeded()
        for name, example in examples:
            finished = base.run(
                [
                    *(sys.executable, '-c'),
                    example.replace('mycloud', base.MEMBER),
                ],
                self._environment(),
            )
            self.assertEqual((0, ''), (finished.status, finished.stderr), name)
            self.assertNotEqual('', finished.stdout, name)


class TestMessages(testtools.TestCase):
    """Messages that documents explain."""

    def test_scripting(self):
        text = (console.ROOT / 'doc/source/user/scripting.rst').read_text()
        messages = re.findall(
            r'^   \* - ``(.*)``$', text.partition('.. _messages:')[2], re.M
        )
        self.assertGreater(len(messages), 10)
        self.assertEqual([], source.missing(messages))

    def test_log(self):
        for page in ('operation', 'monitoring'):
            path = console.ROOT / 'doc' / 'source' / 'admin' / f'{page}.rst'
            rows = path.read_text().partition('What the log says')[2]
            messages = [
                ' '.join(message.split())
                for message in re.findall(r'^   \* - ``([^`]*)``', rows, re.M)
            ]
            self.assertGreater(len(messages), 5, page)
            self.assertEqual([], source.missing(messages), page)


class TestBlocks(testtools.TestCase):
    """What holds for the blocks of all documents."""

    def test_none_is_forgotten(self):
        """Each document with commands that can run has its test."""
        for document in console.documents():
            if any(map(not_run.is_run, console.commands(document))):
                name = document.relative_to(console.ROOT).with_suffix('')
                parts = [
                    part.lower().replace('-', '_')
                    for part in name.parts
                    if part not in ('doc', 'source', 'index')
                ]
                self.assertTrue(
                    hasattr(TestDocuments, f'test_{"_".join(parts)}'),
                    f'{name} has commands and no test',
                )

    def test_nothing_is_on_an_index(self):
        """Nobody is told to install what no index has."""
        told = {
            str(path)
            for path in (
                *console.documents(),
                *(console.ROOT / 'releasenotes' / 'notes').iterdir(),
                *console.ROOT.glob('*_*/**/*.py'),
            )
            if _FROM_AN_INDEX.search(path.read_text())
        }
        self.assertEqual(set(), told)

    def test_commands_are_in_console_blocks(self):
        """No command escapes because its block has no language."""
        programs = {'sudo', 'git', 'apt', 'apt-get', 'curl', 'bash', 'sh'}
        programs |= {path.name for path in shared_sandbox.BIN.iterdir()}
        for block in self._blocks():
            if block.language in ('', 'bash', 'shell', 'sh'):
                for line in block.lines:
                    words = line.removeprefix('$ ').split() or ['']
                    self.assertFalse(
                        words[0] in programs or words[0].startswith('tools/'),
                        f'{block} shows a command: {line}',
                    )

    def test_what_is_not_run(self):
        """There are programs and options for what isn't run.

        Such as what sentences say that one could type.
        """
        mentioned = {
            command
            for document in console.documents()
            for command in (
                *console.mentioned_commands(document),
                *(
                    command.text
                    for command in console.commands(document)
                    if not not_run.is_run(command)
                ),
            )
        }
        self.assertGreater(len(mentioned), 20)
        faults = {command: not_run.check(command) for command in mentioned}
        self.assertEqual(
            {}, {c: found for c, found in faults.items() if found}
        )

    def test_what_could_not_run(self):
        """Modules and tests that aren't there are noticed."""
        for command in (
            'python -m benchmarks.gone',
            'python -m gone.load',
            'python -m testtools.run tests.functional.osc.test_gone',
            'stestr run -n tests.unit.sdk.test_gone',
            'stestr --test-path tests/gone run',
            'stestr --test-path tests/functional run test_cluster.TestGone',
            'stestr --test-path tests/functional run test_gone.TestCluster',
        ):
            self.assertEqual(1, len(not_run.check(command)), command)

    def test_outputs_are_shown(self):
        """What is left out leaves something to compare."""
        for document in console.documents():
            for command in console.commands(document):
                if not_run.is_run(command):
                    self.assertNotEqual(('…',), command.output, command)

    def test_nothing_is_exempt_in_vain(self):
        """What isn't run stands in a document."""
        shown = {
            command.text
            for document in console.documents()
            for command in console.commands(document)
        }
        self.assertEqual(set(), set(not_run.COMMANDS) - shown)

    def test_ini(self):
        """Options of ours are known by the program that reads them."""
        groups = {
            group: {option.name for option in options}
            for group, options in (
                *opts.list_opts(),
                *tempest_plugin.ResizeTempestPlugin().get_opt_lists(),
            )
        }
        checked = 0
        for block in self._blocks('ini'):
            found = configparser.ConfigParser()
            found.read_string(block.text)
            for group in groups.keys() & found.keys():
                self.assertEqual(
                    set(), set(found[group]) - groups[group], block
                )
                checked += len(found[group])
        self.assertGreater(checked, 0)

    def test_policy(self):
        """Rules are those of the policy."""
        rules = {rule.name for rule in policies.list_rules()}
        blocks = list(self._blocks('yaml'))
        self.assertNotEqual([], blocks)
        for block in blocks:
            self.assertEqual(
                set(), set(yaml.safe_load(block.text)) - rules, block
            )

    def _blocks(self, language: str | None = None) -> list[console.Block]:
        return [
            block
            for document in console.documents()
            for block in console.blocks(document)
            if language in (None, block.language)
        ]
