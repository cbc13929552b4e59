# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
import contextlib
import dataclasses
import io
import logging
import shlex
import sys
from typing import TextIO

import fixtures
from openstackclient import shell
import testtools

from tests.unit.sdk import cloud


@dataclasses.dataclass
class Result:
    """What a command has written, and its exit status."""

    stdout: str
    stderr: str
    status: int


class TestCase(testtools.TestCase):
    """The real openstack command on a cloud of canned answers."""

    roles = ('member', 'load-balancer_member')

    #: Whether time passes by itself
    real_time = False

    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.useFixture(cloud.Cloud(roles=self.roles))
        if not self.real_time:
            self.clock = self.useFixture(cloud.Clock())
        for name, value in {
            'OS_AUTH_URL': cloud.AUTH_URL,
            'OS_USERNAME': 'jo',
            'OS_PASSWORD': 'secret',
            'OS_PROJECT_NAME': 'shop',
            'OS_USER_DOMAIN_ID': 'default',
            'OS_PROJECT_DOMAIN_ID': 'default',
            'OS_REGION_NAME': 'RegionOne',
            'COLUMNS': '200',
        }.items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def openstack(self, line: str) -> Result:
        """Run a command line, without its first word, openstack.

        :param line: The rest of the command line, quoted as for a shell.
        """
        stdout, stderr = io.StringIO(), io.StringIO()
        with streams(stdout, stderr):
            try:
                status = shell.main(shlex.split(line))
            except SystemExit as exc:
                status = exc.code
        return Result(stdout.getvalue(), stderr.getvalue(), status)


@contextlib.contextmanager
def streams(stdout: TextIO | None, stderr: TextIO | None) -> Iterator[None]:
    """Run a command in the context with these as its streams."""
    root = logging.getLogger()
    before = list(root.handlers)
    with contextlib.ExitStack() as stack:
        for name, stream in (('stdout', stdout), ('stderr', stderr)):
            stack.callback(setattr, sys, name, getattr(sys, name))
            setattr(sys, name, stream)
        try:
            yield
        finally:
            for handler in root.handlers[:]:
                if handler not in before:
                    root.removeHandler(handler)
