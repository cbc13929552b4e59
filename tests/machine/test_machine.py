# SPDX-License-Identifier: Apache-2.0

"""Random lives of load balancers, see :mod:`machine`.

tools/test-machine says what the variables of the environment say.
"""

import os
import random
import sys
import time

import hypothesis
from hypothesis import stateful
import testtools

from tests.machine import machine

_EXAMPLES = int(os.environ.get('RESIZE_MACHINE_EXAMPLES', '0'))
_SECONDS = int(os.environ.get('RESIZE_MACHINE_SECONDS', '60'))
_SEED = os.environ.get('RESIZE_MACHINE_SEED')
_RANDOM_SEED = os.environ.get('RESIZE_MACHINE_RANDOM_SEED')
#: So many examples come from one seed: what fails is found by its seed alone.
_EXAMPLES_OF_A_SEED = 5
_STEPS = 15
_MAX_SEED = 10**6


class TestMachine(testtools.TestCase):
    def test_fixed_seed(self) -> None:
        self._run_seeds(int(_SEED or 1))

    def test_random_seed(self) -> None:
        self._run_seeds(
            int(_SEED or _RANDOM_SEED or random.randrange(_MAX_SEED))
        )

    def _run_seeds(self, seed: int) -> None:
        """Run examples of one seed after the other, until there are enough."""
        end = time.monotonic() + _SECONDS
        done = 0
        while done < _EXAMPLES or not _EXAMPLES and time.monotonic() < end:
            self._run_seed(seed)
            seed += 1
            done += _EXAMPLES_OF_A_SEED
        print(f'{done} examples, up to seed {seed - 1}', file=sys.stderr)

    def _run_seed(self, seed: int) -> None:
        settings = hypothesis.settings(
            max_examples=_EXAMPLES_OF_A_SEED,
            stateful_step_count=_STEPS,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        )
        try:
            stateful.run_state_machine_as_test(
                hypothesis.seed(seed)(machine.Machine), settings=settings
            )
        except Exception as e:
            # These are the last lines, which the end of CI's output has.
            e.add_note(
                f'{str(e).partition(chr(10))[0]}\n'
                f'Once more: tools/test-machine --seed {seed}'
            )
            raise
