# SPDX-License-Identifier: Apache-2.0

from concurrent import futures
import io
import os
import shlex
import signal
import threading
from unittest import mock

from openstackclient import shell

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import RESIZED
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.osc import load_balancer
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud


class TestSession(load_balancer.TestCase):
    def test_is_left_as_it_was(self) -> None:
        """In the interactive shell, other commands use it, too."""
        with base.streams(io.StringIO(), io.StringIO()):
            app = shell.OpenStackShell()
            status = app.run(
                shlex.split('loadbalancer resize --flavor large web')
            )
        self.assertEqual(0, status)
        self.assertIsNone(app.client_manager.sdk_connection.session.timeout)
        self.assertEqual(60.0, self.cloud.requests.last_request.timeout)


class TestStreams(load_balancer.TestCase):
    """What was done is done, whether or not anybody can read it."""

    def _resize(self, stdout, stderr, name: str = 'web') -> int:
        self.cloud.states(RESIZED)
        with base.streams(stdout, stderr):
            return shell.main(
                ['loadbalancer', 'resize', '--flavor', 'large', '--wait', name]
            )

    def test_stderr_is_closed(self) -> None:
        closed = io.StringIO()
        closed.close()
        for stderr in (closed, None):
            self.assertEqual(0, self._resize(io.StringIO(), stderr))

    def test_stdout_is_closed(self) -> None:
        closed = io.StringIO()
        closed.close()
        for stdout in (closed, None):
            stderr = io.StringIO()
            self.assertEqual(0, self._resize(stdout, stderr))
            self.assertIn('\nTo undo: ', stderr.getvalue())

    def test_stdout_is_full(self) -> None:
        full = mock.Mock(spec=io.TextIOWrapper, encoding='utf-8', closed=False)
        full.isatty.return_value = False
        full.write.side_effect = OSError(28, 'No space left on device')
        stderr = io.StringIO()
        self.assertEqual(1, self._resize(full, stderr))
        self.assertTrue(
            stderr.getvalue().endswith(
                '\nFailed to write the result to standard output: No space '
                'left on device. The operation itself was done, or '
                'continues\n'
            ),
            stderr.getvalue(),
        )

    def test_encoding_that_lacks_a_letter(self) -> None:
        self.cloud.flavors({**SMALL, 'name': 'größer'}, LARGE)
        self.cloud.load_balancers({**WEB, 'name': 'wéb'})
        self.cloud.requests.get(
            f'{cloud.LBS_URL}?name=w%C3%A9b',
            json={'loadbalancers': [{**WEB, 'name': 'wéb'}]},
        )
        raw = io.BytesIO()
        stdout, stderr = (
            io.TextIOWrapper(buffer, encoding='ascii')
            for buffer in (raw, io.BytesIO())
        )
        self.assertEqual(0, self._resize(stdout, stderr, 'wéb'))
        stdout.flush()
        self.assertIn(b'gr\\xf6\\xdfer', raw.getvalue())


class TestInterrupt(load_balancer.TestCase):
    def test_no_new_request_goes_out(self) -> None:
        """Those on their way are broken off; none is sent again."""
        found = [
            cloud.load_balancer(f'lb-{number}', SMALL) for number in range(19)
        ]
        self.cloud.load_balancers(*found)
        interrupted = threading.Event()
        sent = []

        def answer(request, context) -> None:
            sent.append(request)
            if len(sent) == 1:
                os.kill(os.getpid(), signal.SIGINT)
            interrupted.wait(300)
            raise sdk_base.dropped()

        for one in found:
            self.cloud.dry_run(one, LARGE)
            self.cloud.resize(one, json=answer)
        shut_down = futures.ThreadPoolExecutor.shutdown

        def release(pool, *args, **kwargs) -> None:
            shut_down(pool, wait=False, cancel_futures=True)
            if sent:
                interrupted.set()
            shut_down(pool)

        with mock.patch.object(
            futures.ThreadPoolExecutor,
            'shutdown',
            autospec=True,
            side_effect=release,
        ):
            result = self.resize(name=' '.join(one['name'] for one in found))
        self.assertEqual(130, result.status, result.stderr)
        # Only those load balancers were requested that had a thread each.
        self.assertLessEqual(len(sent), 8)
