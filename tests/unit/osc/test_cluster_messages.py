# SPDX-License-Identifier: Apache-2.0
"""Each message of the cluster command, once."""

from typing import Any

from openstack import exceptions

from resize_client.osc import cluster_messages as messages
from resize_client.sdk.container_infra.health import Health
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result
from tests.unit.osc import written
from tests.unit.osc.cluster_outcomes import BUSY
from tests.unit.osc.cluster_outcomes import WORKERS
from tests.unit.osc.cluster_outcomes import group
from tests.unit.osc.cluster_outcomes import outcome

_NO = exceptions.SDKException('It says no')
_LOST = ValueError('it is not JSON')


class TestBefore(written.TestCase):
    def test_warnings(self) -> None:
        alone = {'master_lb_enabled': False}
        self.check(
            messages.warnings,
            {
                'none': outcome(1, 3),
                'workers': outcome(5, 1, group=WORKERS),
                'running': outcome(9, 9, cluster=BUSY, group=BUSY),
                'busy': outcome(1, 3, cluster=BUSY),
                'alone': outcome(1, 3, cluster=alone),
                'alone with one': outcome(3, 1, cluster=alone),
                'even': outcome(1, 2),
                'large': outcome(7, 9),
                'none left': outcome(1, 0),
                'servers': outcome(1, 3, nodes_to_remove=('a',)),
                'risky': outcome(7, 1),
                'in time': outcome(7, 5),
                'unhealthy': outcome(
                    7,
                    5,
                    cluster={
                        'health_status': 'UNHEALTHY',
                        'health_status_reason': {'api': 'nok'},
                    },
                ),
                'unknown': outcome(7, 5, cluster={'health_status': 'UNKNOWN'}),
            },
            """
            none:
            workers:
            running:
            busy:
                Warning: Cluster dev (123) is being updated already: of two
                resizes at the same time the earlier one may win
            alone:
                Warning: Cluster dev (123) was created without
                master_lb_enabled: its API is reached through one node only,
                and fails with it
            alone with one:
                Warning: From 3 to 1 nodes, 2 members leave an etcd that
                survives the loss of 1 at once: make a backup of etcd first.
                The driver must remove them one at a time, as Cluster API's
                control plane provider does
            even:
                Warning: 2 members of etcd tolerate no more failures than 1
            large:
                Warning: More than 7 members slow etcd down, as each write
                waits for a majority of them
            none left:
            servers:
                Warning: Which nodes of a control plane leave is up to the
                driver: it may ignore the nodes to remove, as magnum-capi-
                helm does
            risky:
                Warning: From 7 to 1 nodes, 6 members leave an etcd that
                survives the loss of 3 at once: make a backup of etcd first.
                The driver must remove them one at a time, as Cluster API's
                control plane provider does
            in time:
            unhealthy:
                Warning: Cluster dev (123) is UNHEALTHY (api: nok): to
                remove a ready node may cost etcd its majority
            unknown:
                Warning: The health of cluster dev (123) is UNKNOWN to
                Magnum: to remove a ready node while another one is not
                ready may cost etcd its majority
            """,
        )

    def test_state(self) -> None:
        busy = {'nodegroup': group(3, **BUSY)}
        nodes = {'a': True, 'b': False, 'c': False}
        for expected, fields in (
            ('UPDATE_COMPLETE, 1 node', {}),
            (
                'UPDATE_COMPLETE, 1 node, not begun',
                {'state': State.NOT_BEGUN},
            ),
            ('UPDATE_IN_PROGRESS, 3 nodes requested', busy),
            (
                'UPDATE_IN_PROGRESS, control plane 1 of 3 ready, '
                'b and c not ready',
                {**busy, 'health': Health(nodes=nodes)},
            ),
            (
                'UPDATE_IN_PROGRESS, control plane 1 of 3 ready',
                {**busy, 'health': Health(nodes={'a': True})},
            ),
            (
                'UPDATE_IN_PROGRESS, 3 nodes requested, control plane '
                'waiting on Resized',
                {**busy, 'health': Health(reason='Waiting on Resized')},
            ),
        ):
            self.assertEqual(expected, messages.state(outcome(1, 3, **fields)))

    def test_others(self) -> None:
        for function, expected in (
            (
                messages.unchanged,
                'Nodegroup masters of cluster dev (123) already has 1 node',
            ),
            (
                messages.already,
                """
                Nodegroup masters of cluster dev (123) is being resized to 1
                node already
                """,
            ),
            (
                messages.not_checked,
                """
                Magnum checks only during the resize whether the driver of
                cluster dev (123) can resize its control plane, and to this
                size
                """,
            ),
            (
                lambda outcome: next(messages.steps_to_do(outcome)),
                """
                Nodegroup masters of cluster dev (123) gets these numbers of
                nodes: 1
                """,
            ),
            (
                messages.interrupted_while_sending,
                """
                Interrupted while sending the request: it is unknown whether
                Magnum accepted it. Nodegroup masters of cluster dev (123)
                had 3 nodes before. If no resize is in progress, run the
                same command again
                - To check: coe nodegroup show dev masters
                """,
            ),
        ):
            (shown,) = [function(outcome(3, 1))]
            self.assertEqual(
                ' '.join(expected.split()),
                ' '.join(written.of(shown).split()),
            )


class TestAfterTheRequest(written.TestCase):
    def _failed(self, error: Exception | str, **fields: Any) -> Outcome:
        if isinstance(error, str):
            error = exceptions.SDKException(error)
        return outcome(1, 3, result=Result.FAILED, error=error, **fields)

    def test_not_resized(self) -> None:
        self.check(
            messages.not_resized,
            {
                'doubt': self._failed(_LOST, doubt=_NO),
                'lost': self._failed(_LOST),
                'refused': self._failed(_NO),
                'too old': self._failed(
                    'Resizing a master nodegroup is not supported.'
                ),
                'driver': self._failed(
                    'Resizing the master nodegroup is not supported by this '
                    'driver.'
                ),
            },
            """
            doubt:
                Cluster dev (123) was not resized: the service's answer
                cannot be read: it is not JSON. Failed to get nodegroup
                masters afterwards: It says no. Run the same command again:
                it resizes only what is not being resized yet
            lost:
                Cluster dev (123) was not resized: the service's answer
                cannot be read: it is not JSON. Nodegroup masters still has
                1 node and is UPDATE_COMPLETE. Run the same command again:
                it resizes only what is not being resized yet
            refused:
                Cluster dev (123) was not resized: It says no. Nodegroup
                masters still has 1 node and is UPDATE_COMPLETE
            too old:
                Cluster dev (123) was not resized: this Magnum is too old to
                resize a control plane, which takes Magnum 20 (2025.1)
                (Magnum: Resizing a master nodegroup is not supported).
                Nodegroup masters still has 1 node and is UPDATE_COMPLETE
            driver:
                Cluster dev (123) was not resized: the cluster's driver does
                not support resizing a control plane (Magnum: Resizing the
                master nodegroup is not supported by this driver). Nodegroup
                masters still has 1 node and is UPDATE_COMPLETE
            """,
        )


class TestAfterTheEnd(written.TestCase):
    def test_not_done(self) -> None:
        def ended(
            result: Result, error: Exception | None, **fields: Any
        ) -> Outcome:
            now = {'nodegroup': group(3, **BUSY), **fields}
            return outcome(2, 3, result=result, error=error, **now)

        timeout = exceptions.ResourceTimeout('Timed out after 5 seconds')
        workers = group(3, role='worker')
        odd = group(3, name='-odd')
        self.check(
            messages.not_done,
            {
                'failed': ended(Result.FAILED, _NO),
                'unknown': ended(Result.UNKNOWN, OutcomeUnknown('It hides')),
                'timeout': ended(Result.TIMED_OUT, timeout),
                'not begun': ended(
                    Result.TIMED_OUT, timeout, state=State.NOT_BEGUN
                ),
                'fault': ended(Result.UNKNOWN, _LOST, nodegroup=odd),
                'workers': ended(
                    Result.INTERRUPTED,
                    None,
                    argument='-dev',
                    group=WORKERS,
                    nodegroup=workers,
                ),
            },
            """
            failed:
                It says no
                - To check: coe nodegroup show dev masters
            unknown:
                It hides. Run the same command again: it requests the resize
                once more, which changes nothing that has ended
                - To check: coe nodegroup show dev masters
                - What a driver on Cluster API waits for: coe cluster show
                  -c health_status_reason dev
            timeout:
                Timed out after 5 seconds. Nodegroup masters of cluster dev
                (123) was UPDATE_IN_PROGRESS with 3 nodes at the last poll;
                the resize continues
                - To check: coe nodegroup show dev masters
                - What a driver on Cluster API waits for: coe cluster show
                  -c health_status_reason dev
            not begun:
                Timed out after 5 seconds. Nodegroup masters of cluster dev
                (123) was UPDATE_IN_PROGRESS with 3 nodes at the last poll;
                the resize may begin later
                - To check: coe nodegroup show dev masters
                - What a driver on Cluster API waits for: coe cluster show
                  -c health_status_reason dev
            fault:
                Stopped waiting: the service's answer cannot be read: it is
                not JSON. Nodegroup masters of cluster dev (123) was
                UPDATE_COMPLETE with 3 nodes at the last poll; the resize
                continues
                - To check: coe nodegroup show dev 456
                - What a driver on Cluster API waits for: coe cluster show
                  -c health_status_reason dev
            workers:
                Interrupted. Nodegroup workers of cluster dev (123) was
                UPDATE_COMPLETE with 3 nodes at the last poll; the resize
                continues
                - To check: coe nodegroup show 123 workers
                - Magnum cannot cancel a resize; to undo it afterwards: coe
                  cluster resize --wait --nodegroup workers 123 2
            """,
        )
