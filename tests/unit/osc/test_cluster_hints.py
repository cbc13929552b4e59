# SPDX-License-Identifier: Apache-2.0
"""Each list of commands to type, once."""

from typing import Any

from resize_client.osc import cluster_hints as hints
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result
from tests.unit.osc import cluster_outcomes
from tests.unit.osc import written
from tests.unit.osc.cluster_outcomes import BUSY
from tests.unit.osc.cluster_outcomes import WORKERS
from tests.unit.osc.cluster_outcomes import outcome


def _done(*arguments: Any, **fields: Any) -> Outcome:
    return cluster_outcomes.outcome(
        *arguments, result=Result.RESIZED, **fields
    )


class TestHints(written.TestCase):
    def test_steps(self) -> None:
        self.check(
            hints.more_safely,
            {
                'control plane': outcome(7, 1),
                'one step': outcome(7, 5),
                'workers': outcome(7, 1, group=WORKERS),
            },
            """
            control plane:
                More safely, in steps:
                - : coe cluster resize --wait --nodegroup masters dev 5
                - : coe cluster resize --wait --nodegroup masters dev 3
                - : coe cluster resize --wait --nodegroup masters dev 1
            one step:
            workers:
            """,
        )
        self.check(
            lambda one: hints.how_to_continue(one, 1),
            {'to 1': outcome(5, 3)},
            """
            to 1:
                - To continue: coe cluster resize --in-steps --nodegroup
                  masters dev 1
            """,
        )

    def test_how_to_undo(self) -> None:
        fewer = {**WORKERS, 'max_node_count': 1}
        self.check(
            hints.how_to_undo,
            {
                'not done': [outcome(3, 1)],
                'running before': [_done(3, 3, cluster=BUSY, group=BUSY)],
                'smaller': [_done(3, 1)],
                'larger': [_done(1, 3)],
                'much larger': [_done(1, 5), _done(1, 5, 'prod')],
                'from an even size': [_done(2, 3)],
                'workers': [_done(2, 3, group=WORKERS)],
                'limit lowered since': [_done(2, 1, group=fewer)],
                'of different sizes': [
                    _done(1, 3, 'a'),
                    _done(5, 3, 'b'),
                    _done(1, 3, '-c'),
                ],
            },
            """
            not done:
            running before:
            smaller:
                - To undo: coe cluster resize --wait --nodegroup masters dev
                  3
            larger:
                - To undo, after a backup of etcd: coe cluster resize --wait
                  --nodegroup masters dev 1
            much larger:
                To undo, after a backup of etcd, in steps:
                - : coe cluster resize --wait --nodegroup masters dev prod 3
                - : coe cluster resize --wait --nodegroup masters dev prod 1
            from an even size:
            workers:
                - To undo: coe cluster resize --wait --nodegroup workers dev
                  2
            limit lowered since:
            of different sizes:
                - To undo, after a backup of etcd: coe cluster resize --wait
                  --nodegroup masters a 123 1
                - To undo: coe cluster resize --wait --nodegroup masters b 5
            """,
        )
