# SPDX-License-Identifier: Apache-2.0

"""A deadlock of the database at each commit of a resize, in turn.

Without RESIZE_MACHINE_EXAMPLES only at each eighth one, from a random one on.
"""

import os
import random
from typing import Any

import fixtures

from tests.machine import base
from tests.machine import faults
from tests.machine import scheduler

_STEP = 1 if os.environ.get('RESIZE_MACHINE_EXAMPLES') else 8


class _Conflict:
    """Has one commit of all fail, counted from 0."""

    def __init__(self, number: int | None) -> None:
        self.number = number
        self.commits = 0

    def take(self, fault: str) -> bool:
        """Return whether a fault is to happen."""
        if fault != faults.DEADLOCK:
            return False
        self.commits += 1
        return self.commits - 1 == self.number


class TestConflicts(base.TestCase):
    def test_single(self) -> None:
        self._fail_each(topology='SINGLE')

    def test_active_standby(self) -> None:
        self._fail_each(topology='ACTIVE_STANDBY', version='6')

    def _fail_each(self, **kwargs: Any) -> None:
        commits = self._resize(None, **kwargs)
        self.assertGreater(commits, 30)
        for number in range(random.randrange(_STEP), commits, _STEP):
            self.assertGreater(self._resize(number, **kwargs), commits)

    def _resize(self, number: int | None, **kwargs: Any) -> int:
        """Resize to the end, whatever fails.

        :param number: of the commit that fails, None for none.
        :returns: how many commits there were.
        """
        conflict = _Conflict(number)
        with (
            self.play(**kwargs) as played,
            fixtures.MockPatchObject(
                scheduler.Actor, 'take', lambda _, fault: conflict.take(fault)
            ),
        ):
            actor = self.receive(played)
            while not actor.is_done:
                actor.finish()
            resize = played.world.get_resize(played.lb_id)
            self.assertEqual('COMPLETED', resize.state, f'commit {number}')
        return conflict.commits
