# SPDX-License-Identifier: Apache-2.0

"""Lives of load balancers that a test plays step by step."""

from collections.abc import Iterator
import contextlib
from typing import Any

import testtools

from octavia_resize import opts
from tests.machine import machine
from tests.machine import scheduler


class TestCase(testtools.TestCase):
    """A test that plays a life."""

    @contextlib.contextmanager
    def play(self, **kwargs: Any) -> Iterator[machine.Machine]:
        """Begin with a resize, and check all at the end."""
        played = machine.Machine()
        try:
            played.begin(
                **{
                    'topology': 'SINGLE',
                    'version': '4',
                    'remembers': False,
                    'drain_seconds': 0,
                    'together': opts.TOGETHER,
                    'jobboard': False,
                    'count': 0,
                }
                | kwargs
            )
            yield played
        finally:
            played.teardown()

    def receive(self, played: machine.Machine) -> scheduler.Actor:
        played.receive(0)
        return played.processes[0].actors[-1]
