# SPDX-License-Identifier: Apache-2.0

"""The documents, as a reader would follow them.

Each is read from its begin to its end: its commands are typed into a shell in
front of a sandbox, and must print what the document shows.
"""

import dataclasses
import json
import sys

from resize_client import sdk
from resize_client.sdk import connection
from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional.docs import console
from tests.functional.docs import docstrings
from tests.functional.docs import reader


class TestDocuments(reader.TestCase):
    """One test for each document, named like it, and what isn't one."""

    def test_readme(self):
        self.seeded()
        # The README shows how the sandbox starts, and leaves it running.
        self.sandbox.down()
        self.addCleanup(self.sandbox.down)
        self.follow('README.rst', OS_CLIENT_CONFIG_FILE='', OS_CLOUD='')

    def test_picture(self):
        path = console.ROOT / 'doc/source/_static/resize.svg'
        commands = list(console.drawn_commands(path))
        self.assertEqual(2, len(commands))
        self.seeded()
        self.type(commands, self.directory(path), {})

    def test_recording(self):
        path = console.ROOT / 'doc/source/_static/resize-recording.svg'
        dry_run, resize = console.drawn_commands(path)
        self.assertIn('--dry-run', dry_run.text)
        self.seeded()
        # A terminal breaks the lines in its cells.
        any_output = dataclasses.replace(dry_run, output=('…',))
        self.type([any_output, resize], self.directory(path), {})

    def test_install(self):
        # The page shows how the sandbox starts.
        self.sandbox.down()
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
        with identity.connect(self.sandbox.state, base.MEMBER) as member:
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
                self.environment(),
            )
            self.assertEqual((0, ''), (finished.status, finished.stderr), name)
            self.assertNotEqual('', finished.stdout, name)
