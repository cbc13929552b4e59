# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path

import fixtures
import testtools

from resize_sandbox.dataplane.amphora import units
from resize_sandbox.dataplane.amphora.services import Services

# As the amphora agent writes it, shortened.
_HAPROXY = """\
[Unit]
Description=HAProxy Load Balancer
After=network.target syslog.service amphora-netns.service
Requires=amphora-netns.service

[Service]
Environment="CONFIG=/var/lib/octavia/lb/haproxy.cfg" "PIDFILE=/run/lb.pid"
ExecStartPre=/usr/sbin/haproxy -f $CONFIG -c -q
ExecReload=/usr/sbin/haproxy -c -f $CONFIG
ExecReload=/bin/kill -USR2 $MAINPID
ExecStart=-/sbin/ip netns exec amphora-haproxy /usr/sbin/haproxy -Ws -f $CONFIG
LimitNOFILE=2097152
Type=notify

# a comment = none
[Install]
WantedBy=multi-user.target
"""


class TestSplitCommand(testtools.TestCase):
    def test_words(self) -> None:
        self.assertEqual(
            ['/bin/sh', '-c', 'echo "a b"', "it's", ''],
            units.split_command("""/bin/sh -c 'echo "a b"' it\\'s "" """, {}),
        )

    def test_variables(self) -> None:
        """A word that is a variable becomes as many as its value has."""
        self.assertEqual(
            ['kill', '-USR2', '17', '$OTHER', 'x$PID'],
            units.split_command(
                'kill $WHAT $OTHER x$PID', {'WHAT': '-USR2 17', 'PID': '1'}
            ),
        )

    def test_escapes(self) -> None:
        self.assertEqual(
            ['a b', '\t', '\\'], units.split_command('a\\ b \\t \\', {})
        )


class TestUnit(testtools.TestCase):
    def test_haproxy(self) -> None:
        unit = units.Unit.parse(_HAPROXY)
        self.assertEqual('notify', unit.kind)
        self.assertEqual(['amphora-netns.service'], unit.required)
        self.assertEqual(2097152, unit.open_files)
        self.assertEqual(
            {
                'CONFIG': '/var/lib/octavia/lb/haproxy.cfg',
                'PIDFILE': '/run/lb.pid',
            },
            unit.environment,
        )
        self.assertEqual(2, len(unit.commands('ExecReload')))
        (command,) = unit.commands('ExecStart')
        self.assertTrue(command.may_fail)
        self.assertTrue(command.line.startswith('/sbin/ip netns'))

    def test_defaults(self) -> None:
        unit = units.Unit.parse('[Service]\nExecStart=/bin/true\n')
        self.assertEqual('simple', unit.kind)
        self.assertIsNone(unit.open_files)
        self.assertEqual({}, unit.environment)


class TestServices(testtools.TestCase):
    """What needs no process."""

    def setUp(self) -> None:
        super().setUp()
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        (directory / 'haproxy-1.service').write_text(_HAPROXY)
        self.services = Services(directory, os.open(os.devnull, os.O_WRONLY))

    def test_not_active(self) -> None:
        """The agent looks for these words to start instead."""
        self.assertEqual(
            (1, 'haproxy-1.service is not active, cannot reload.'),
            self.services.answer('reload', 'haproxy-1'),
        )
        self.assertEqual(
            (3, 'inactive'), self.services.answer('status', 'haproxy-1')
        )

    def test_unknown(self) -> None:
        self.assertEqual(
            (5, 'Unit other.service not found.'),
            self.services.answer('start', 'other'),
        )
        self.assertEqual(
            (1, 'Unknown command verb isolate.'),
            self.services.answer('isolate', 'haproxy-1'),
        )

    def test_nothing_to_do(self) -> None:
        self.assertEqual((0, ''), self.services.answer('daemon-reload'))
        self.assertEqual((0, ''), self.services.answer('enable', 'other'))
        self.assertEqual((0, ''), self.services.answer('stop', 'haproxy-1'))
