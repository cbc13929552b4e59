# SPDX-License-Identifier: Apache-2.0

"""Resizing on each driver that can: the sandbox's own, magnum-capi-helm."""

import re
import signal
import time

from resize_client.sdk import connection
from resize_client.sdk.container_infra import conformance
from resize_client.sdk.outcome import Refusal
from resize_sandbox.state import Step
from tests.functional import shared_sandbox
from tests.functional.openstack_command import Finished
from tests.functional.osc import test_cluster

_MASTER = 'default-master'
_WORKER = 'default-worker'
# Much more than the sandbox's Magnum takes
_HEALTH_SECONDS = 180


class TestCase(test_cluster.TestCase):
    """A test with the cluster of one driver."""

    #: The seeded cluster, which has the driver
    seeded: str

    def setUp(self) -> None:
        super().setUp()
        self.take(self.seeded)

    def command(self, nodegroup: str, node_count: int) -> tuple[str, ...]:
        """Return the command that resizes one of its nodegroups."""
        return (
            *('coe', 'cluster', 'resize', '--nodegroup', nodegroup),
            *('-f', 'json', self.seeded, str(node_count)),
        )

    def assert_has(self, nodegroup: str, node_count: int) -> None:
        """Check what Magnum returns of a nodegroup and the cluster."""
        found = self.nodegroup(self.seeded, nodegroup)
        self.assertEqual(
            (node_count, 'UPDATE_COMPLETE'),
            (found['node_count'], found['status']),
        )
        self.wait_for_health('HEALTHY')
        cluster = self.cluster(self.seeded)
        count = 'master_count' if nodegroup == _MASTER else 'node_count'
        self.assertEqual(
            (node_count, 'UPDATE_COMPLETE'),
            (cluster[count], cluster['status']),
        )

    def wait_for_health(self, status: str) -> None:
        """Wait until Magnum has read the cluster's health, as it is now."""
        deadline = time.monotonic() + _HEALTH_SECONDS
        while self.cluster(self.seeded)['health_status'] != status:
            if time.monotonic() > deadline:
                raise RuntimeError(f'{self.seeded} does not get {status}')
            time.sleep(0.5)

    def machines(self, *options: str) -> list[str]:
        """Show, and change, the machines of its control plane."""
        return shared_sandbox.command(
            'machines', self.find_sandbox(), *options, self.seeded
        ).splitlines()


class ControlPlane:
    """What each driver does with a control plane."""

    def _resize(
        self,
        before: int,
        node_count: int,
        *tolerances: int,
        warning: tuple[str, ...] = (),
        undo: tuple[str, ...] = (),
    ) -> Finished:
        finished = self.openstack(
            *self.command(_MASTER, node_count),
            '--wait',
            stderr=[*warning, 'has been accepted', *undo],
        )
        self.assert_has(_MASTER, node_count)
        self.assertEqual(2, self.cluster(self.seeded)['node_count'])
        self.assertEqual(
            {
                'cluster_id': self.cluster(self.seeded)['uuid'],
                'cluster': self.seeded,
                'nodegroup_id': self.nodegroup(self.seeded, _MASTER)['uuid'],
                'nodegroup': _MASTER,
                'role': 'master',
                'previous_node_count': before,
                'node_count': node_count,
                'previous_failure_tolerance': tolerances[0],
                'failure_tolerance': tolerances[1],
                'status': 'UPDATE_COMPLETE',
                'result': 'resized',
            },
            finished.data,
        )
        return finished

    def _undo(self, node_count: int, after: str = '') -> str:
        return (
            f'^To undo{after}: openstack coe cluster resize --wait '
            f'--nodegroup {_MASTER} {self.seeded} {node_count}$'
        )

    def test_1_to_3_to_5_to_3_to_1(self):
        backup = ', after a backup of etcd'
        self._resize(1, 3, 0, 1, undo=(self._undo(1, backup),))
        self._resize(3, 5, 1, 2, undo=(self._undo(3),))
        self._resize(5, 3, 2, 1, undo=(self._undo(5),))
        self._resize(
            3,
            1,
            1,
            0,
            warning=(
                '^Warning: From 3 to 1 nodes, 2 members .* make a backup',
            ),
            undo=(self._undo(3),),
        )

    def test_7_and_9(self):
        step = '^  openstack coe cluster resize .* {}$'
        to_seven = self._resize(
            1,
            7,
            0,
            3,
            undo=(
                '^To undo, after a backup of etcd, in steps:$',
                *(step.format(size) for size in (5, 3, 1)),
            ),
        )
        to_nine = self._resize(
            7,
            9,
            3,
            4,
            warning=('^Warning: More than 7 members',),
            undo=(self._undo(7),),
        )
        # Back, as is printed
        self.type_hint(to_nine, 'To undo')
        self.assert_has(_MASTER, 7)
        for line in to_seven.stderr.splitlines():
            if line.startswith('  openstack '):
                self.type_line(line.strip())
        self.assert_has(_MASTER, 1)

    def test_in_steps(self):
        self.resize(self.seeded, _MASTER, 5)
        self.assert_has(_MASTER, 5)
        stopped = self.openstack(
            *self.command(_MASTER, 1),
            *('--in-steps', '--timeout', '1'),
            status=124,
            stderr=[
                'gets these numbers of nodes: 3, 1$',
                '^Timed out after 1 second',
                '^To check: ',
                '^What a driver on Cluster API waits for: ',
                '^Magnum cannot cancel a resize; to undo it afterwards: ',
                '^To continue: openstack coe cluster resize --in-steps ',
            ],
        )
        self.assertEqual('timed out', stopped.data['result'])
        self.type_hint(stopped, 'To continue')
        self.assert_has(_MASTER, 1)

    def test_even_and_zero(self):
        before = self.state(self.seeded)
        self.openstack(
            *self.command(_MASTER, 2),
            '--force',
            status=1,
            stderr=[
                '^Warning: 2 members of etcd tolerate no more failures than 1',
                'was not resized: .*size of 2 is invalid',
            ],
        )
        for options in ((), ('--force',)):
            self.openstack(
                *self.command(_MASTER, 0),
                *options,
                status=1,
                stderr=['must have 1 or more nodes, not 0'],
            )
        self.assertEqual(before, self.state(self.seeded))

    def test_nodes_to_remove(self):
        self.openstack(
            *self.command(_MASTER, 3),
            *('--wait', '--nodes-to-remove', '0'),
            stderr=[
                '^Warning: Which nodes of a control plane leave is up to',
                'has been accepted',
                '^To undo, ',
            ],
        )
        self.assert_has(_MASTER, 3)

    def test_while_one_is_in_progress(self):
        self.openstack(*self.command(_MASTER, 3), stderr=['has been accepted'])
        finished = self.run_openstack(*self.command(_MASTER, 5), '--wait')
        self.assertEqual(0, finished.status, finished)
        self.assertEqual('resized', finished.data['result'])
        self.assert_has(_MASTER, 5)

    def test_driver_fails(self):
        # More than the infrastructure takes a request for
        finished = self.openstack(
            *self.command(_MASTER, 51),
            '--wait',
            status=1,
            stderr=[
                '^Warning: More than 7 members',
                'has been accepted',
                # Magnum's next poll of the driver may set the nodegroup alone.
                f'^Nodegroup {_MASTER} of cluster {self.seeded} \\(.+\\) is '
                'UPDATE_(FAILED with 1 node|COMPLETE with 1 node, the cluster '
                'is UPDATE_FAILED): .*51.* 50 ',
                f'^To check: openstack coe nodegroup show {self.seeded} '
                f'{_MASTER}$',
            ],
        )
        self.assertEqual('failed', finished.data['result'])
        self.resize(self.seeded, _MASTER, 3)
        self.assert_has(_MASTER, 3)


class Machines:
    """What users see of machines that hang, fail or come late."""

    #: What names the machine that isn't ready
    shown: str

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.machines, '--mend')

    def _wait(self) -> str:
        finished = self.run_openstack(*self.command(_MASTER, 3), '--wait')
        self.assertEqual(0, finished.status, finished)
        return finished.stderr

    def _wait_until_shown(self) -> str:
        """Interrupt a wait when the machine that isn't ready is shown."""
        command = self.start_openstack(*self.command(_MASTER, 3), '--wait')
        shown = re.compile(self.shown.format(name='.+'))
        deadline = time.monotonic() + _HEALTH_SECONDS
        while not shown.search(command.stderr):
            self.assertLess(time.monotonic(), deadline, command.stderr)
            time.sleep(0.1)
        command.signal(signal.SIGINT)
        finished = command.wait(_HEALTH_SECONDS)
        self.assertEqual(130, finished.status, finished)
        return finished.stderr

    def test_hangs(self) -> None:
        for fault in ('hang', 'fail'):
            with self.subTest(fault=fault):
                self.machines('--next', fault)
                stderr = self._wait_until_shown()
                name = self.machines()[-1].split()[0]
                self.assertRegex(
                    stderr, f'{self.shown.format(name=name)} at the last poll'
                )
                # Back, with one that is not ready
                self.openstack(
                    *self.command(_MASTER, 1),
                    status=1,
                    stderr=['is UNHEALTHY .+: to remove a ready node may'],
                )
                self.resize(self.seeded, _MASTER, 1)
                self.assert_has(_MASTER, 1)

    def test_late(self) -> None:
        self.machines('--next', 'late=8')
        self.assertRegex(
            self._wait(),
            self.shown.format(name=self.machines()[1].split()[0]),
        )
        self.assert_has(_MASTER, 3)

    def test_not_healthy(self) -> None:
        self._wait()
        self.wait_for_health('HEALTHY')
        self.machines('--last', 'fail')
        self.wait_for_health('UNHEALTHY')
        magnum = connection.extend(
            self.member
        ).container_infrastructure_management
        for _ in range(20):
            self.assertRaises(
                Refusal,
                magnum.check_and_resize_cluster,
                self.seeded,
                1,
                nodegroup=_MASTER,
            )
        self.assertEqual(3, self.nodegroup(self.seeded, _MASTER)['node_count'])
        self.openstack(
            *self.command(_MASTER, 1),
            *('--wait', '--force'),
            stderr=[
                '^Warning: .+ is UNHEALTHY ',
                '^Warning: From 3 to 1 nodes, ',
                'has been accepted',
                '^To undo: ',
            ],
        )
        self.assert_has(_MASTER, 1)


class Conformance:
    """What authors of drivers run against any cloud."""

    #: The end of the checks that the driver may fail
    may_fail: tuple[str, ...] = ()

    def test_conformance(self) -> None:
        magnum = connection.extend(self.member)
        found = list(
            conformance.checks(
                magnum.container_infrastructure_management,
                self.seeded,
                _MASTER,
                timeout=_HEALTH_SECONDS,
            )
        )
        failed = [text for passed, text in found if not passed]
        self.assertEqual(
            [], [text for text in failed if not text.endswith(self.may_fail)]
        )
        self.assertGreater(len(found), 10)


class TestControlPlaneOfSandboxDriver(ControlPlane, TestCase):
    seeded = 'dev'


class TestControlPlaneOfCapiHelm(ControlPlane, TestCase):
    seeded = 'prod'

    def test_never_ready(self):
        # The driver reports no failure, and the sandbox has room for 9.
        finished = self.openstack(
            *self.command(_MASTER, 11),
            # Within that Magnum's conductor has begun.
            *('--wait', '--timeout', '30'),
            status=124,
            stderr=[
                '^Warning: More than 7 members',
                'has been accepted',
                'Timed out after 30 seconds.*UPDATE_IN_PROGRESS with 11 '
                'nodes.* at the last poll; the resize continues$',
                f'^To check: openstack coe nodegroup show prod {_MASTER}$',
                '^What a driver on Cluster API waits for: openstack coe '
                'cluster show -c health_status_reason prod$',
                '^Magnum cannot cancel a resize; to undo it afterwards, '
                'after a '
                'backup of etcd, in steps:$',
                *(f'^  openstack .* prod {size}$' for size in (7, 5, 3, 1)),
            ],
        )
        self.assertEqual('timed out', finished.data['result'])
        checked = self.type_hint(finished, 'To check')
        self.assertIn('| default-master ', checked.stdout)
        shown = self.openstack(
            *('coe', 'cluster', 'show', '-f', 'json', 'prod'),
            *('-c', 'health_status_reason'),
        )
        self.assertIn(
            'MachinesReady',
            shown.data['health_status_reason']['controlplane'],
        )
        self.resize('prod', _MASTER, 3)
        self.assert_has(_MASTER, 3)

    def test_another_resize_ends_while_the_driver_is_called(self):
        """Its end is recorded with the node count of the later one."""
        self.addCleanup(self.machines, '--mend')
        self.machines('--next', 'hang')
        self.openstack(*self.command(_MASTER, 3), stderr=['has been accepted'])
        self.wait_until(
            lambda: self.cluster('prod')['status'] == 'UPDATE_IN_PROGRESS'
        )
        with self.find_sandbox().state.hold(Step.HELM) as waiting:
            command = self.start_openstack(*self.command(_MASTER, 5), '--wait')
            self.wait_until(waiting)
            self.machines('--mend')
            self.wait_until(
                lambda: self.cluster('prod')['status'] == 'UPDATE_COMPLETE'
            )
            found = self.nodegroup('prod', _MASTER)
            self.assertEqual(
                (5, 'UPDATE_COMPLETE'), (found['node_count'], found['status'])
            )
            self.wait_until(lambda: 'UPDATE_COMPLETE' in command.stderr)
        finished = command.wait(_HEALTH_SECONDS)
        self.assertEqual(0, finished.status, finished)
        self.assert_has(_MASTER, 5)


class TestMachinesOfCapiHelm(Machines, Conformance, TestCase):
    seeded = 'prod'
    # It names conditions, and no machine.
    shown = 'control plane waiting on .*MachinesReady.*'


class Workers:
    """What each driver does with workers."""

    def test_default_nodegroup(self):
        finished = self.openstack(
            *('coe', 'cluster', 'resize', '--wait', '-f', 'json'),
            *(self.seeded, '4'),
            stderr=['has been accepted', f'^To undo: .* {self.seeded} 2$'],
        )
        self.assertEqual(_WORKER, finished.data['nodegroup'])
        self.assert_has(_WORKER, 4)
        undone = self.type_hint(finished, 'To undo')
        self.assertRegex(undone.stderr, f'\nTo undo: .* {self.seeded} 4\n')
        self.assert_has(_WORKER, 2)
        self.assertEqual(1, self.nodegroup(self.seeded, _MASTER)['node_count'])

    def test_to_zero_and_back(self):
        for node_count in (0, 2):
            self.openstack(
                *self.command(_WORKER, node_count),
                '--wait',
                stderr=['has been accepted', '^To undo: '],
            )
            self.assert_has(_WORKER, node_count)


class TestWorkersOfSandboxDriver(Workers, TestCase):
    seeded = 'dev'


class TestWorkersOfCapiHelm(Workers, TestCase):
    seeded = 'prod'
