# SPDX-License-Identifier: Apache-2.0
"""Each message of the cluster command, once."""

from typing import Any

from openstack import exceptions

from resize_client.osc import cluster_messages as messages
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra.health import Health
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State
from resize_client.sdk.outcome import Result
from tests.unit.osc import written

_NO = exceptions.SDKException('It says no')
_LOST = ValueError('it is not JSON')


def _group(
    node_count: int, role: str = 'master', **fields: Any
) -> _nodegroup.NodeGroup:
    return _nodegroup.NodeGroup.existing(
        **{
            'id': '456',
            'name': f'{role}s',
            'role': role,
            'node_count': node_count,
            'status': 'UPDATE_COMPLETE',
            **fields,
        }
    )


def _outcome(
    before: int, after: int, argument: str = 'dev', **fields: Any
) -> Outcome:
    cluster = {'uuid': '123', 'name': 'dev', 'status': 'UPDATE_COMPLETE'}
    cluster.update(fields.pop('cluster', {}))
    group = _group(before, **fields.pop('group', {}))
    return Outcome(
        argument,
        before=Snapshot(_cluster.Cluster.existing(**cluster), group),
        node_count=after,
        **{'nodegroup': group, **fields},
    )


_BUSY = {'status': 'UPDATE_IN_PROGRESS'}
_WORKERS = {'role': 'worker'}


class TestBefore(written.TestCase):
    def test_warnings(self) -> None:
        alone = {'master_lb_enabled': False}
        self.check(
            messages.warnings,
            {
                'none': _outcome(1, 3),
                'workers': _outcome(5, 1, group=_WORKERS),
                'running': _outcome(9, 9, cluster=_BUSY, group=_BUSY),
                'busy': _outcome(1, 3, cluster=_BUSY),
                'alone': _outcome(1, 3, cluster=alone),
                'alone with one': _outcome(3, 1, cluster=alone),
                'even': _outcome(1, 2),
                'large': _outcome(7, 9),
                'none left': _outcome(1, 0),
                'servers': _outcome(1, 3, nodes_to_remove=('a',)),
                'risky': _outcome(7, 1),
                'in time': _outcome(7, 5),
                'unhealthy': _outcome(
                    7,
                    5,
                    cluster={
                        'health_status': 'UNHEALTHY',
                        'health_status_reason': {'api': 'nok'},
                    },
                ),
                'unknown': _outcome(
                    7, 5, cluster={'health_status': 'UNKNOWN'}
                ),
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
                More safely, in steps:
                - : coe cluster resize --wait --nodegroup masters dev 5
                - : coe cluster resize --wait --nodegroup masters dev 3
                - : coe cluster resize --wait --nodegroup masters dev 1
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
        busy = {'nodegroup': _group(3, **_BUSY)}
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
            self.assertEqual(
                expected, messages.state(_outcome(1, 3, **fields))
            )

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
                lambda outcome: messages.how_to_continue(outcome, 1),
                """
                - To continue: coe cluster resize --in-steps --nodegroup
                masters dev 1
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
            (shown,) = [function(_outcome(3, 1))]
            self.assertEqual(
                ' '.join(expected.split()),
                ' '.join(written.of(shown).split()),
            )


class TestAfterTheRequest(written.TestCase):
    def _failed(self, error: Exception | str, **fields: Any) -> Outcome:
        if isinstance(error, str):
            error = exceptions.SDKException(error)
        return _outcome(1, 3, result=Result.FAILED, error=error, **fields)

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
    def test_how_to_undo(self) -> None:
        fewer = {**_WORKERS, 'max_node_count': 1}
        self.check(
            messages.how_to_undo,
            {
                'running before': _outcome(3, 3, cluster=_BUSY, group=_BUSY),
                'smaller': _outcome(3, 1),
                'larger': _outcome(1, 3),
                'much larger': _outcome(1, 5),
                'from an even size': _outcome(2, 3),
                'workers': _outcome(2, 3, group=_WORKERS),
                'limit lowered since': _outcome(2, 1, group=fewer),
            },
            """
            running before:
            smaller:
                - To undo: coe cluster resize --wait --nodegroup masters dev
                  3
            larger:
                - To undo, after a backup of etcd: coe cluster resize --wait
                  --nodegroup masters dev 1
            much larger:
                To undo, after a backup of etcd, in steps:
                - : coe cluster resize --wait --nodegroup masters dev 3
                - : coe cluster resize --wait --nodegroup masters dev 1
            from an even size:
            workers:
                - To undo: coe cluster resize --wait --nodegroup workers dev
                  2
            limit lowered since:
            """,
        )

    def test_not_done(self) -> None:
        def ended(
            result: Result, error: Exception | None, **fields: Any
        ) -> Outcome:
            now = {'nodegroup': _group(3, **_BUSY), **fields}
            return _outcome(2, 3, result=result, error=error, **now)

        timeout = exceptions.ResourceTimeout('Timed out after 5 seconds')
        workers = _group(3, role='worker')
        odd = _group(3, name='-odd')
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
                    group=_WORKERS,
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
