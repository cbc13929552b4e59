# SPDX-License-Identifier: Apache-2.0

"""Who may do what: the tables of doc/source/contributor/security.rst.

The tables are read from the document, and each of their lines is tried on a
real Keystone and Octavia.
"""

from collections.abc import Callable
from collections.abc import Iterator
import configparser
import csv
import dataclasses
import json
from pathlib import Path
from typing import Any
import uuid

from keystoneauth1 import session as keystone_session
from keystoneauth1.identity import v3
from openstack import resource
import requests

from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import shared_sandbox

_DOCUMENT = Path(__file__).parents[3] / 'doc/source/contributor/security.rst'

_TIMEOUT_SECONDS = 60

_DEFAULT = 'rights-default'
_SERVICE_ROLES = 'rights-service-roles'

#: The resource of a load balancer: what is answered to those who may.
_ALLOWED = {'PUT': (202,), 'GET': (200,), 'DELETE': (202, 409)}


@dataclasses.dataclass(frozen=True)
class _Right:
    """One line of a table."""

    role: str
    scope: str
    whose: str
    put: str
    get: str
    detail: str
    delete: str


def _read_table(name: str) -> list[_Right]:
    """Return the lines of a csv-table in the document."""
    lines = iter(_DOCUMENT.read_text().splitlines())
    for line in lines:
        if line.strip() == f':name: {name}':
            break
    else:
        raise AssertionError(f'{_DOCUMENT} has no table {name}')
    return [
        _Right(*row) for row in csv.reader(_body(lines), skipinitialspace=True)
    ]


def _body(lines: Iterator[str]) -> Iterator[str]:
    """Give the lines of a directive between the options and what follows."""
    for line in lines:
        if not line:
            break
    for line in lines:
        if not line.startswith('   '):
            return
        yield line.strip()


class TestRights(base.TestCase):
    """A sandbox whose Octavia may be configured, and a user for each line."""

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = shared_sandbox.own('rights')
        self.addCleanup(shared_sandbox.discard, self.sandbox)
        shared_sandbox.command('up', self.sandbox)
        self.admin = identity.connect(self.sandbox.state, base.ADMIN)
        self.projects = {
            whose: self.admin.identity.create_project(
                name=f'rights-{whose}', domain_id='default'
            ).id
            for whose in ('own', 'foreign')
        }
        self.roles = {r.name: r.id for r in self.admin.identity.roles()}
        self.tokens: dict[tuple[str, str], str | None] = {}
        self.flavors = {
            f.name: f.id for f in self.admin.load_balancer.flavors()
        }
        #: To be resized and cancelled, and what has failed to resize.
        self.resized = self._create_load_balancers('resized')
        self.failed = self._create_load_balancers('failed')
        for lb_id in self.failed.values():
            self.assertEqual(
                202, self._send('PUT', lb_id, 'broken').status_code
            )
        for lb_id in self.failed.values():
            self._wait_for(lb_id, 'ERROR')

    def test_tables(self):
        self._compare(_DEFAULT)
        path = self.sandbox.state.config_file('octavia')
        config = configparser.RawConfigParser()
        config.read(path)
        config.set('oslo_policy', 'enforce_new_defaults', 'False')
        with path.open('w') as file:
            config.write(file)
        self.sandbox.stop_services('octavia')
        self.sandbox.start_services('octavia')
        self._compare(_SERVICE_ROLES)

    def _compare(self, name: str) -> None:
        documented = _read_table(name)
        self.assertGreater(len(documented), 20)
        observed = [self._try(right) for right in documented]
        wrong = [
            f'documented {right}, observed {found}'
            for right, found in zip(documented, observed, strict=True)
            if right != found
        ]
        self.assertEqual([], wrong)

    def _try(self, right: _Right) -> _Right:
        """Return the same line, with what the service does."""
        token = self._token(right.role, right.scope)
        failed = self.failed[right.whose]
        resized = self.resized[right.whose]
        shown = self._send('GET', failed, token=token)
        put = self._send('PUT', resized, 'large', token=token)
        delete = self._send('DELETE', resized, token=token)
        answers = {'PUT': put, 'GET': shown, 'DELETE': delete}
        if put.status_code == 202:
            self._bring_back(resized)
        may = {}
        for method, answer in answers.items():
            if answer.status_code in _ALLOWED[method]:
                may[method] = 'yes'
            elif answer.status_code in (401, 403):
                may[method] = 'no'
            else:
                may[method] = f'{answer.status_code} {answer.text}'
        detail = 'no'
        if shown.status_code == 200:
            resize = shown.json()['resize']
            self.assertIsNotNone(resize['reason'])
            detail = 'no' if resize['detail'] is None else 'yes'
        else:
            self.assertNotIn('No valid host', shown.text)
        return dataclasses.replace(
            right,
            put=may['PUT'],
            get=may['GET'],
            detail=detail,
            delete=may['DELETE'],
        )

    def _token(self, role: str, scope: str) -> str | None:
        """Log somebody in who has one role, in one scope."""
        if role == 'nobody':
            return None
        if (role, scope) not in self.tokens:
            self.tokens[role, scope] = self._log_in(role, scope)
        return self.tokens[role, scope]

    def _log_in(self, role: str, scope: str) -> str:
        service = self.admin.identity
        password = self.unique('secret')
        user = service.create_user(
            name=self.unique('rights'), domain_id='default', password=password
        )
        if role not in self.roles:
            self.roles[role] = service.create_role(name=role).id
        role_id = self.roles[role]
        scopes: dict[str, tuple[Callable[[], Any], dict[str, str]]] = {
            'project': (
                lambda: service.assign_project_role_to_user(
                    self.projects['own'], user, role_id
                ),
                {'project_id': self.projects['own']},
            ),
            'domain': (
                lambda: service.assign_domain_role_to_user(
                    'default', user, role_id
                ),
                {'domain_id': 'default'},
            ),
            'system': (
                lambda: service.assign_system_role_to_user(
                    user, role_id, 'all'
                ),
                {'system_scope': 'all'},
            ),
        }
        assign, arguments = scopes[scope]
        assign()
        plugin = v3.Password(
            auth_url=self.admin.config.auth['auth_url'],
            user_id=user.id,
            password=password,
            **arguments,
        )
        token: str = keystone_session.Session(auth=plugin).get_token()
        return token

    def _create_load_balancers(self, name: str) -> dict[str, str]:
        created = {
            whose: self.admin.load_balancer.create_load_balancer(
                name=name,
                project_id=project,
                vip_subnet_id=str(uuid.uuid4()),
                flavor_id=self.flavors['small'],
            ).id
            for whose, project in self.projects.items()
        }
        for lb_id in created.values():
            self._wait_for(lb_id, 'ACTIVE')
        return created

    def _bring_back(self, lb_id: str) -> None:
        found = self._wait_for(lb_id, 'ACTIVE')
        if found.flavor_id != self.flavors['small']:
            self.assertEqual(
                202, self._send('PUT', lb_id, 'small').status_code
            )
            self._wait_for(lb_id, 'ACTIVE')

    def _wait_for(self, lb_id: str, status: str) -> Any:
        service = self.admin.load_balancer
        return resource.wait_for_status(
            service,
            service.get_load_balancer(lb_id),
            status,
            failures=[{'ACTIVE': 'ERROR', 'ERROR': 'ACTIVE'}[status]],
            interval=0.2,
            wait=_TIMEOUT_SECONDS,
            attribute='provisioning_status',
        )

    def _send(
        self,
        method: str,
        lb_id: str,
        flavor: str | None = None,
        *,
        token: str | None = '',
    ) -> requests.Response:
        """Send a request.

        :param token: None for none; the administrator's if not given.
        """
        if token == '':
            token = self.admin.session.get_token()
        port = self.sandbox.state.read_json('ports')['octavia']
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                f'http://127.0.0.1:{port}/v2.0/lbaas/loadbalancers/'
                f'{lb_id}/resize',
                data=flavor
                and json.dumps({'new_flavor_id': self.flavors[flavor]}),
                headers={'X-Auth-Token': token} if token else {},
                timeout=30,
            )
