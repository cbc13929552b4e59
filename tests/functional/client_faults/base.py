# SPDX-License-Identifier: Apache-2.0

"""Commands whose every request passes a proxy that makes faults."""

from collections.abc import Sequence
from pathlib import Path
import re

import fixtures
import yaml

from tests.functional import base
from tests.functional import openstack_command
from tests.functional import shared_sandbox
from tests.functional.client_faults import faults
from tests.functional.client_faults import proxy

# The most that a command may take on a busy machine
_COMMAND_SECONDS = 180

# Seconds after which the client gives up a request, where that is tested
_API_TIMEOUT = 4

#: A cloud whose user wants requests that fail to be made again
STUBBORN = 'stubborn'

# What nobody should ever read
_NOISE = re.compile(
    r'Traceback|Exception ignored|NoneType|object at 0x|<class |<html|'
    r"\('|KeyError|line 1 column 1|Client Error for url|: None|^'"
)


class TestCase(base.TestCase):
    """A test whose commands reach the services through a proxy."""

    def setUp(self) -> None:
        super().setUp()
        sandbox = shared_sandbox.shared()
        self.proxy = self.useFixture(
            proxy.FaultyProxy(
                {
                    service.name: service.url
                    for service in sandbox.status()
                    if service.url is not None
                }
            )
        )
        clouds = Path(self.useFixture(fixtures.TempDir()).path, 'clouds.yaml')
        found = yaml.safe_load(
            self.proxy.rewrite(sandbox.state.clouds_yaml.read_bytes())
        )
        # The same, but with less patience
        found['clouds']['impatient'] = found['clouds'][base.MEMBER] | {
            'api_timeout': _API_TIMEOUT
        }
        found['clouds'][STUBBORN] = found['clouds'][base.MEMBER] | {
            'connect_retries': 3,
            'status_code_retries': 3,
        }
        clouds.write_text(yaml.safe_dump(found))
        self.environment = shared_sandbox.environment(sandbox) | {
            'OS_CLIENT_CONFIG_FILE': str(clouds),
            'OS_CLOUD': base.MEMBER,
        }

    def start(
        self, *arguments: str, **environment: str
    ) -> openstack_command.Command:
        """Start a command.

        :param arguments: what follows ``openstack``.
        :param environment: variables to add.
        """
        return openstack_command.Command(
            arguments, self.environment | environment
        )

    def through(
        self, *arguments: str, status: int = 0, cloud: str = base.MEMBER
    ) -> base.Finished:
        """Run a command through the proxy, and check how it ends.

        :param status: the exit status that it must have.
        :raises AssertionError: when it doesn't end in time, ends otherwise,
            or has text that isn't for people.
        """
        command = self.start(*arguments, OS_CLOUD=cloud)
        return self.check(command.wait(_COMMAND_SECONDS), status)

    def check(self, finished: base.Finished, status: int) -> base.Finished:
        """Check how a command has ended.

        :returns: the same.
        """
        self.assertEqual(status, finished.status, finished)
        for line in finished.stderr.splitlines():
            self.assertIsNone(_NOISE.search(line), finished)
        if status > 0:
            self.assertNotEqual('', finished.stderr)
        return finished

    def fail_to_log_in(
        self, fault: proxy.Fault, arguments: Sequence[str]
    ) -> None:
        """Check that without a token nothing is requested from the service.

        What the user reads then is the same for all ``openstack`` commands.
        """
        self.proxy.plan_nth(fault, 'POST', '/auth/tokens')
        finished = self.start(*arguments).wait(_COMMAND_SECONDS)
        self.assertEqual((1, ''), (finished.status, finished.stdout), finished)
        self.assertNotIn('Traceback', finished.stderr)
        self.assertEqual(
            {'keystone'}, {request.service for request in self.proxy.requests}
        )

    def end(
        self, command: openstack_command.Command, status: int
    ) -> base.Finished:
        """Wait for the end of a command, and check it."""
        return self.check(command.wait(_COMMAND_SECONDS), status)

    def cloud_for(self, fault: proxy.Fault) -> str:
        """Return the cloud to use: waiting for silence takes a minute."""
        return 'impatient' if fault == faults.SILENT else base.MEMBER
