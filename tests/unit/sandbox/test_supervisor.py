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
import socket

import testtools

from resize_sandbox import supervisor


class TestListen(testtools.TestCase):
    def test_free_port(self) -> None:
        with supervisor.listen(0) as first:
            host, port = first.getsockname()
        self.assertEqual('127.0.0.1', host)
        with supervisor.listen(port) as again:
            self.assertEqual(port, again.getsockname()[1])

    def test_port_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            with supervisor.listen(port) as other:
                self.assertNotEqual(port, other.getsockname()[1])
