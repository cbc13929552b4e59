# SPDX-License-Identifier: Apache-2.0


"""What a worker may still do when another one runs its resize."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from taskflow import engines
from taskflow import retry
from taskflow import task
from taskflow.patterns import linear_flow
import testtools

from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import progress
from octavia_resize.worker import fences
from octavia_resize.worker import orphans
from octavia_resize.worker.tasks import servers
from tests.unit.octavia_resize import topologies


class _Task(task.Task):
    """A task that notes what is done."""

    def __init__(self, name: str, do: Callable[[], Any], done: list[str]):
        super().__init__(name=name)
        self._do = do
        self._done = done

    def execute(self) -> None:
        self._done.append(self.name)
        self._do()

    def revert(self, **kwargs: Any) -> None:
        self._done.append(f'revert {self.name}')


class TestFence(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.resize(self.lb_id, self.large)
        self.claim = self.start_resize(self.lb_id)
        self.done: list[str] = []

    def _run(
        self,
        do: Callable[[], Any],
        kind: phases.Flow = phases.Flow.BUILD_NEW,
        controller: Any = None,
        do_before: Callable[[], Any] = lambda: None,
    ) -> None:
        """Run a flow of two tasks.

        :param do: What happens in the first one.
        :param kind: The flow that the fence takes it for.
        :param do_before: What happens before it.
        """
        flow = linear_flow.Flow('flow', retry=controller)
        flow.add(
            _Task('one', do, self.done), _Task('two', lambda: None, self.done)
        )
        fence = fences.Fence(self.claim._asdict(), kind)
        fence.guard(flow)
        do_before()
        engines.load(flow).run()

    def _change(self, function: Callable[..., Any], *args: Any) -> None:
        with db_api.session().begin() as session:
            function(session, *args)

    def _assert_stops(self, do: Callable[[], Any], **kwargs: Any) -> None:
        with testtools.ExpectedException(fences.Stopped):
            self._run(do, **kwargs)
        self.assertNotIn('two', self.done)

    def test_nobody_interferes(self) -> None:
        self._run(lambda: None)
        self.assertEqual(['one', 'two'], self.done)

    def test_another_conductor_continues(self) -> None:
        """The same owner: the job was taken when it had expired."""
        self._assert_stops(lambda: self._change(ownership.acquire, self.claim))
        self.assertEqual(['one'], self.done)

    def test_another_owner(self) -> None:
        self._assert_stops(
            lambda: self._change(
                ownership.change_owner, self.claim, 'another/1'
            )
        )
        self.assertEqual(['one'], self.done)

    def test_before_the_first_task(self) -> None:
        self._change(ownership.change_owner, self.claim, 'another/1')
        self._assert_stops(lambda: None)
        self.assertEqual([], self.done)

    def test_another_conductor_has_begun(self) -> None:
        """This one has stood still since it got the job."""
        self._assert_stops(
            lambda: None,
            do_before=lambda: self._change(ownership.acquire, self.claim),
        )
        self.assertEqual([], self.done)

    def test_cancelled(self) -> None:
        self._assert_stops(lambda: self.request('DELETE', self.lb_id))
        self.assertEqual(['one', 'revert two', 'revert one'], self.done)

    def test_cancelled_where_that_does_not_matter(self) -> None:
        self._run(
            lambda: self.request('DELETE', self.lb_id), phases.Flow.DELETE_OLD
        )
        self.assertEqual(['one', 'two'], self.done)

    def test_another_phase(self) -> None:
        def switch() -> None:
            held = ownership.Claim(*self.claim)
            with db_api.session().begin() as session:
                runner = self.resizes.get(session, self.lb_id).runner
                progress.begin_switch(session, held._replace(runner=runner))

        self._assert_stops(switch)

    def test_a_retry_does_not_wait(self) -> None:
        """Octavia's own would sleep, and try again many times."""

        class Patient(retry.Times):
            def on_failure(self, *args: Any, **kwargs: Any) -> str:
                raise AssertionError('It was tried again')

        self._assert_stops(
            lambda: self._change(ownership.acquire, self.claim),
            controller=Patient(5),
        )

    def test_paused_between_check_and_write(self) -> None:
        """The amphora serves for the other worker meanwhile."""
        amphorae = self.get_amphorae(self.lb_id)
        with db_api.session().begin() as session:
            self.repos.amphora.update(
                session, amphorae[0][0], ha_ip='198.51.100.5'
            )
            session.add(
                octavia_models.AmphoraMemberPort(
                    port_id='port',
                    amphora_id=amphorae[0][0],
                    network_id='network',
                )
            )
        values = dict.fromkeys(
            ('server_pem', 'server_group_id', 'vip_sg_id', 'additional_vips')
        ) | {
            'amphora_id': amphorae[0][0],
            'amphora': {'id': amphorae[0][0]},
            'compute_id': 'server',
            'build_type_priority': 40,
            'flavor': {},
            'availability_zone': {},
            'vip': {'ip_address': '198.51.100.5'},
            'delta': {},
        }
        for node in (
            database_tasks.MarkAmphoraBootingInDB(),
            compute_tasks.CertComputeCreate(name='server'),
            network_tasks.CreateVIPBasePort(name='port'),
            network_tasks.HandleNetworkDelta(name='networks'),
        ):
            fence = fences.Fence(self.claim._asdict(), phases.Flow.BUILD_NEW)
            task = servers.replace(node, fence)
            flow = linear_flow.Flow('flow').add(task)
            fence.guard(flow)
            self._pause(task)
            with (
                mock.patch.object(
                    orphans, 'delete_servers', autospec=True
                ) as delete_servers,
                mock.patch.object(
                    orphans, 'delete_ports', autospec=True
                ) as delete_ports,
                testtools.ExpectedException(fences.Stopped),
            ):
                engines.load(flow, store=values).run()
            delete_servers.assert_not_called()
            delete_ports.assert_not_called()
        self.assertEqual(amphorae, self.get_amphorae(self.lb_id))

    def _pause(self, paused: task.Task) -> None:
        """Have another worker acquire the resize when a task has begun."""
        check = paused.pre_execute

        def check_and_pause() -> None:
            check()
            self._change(ownership.acquire, self.claim)

        paused.pre_execute = check_and_pause

    def test_server_of_an_amphora_that_is_deleted(self) -> None:
        """It was created meanwhile: nobody else knows of the server."""
        for status, deleted in (('DELETED', True), ('BOOTING', False)):
            amphora_id = self.get_amphorae(self.lb_id)[0][0]
            deletes: list[str] = []
            fence = fences.Fence(
                self.claim._replace(owner='host/2')._asdict(),
                phases.Flow.BUILD_NEW,
            )
            node = servers.replace(
                compute_tasks.CertComputeCreate(name='create'), fence
            )
            node.compute.delete = deletes.append
            fence.guard(linear_flow.Flow('flow').add(node), amphora_id)
            with db_api.session().begin() as session:
                self.repos.amphora.update(session, amphora_id, status=status)
            node.revert('server', amphora_id)
            self.assertEqual(['server'] if deleted else [], deletes)
            self.lb_id = self.create_load_balancer(self.small)
