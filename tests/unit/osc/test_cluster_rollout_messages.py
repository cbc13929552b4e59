# SPDX-License-Identifier: Apache-2.0
"""The messages about several clusters, once."""

from typing import Any

from openstack import exceptions

from resize_client.osc import cluster_rollout_messages as messages
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.outcome import Refusal
from resize_client.sdk.outcome import Result
from tests.unit.osc import written
from tests.unit.osc.cluster_outcomes import BUSY
from tests.unit.osc.cluster_outcomes import WORKERS
from tests.unit.osc.cluster_outcomes import group
from tests.unit.osc.cluster_outcomes import outcome

_NO = exceptions.SDKException('It says no')
_REFUSAL = Refusal({'state': 'It is CREATE_IN_PROGRESS', 'node': 'It is even'})


def _missing(name: str) -> Outcome:
    return Outcome.of_missing(
        name, 3, nodegroup=None, error=exceptions.NotFoundException('None')
    )


class TestBefore(written.TestCase):
    def test_to_consider(self) -> None:
        self.check(
            messages.to_consider,
            {
                'each once': [
                    outcome(3, 1),
                    outcome(3, 1, 'prod'),
                    outcome(1, 1, result=Result.UNCHANGED),
                    outcome(1, 1, result=Result.ACCEPTED),
                    outcome(3, 1, result=Result.REFUSED),
                ],
            },
            """
            each once:
                Nodegroup masters of cluster dev (123) already has 1 node
                Nodegroup masters of cluster dev (123) is being resized to 1
                node already
                Warning: From 3 to 1 nodes, 2 members leave an etcd that
                survives the loss of 1 at once: make a backup of etcd first.
                The driver must remove them one at a time, as Cluster API's
                control plane provider does
            """,
        )

    def test_not_checked(self) -> None:
        self.check(
            messages.not_checked,
            {
                'control planes': [outcome(1, 3), outcome(1, 3)],
                'workers': [outcome(1, 3, group=WORKERS)],
            },
            """
            control planes:
                Magnum checks only during a resize whether the driver of a
                cluster can resize its control plane, and to this size
            workers:
            """,
        )


class TestAfterwards(written.TestCase):
    def test_ends(self) -> None:
        def ended(result: Result, error: Any = None, **fields: Any):
            now = {'nodegroup': group(3, **BUSY), **fields}
            return [outcome(1, 3, result=result, error=error, **now)]

        failure = exceptions.ResourceFailure('It failed')
        timeout = exceptions.ResourceTimeout('Timed out')
        self.check(
            messages.ends,
            {
                'well': ended(Result.RESIZED),
                'not begun': ended(Result.NOT_STARTED),
                'interrupted request': ended(Result.UNKNOWN),
                'failed': ended(Result.FAILED, failure),
                'hidden': ended(Result.UNKNOWN, OutcomeUnknown('It hides')),
                'request': ended(Result.FAILED, _NO),
                'doubt': ended(Result.UNKNOWN, _NO, doubt=_NO),
                'check': ended(Result.REFUSED, _REFUSAL),
                'gone': [_missing('x')],
                'timeout': ended(Result.TIMED_OUT, timeout, doubt=_NO),
                'interrupted': ended(Result.INTERRUPTED),
                'wait': ended(Result.UNKNOWN, _NO),
            },
            """
            well:
            not begun:
            interrupted request:
            failed:
                It failed
                - To check: coe nodegroup show dev masters
            hidden:
                It hides. Run the same command again: it requests the resize
                once more, which changes nothing that has ended
            request:
                Cluster dev (123) was not resized: It says no. Nodegroup
                masters still has 3 nodes and is UPDATE_IN_PROGRESS
            doubt:
                Cluster dev (123) was not resized: It says no. Failed to get
                nodegroup masters afterwards: It says no. Run the same
                command again: it resizes only what is not being resized yet
            check:
                dev: It is CREATE_IN_PROGRESS dev: It is even
            gone:
                None
            timeout:
                Timed out. Nodegroup masters of cluster dev (123) was
                UPDATE_IN_PROGRESS with 3 nodes at the last poll; the resize
                continues
            interrupted:
                Interrupted. Nodegroup masters of cluster dev (123) was
                UPDATE_IN_PROGRESS with 3 nodes at the last poll; the resize
                continues
            wait:
                Stopped waiting: It says no. Nodegroup masters of cluster
                dev (123) was UPDATE_IN_PROGRESS with 3 nodes at the last
                poll; the resize continues
            """,
        )
