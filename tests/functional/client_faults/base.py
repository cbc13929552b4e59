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

"""A command whose every request passes a proxy that makes faults."""

from pathlib import Path
import re

import fixtures

from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox
from tests.functional.client_faults import proxy
from tests.functional.client_faults import shell

# The most that a command may take on a busy machine, besides what it waits
_PATIENCE_SECONDS = 60

# What nobody should ever read
_NOISE = re.compile(
    r"Traceback|Exception ignored|NoneType|object at 0x|<class |"
    r"KeyError|JSONDecode|line 1 column|<html|RemoteDisconnected\('"
)


class TestCase(load_balancer.TestCase):
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
        clouds.write_bytes(
            self.proxy.rewrite(sandbox.state.clouds_yaml.read_bytes())
        )
        self._environment = shared_sandbox.environment(sandbox) | {
            'OS_CLIENT_CONFIG_FILE': str(clouds)
        }

    def start(self, *arguments: str, cloud: str = base.MEMBER):
        """Start a command."""
        return shell.Command(
            arguments, self._environment | {'OS_CLOUD': cloud}
        )

    def run_through(
        self,
        *arguments: str,
        cloud: str = base.MEMBER,
        timeout: float = _PATIENCE_SECONDS,
    ) -> base.Finished:
        """Run a command through the proxy, however it ends.

        :raises AssertionError: when it doesn't end in time, or writes what
            isn't for people.
        """
        finished = self.start(*arguments, cloud=cloud).wait(timeout)
        self.assert_readable(finished)
        return finished

    def assert_readable(self, finished: base.Finished) -> None:
        """Check that what a command tells can be read by people."""
        self.assertIsNone(_NOISE.search(finished.stderr), finished)
        if finished.status:
            self.assertNotEqual('', finished.stderr, finished)
