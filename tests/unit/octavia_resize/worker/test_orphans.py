# SPDX-License-Identifier: Apache-2.0

"""Servers and ports whose IDs a killed worker has not noted."""

from collections.abc import Callable
from collections.abc import Iterable
import functools
import re
from typing import Any
from unittest import mock
import uuid

from keystoneauth1 import fixture as keystone
from octavia.common import constants as octavia_constants
from octavia.common import exceptions as octavia_exceptions
from octavia.controller.worker.v2.flows import flow_utils
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from taskflow import task

from octavia_resize.db import models
from octavia_resize.worker import orphans
from octavia_resize.worker.flows import shape
from octavia_resize.worker.tasks import servers
from resize_sandbox.octavia import compute
from resize_sandbox.octavia import network
from tests.unit.octavia_resize import topologies
from tests.unit.octavia_resize.worker import test_clients

_NOVA = 'http://nova.example/v2.1'
_NEUTRON = 'http://neutron.example'


class TestCase(topologies.TopologyTestCase):
    """A queued resize, and what Nova and Neutron have."""

    topology = 'SINGLE'

    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.old, self.topology)
        self.before = self.get_names()
        self.resize(self.lb_id, self.new)

    def get_names(self) -> list[str]:
        """Return the names of all servers and ports."""
        ports = network.SandboxNetworkDriver().driver.get_names()
        servers = compute.SandboxComputeDriver().driver.get_names()
        return sorted([*ports.values(), *servers.values()])

    def assert_nothing_left(self) -> None:
        self.assertEqual(self.before, self.get_names())


class TestRollback(TestCase):
    """The worker does not get the answer: neither does its revert."""

    def _lose(
        self,
        kind: type,
        after: Callable[[str], object] = str,
        expected: str = 'the answer is lost',
    ) -> None:
        """Have a task fail when it has done its work.

        :param after: What to do with the ID of the amphora then.
        :param expected: What the detail of the resize says.
        """
        execute = kind.execute  # type: ignore[attr-defined]

        @functools.wraps(execute)
        def lose(*args: Any, **kwargs: Any) -> None:
            execute(*args, **kwargs)
            for amphora_id in self.get_resize(self.lb_id).new_amphorae:
                after(amphora_id)
            raise RuntimeError('the answer is lost')

        with mock.patch.object(kind, 'execute', lose):
            self.run_worker(self.lb_id)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertIn(expected, resize.detail)

    def test_server(self) -> None:
        self._lose(servers.CreateServer)
        self.assert_nothing_left()

    def test_port(self) -> None:
        self._lose(servers.CreatePort)
        self.assert_nothing_left()

    def test_row_is_gone(self) -> None:
        def delete(amphora_id: str) -> None:
            self.delete_rows(octavia_models.Amphora, id=amphora_id)

        self._lose(servers.CreateServer, delete)
        self.assert_nothing_left()

    def test_nova_does_not_answer(self) -> None:
        """What is left is reported."""
        with mock.patch.object(
            compute.ServerManager,
            'list',
            autospec=True,
            side_effect=RuntimeError('Nova is away'),
        ):
            self._lose(servers.CreateServer, expected='Nova is away')


class TestCleanUp(TestCase):
    def test_earlier_resize_has_left_a_server(self) -> None:
        """It was replaced by this one before its worker noted the server."""
        amphora_id = str(uuid.uuid4())
        with db_api.session().begin() as session:
            self.repos.amphora.create(
                session,
                id=amphora_id,
                load_balancer_id=self.lb_id,
                status=octavia_constants.PENDING_CREATE,
            )
            session.query(models.Resize).filter_by(
                load_balancer_id=self.lb_id
            ).delete()
            self.repos.load_balancer.update(
                session,
                self.lb_id,
                provisioning_status=octavia_constants.ERROR,
            )
        compute.SandboxComputeDriver().build(name=f'amphora-{amphora_id}')
        self.resize(self.lb_id, self.new)
        self.run_worker(self.lb_id)
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
        self.assertNotIn(f'amphora-{amphora_id}', self.get_names())


class TestRepeatedTask(TestCase):
    """As taskflow repeats one whose worker has died."""

    def _run_twice(self, kind: type, expected: Iterable[str] = ()) -> None:
        """Run each task of a kind twice, and check what the amphora has.

        :param expected: What names of ports begin with, besides that of the
            VIP.
        """
        execute = kind.execute  # type: ignore[attr-defined]

        @functools.wraps(execute)
        def run_twice(*args: Any, **kwargs: Any) -> Any:
            execute(*args, **kwargs)
            return execute(*args, **kwargs)

        with mock.patch.object(kind, 'execute', run_twice):
            self.run_worker(self.lb_id)
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
        ((amphora_id, *_),) = self.get_amphorae(self.lb_id)
        self.assertEqual(
            sorted(
                f'{prefix}-{amphora_id}'
                for prefix in ('amphora', 'octavia-lb-vrrp', *expected)
            ),
            [name for name in self.get_names() if amphora_id in name],
        )

    def test_server(self) -> None:
        self._run_twice(servers.CreateServer)

    def test_port(self) -> None:
        self._run_twice(servers.CreatePort)

    def test_member_port(self) -> None:
        with db_api.session().begin() as session:
            pool = octavia_models.Pool
            member = octavia_models.Member
            (pool_id,) = (
                session.query(pool.id)
                .filter_by(load_balancer_id=self.lb_id)
                .one()
            )
            session.query(member).filter_by(pool_id=pool_id).update(
                {'subnet_id': str(uuid.uuid4())}
            )
        self._run_twice(servers.PlugNetworks, ['octavia-lb-member'])

    def test_once(self) -> None:
        """No service is searched for nothing."""
        with (
            mock.patch.object(
                orphans, '_find_port', autospec=True
            ) as find_port,
            mock.patch.object(
                compute.ServerManager, 'list', autospec=True
            ) as list_servers,
        ):
            self.run_worker(self.lb_id)
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
        find_port.assert_not_called()
        list_servers.assert_not_called()


class TestSRIOV(TestCase):
    def test_port_is_created_twice(self) -> None:
        ((amphora_id, *_),) = self.get_amphorae(self.lb_id)
        with db_api.session().begin() as session:
            session.get(octavia_models.Amphora, amphora_id).ha_ip = None
        create_port = servers.CreateSRIOVPort(mock.Mock())
        for _ in range(2):
            create_port.execute(
                {
                    'loadbalancer_id': self.lb_id,
                    'vip_address': '198.51.100.5',
                    'vip_network_id': str(uuid.uuid4()),
                    'vip_qos_policy_id': None,
                },
                {'id': amphora_id},
                {'id': str(uuid.uuid4())},
            )
        name = f'octavia-lb-vrrp-{amphora_id}'
        self.assertEqual(1, self.get_names().count(name))


class TestReplaced(topologies.SingleTestCase):
    def test_takes_and_gives_the_same(self) -> None:
        kinds = set()

        def check(node: task.Task) -> list[task.Task]:
            replaced = servers.replace(node, mock.Mock())
            self.assertEqual(node.requires, replaced.requires)
            self.assertEqual(node.save_as, replaced.save_as)
            if replaced is not node:
                kinds.add(type(replaced))
            return [replaced]

        for flavor in ({}, {octavia_constants.SRIOV_VIP: True}):
            shape.rebuild(
                flow_utils.AMP_FLOWS.get_amphora_for_lb_failover_subflow(
                    prefix='test', flavor_dict=flavor
                ),
                check,
            )
        self.assertEqual(5, len(kinds))


class TestCloud(test_clients.TestCase):
    """What Octavia's drivers of Nova and Neutron send."""

    def setUp(self) -> None:
        super().setUp()
        self.override('controller_worker', 'image_driver', 'image_noop_driver')
        self.amphora_id = str(uuid.uuid4())
        token = keystone.V3Token()
        for kind, url in (('compute', _NOVA), ('network', _NEUTRON)):
            token.add_service(kind).add_standard_endpoints(public=url)
        self.start_keystone(token)
        self.web.get(
            f'{_NEUTRON}/',
            json={
                'versions': [
                    {
                        'id': 'v2.0',
                        'status': 'CURRENT',
                        'links': [{'rel': 'self', 'href': f'{_NEUTRON}/v2.0'}],
                    }
                ]
            },
        )
        self.web.get(
            re.compile(f'{_NEUTRON}/v2.0/extensions/'),
            json={'extension': {'alias': 'any'}},
        )
        self.ports = {
            'vrrp-id': f'octavia-lb-vrrp-{self.amphora_id}',
            'member-1': f'octavia-lb-member-{self.amphora_id}',
            'member-2': f'octavia-lb-member-{self.amphora_id}',
            'other-id': f'octavia-lb-vrrp-{uuid.uuid4()}',
        }
        self.web.get(f'{_NEUTRON}/v2.0/ports', json=self._list_ports)
        self.web.delete(
            re.compile(f'{_NEUTRON}/v2.0/ports/'), text=self._delete_port
        )

    def _list_ports(self, request: Any, context: Any) -> dict[str, Any]:
        (name,) = request.qs['name']
        return {
            'ports': [
                {'id': port_id, 'name': found}
                for port_id, found in self.ports.items()
                if found == name
            ]
        }

    def _delete_port(self, request: Any, context: Any) -> str:
        context.status_code = 204
        self.ports.pop(request.path.rpartition('/')[2])
        return ''

    def _set_servers(self, *found: dict[str, Any]) -> None:
        self.web.get(f'{_NOVA}/servers/detail', json={'servers': found})
        self.web.delete(re.compile(f'{_NOVA}/servers/'), status_code=204)

    def test_found(self) -> None:
        name = f'amphora-{self.amphora_id}'
        self._set_servers(
            {'id': 'server-id', 'name': name},
            {
                'id': 'deleted-id',
                'name': name,
                'OS-EXT-STS:task_state': 'deleting',
            },
        )
        orphans.delete([self.amphora_id])
        listed, deleted = (
            request
            for request in self.web.request_history
            if request.hostname == 'nova.example'
        )
        self.assertEqual([f'^{name}$'], listed.qs['name'])
        self.assertEqual(
            ('DELETE', '/v2.1/servers/server-id'),
            (deleted.method, deleted.path),
        )
        self.assertEqual(['other-id'], list(self.ports))

    def test_neutron_refuses(self) -> None:
        self._set_servers()
        self.web.delete(re.compile(f'{_NEUTRON}/v2.0/ports/'), status_code=409)
        self.assertRaises(
            octavia_exceptions.NetworkServiceError,
            orphans.delete,
            [self.amphora_id],
        )
