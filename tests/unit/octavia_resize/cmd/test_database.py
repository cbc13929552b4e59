# SPDX-License-Identifier: Apache-2.0

from typing import Any

from sqlalchemy import event
import testtools

from octavia_resize.cmd import database
from tests.unit.octavia_resize import base


class TestRun(base.TestCase):
    def test_commit_fails(self) -> None:
        def fail(session: Any) -> None:
            raise ValueError('No commit')

        with testtools.ExpectedException(database.Unavailable, '.*No commit'):
            database.run(lambda s: event.listen(s, 'before_commit', fail))
