# SPDX-License-Identifier: Apache-2.0

"""What holds for the blocks and messages of all documents."""

import configparser
import re

import testtools
import yaml

from octavia_resize import opts
from octavia_resize import policies
from resize_tempest_plugin import plugin as tempest_plugin
from tests.functional import shared_sandbox
from tests.functional.docs import console
from tests.functional.docs import not_run
from tests.functional.docs import source
from tests.functional.docs import test_documents

# A path has a slash before the name.
_FROM_AN_INDEX = re.compile(
    r'(?:pip|pipx|uv) [^\n`]*(?<=[ \'"])python-resizeclient'
)


class TestMessages(testtools.TestCase):
    """Messages that documents explain."""

    def test_user(self):
        text = (console.ROOT / 'doc/source/user/messages.rst').read_text()
        messages = re.findall(r'^   \* - ``(.*)``$', text, re.M)
        self.assertGreater(len(messages), 10)
        self.assertEqual([], source.missing(messages))

    def test_log(self):
        for page in ('operation', 'monitoring'):
            path = console.ROOT / 'doc' / 'source' / 'admin' / f'{page}.rst'
            rows = path.read_text().partition('\nLog lines')[2]
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
                    hasattr(
                        test_documents.TestDocuments, f'test_{"_".join(parts)}'
                    ),
                    f'{name} has commands and no test',
                )

    def test_nothing_is_on_an_index(self):
        """No page installs what no index has."""
        named = {
            str(path)
            for path in (
                *console.documents(),
                *(console.ROOT / 'releasenotes' / 'notes').iterdir(),
                *console.ROOT.glob('*_*/**/*.py'),
            )
            if _FROM_AN_INDEX.search(path.read_text())
        }
        self.assertEqual(set(), named)

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
