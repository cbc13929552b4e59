# SPDX-License-Identifier: Apache-2.0

"""A cloud of canned HTTP answers, for tests of the client."""

from collections.abc import Sequence
import os
from typing import Any
import uuid

import fixtures
from keystoneauth1 import fixture as ks_fixture
from requests_mock.contrib import fixture as rm_fixture

AUTH_URL = 'https://identity.example.com/v3'
LB_URL = 'https://load-balancer.example.com'
LBS_URL = f'{LB_URL}/v2.0/lbaas/loadbalancers'
RESIZES_URL = f'{LB_URL}/v2.0/lbaas/resizes'
FLAVORS_URL = f'{LB_URL}/v2.0/lbaas/flavors'
COE_URL = 'https://container-infra.example.com/v1'
CLUSTERS_URL = f'{COE_URL}/clusters'

#: What Octavia 19 answers to PUT /v2.0/lbaas/loadbalancers/<id>/resize
STOCK_OCTAVIA_PUT = (
    "Invalid input for field/attribute load_balancer. Value: 'resize'. "
    'unable to convert to LoadBalancerRootPUT. Error: Base.__init__() takes '
    '1 positional argument but 2 were given'
)


#: What it answers to DELETE /v2.0/lbaas/loadbalancers/<id>/resize?cancel=true
STOCK_OCTAVIA_DELETE = 'Unknown argument: "cancel"'

#: Our server half says where the record of the resize is.
ACCEPTED = {'status_code': 202, 'headers': {'Location': '/resize'}}

#: What it answers at a path that it doesn't know
UNKNOWN_PATH: dict[str, Any] = {
    'status_code': 404,
    'json': {'code': 404, 'title': 'Not Found', 'description': ''},
}

UNKNOWN_DRY_RUN = {
    'status_code': 400,
    'json': {'faultstring': 'Unknown argument: "dry_run"'},
}


class Cloud(fixtures.Fixture):
    """Keystone, Octavia and Magnum as requests_mock knows them."""

    def __init__(
        self,
        roles: Sequence[str] = ('member', 'load-balancer_member'),
        services: Sequence[str] = ('load-balancer', 'container-infra'),
    ):
        super().__init__()
        self.roles = roles
        self.services = services

    def _setUp(self) -> None:
        for name in [name for name in os.environ if name.startswith('OS_')]:
            self.useFixture(fixtures.EnvironmentVariable(name))
        # No clouds.yaml of whoever runs the tests
        home = self.useFixture(fixtures.TempHomeDir()).path
        for name in ('XDG_CONFIG_HOME', 'XDG_CACHE_HOME'):
            self.useFixture(fixtures.EnvironmentVariable(name, home))
        self.requests = self.useFixture(rm_fixture.Fixture())
        self.token = ks_fixture.V3Token(user_name='jo', project_name='shop')
        for role in self.roles:
            self.token.add_role(name=role)
        urls = {'load-balancer': LB_URL, 'container-infra': COE_URL}
        for service in self.services:
            self.token.add_service(service).add_standard_endpoints(
                public=urls[service], region='RegionOne'
            )
        self.requests.get(
            AUTH_URL, json={'version': ks_fixture.V3Discovery(AUTH_URL)}
        )
        self.requests.post(
            f'{AUTH_URL}/auth/tokens',
            json=self.token,
            headers={'X-Subject-Token': uuid.uuid4().hex},
        )
        # Names that nothing has
        self.requests.get(LBS_URL, json={'loadbalancers': []})
        # A service without a list of resizes
        self.requests.get(RESIZES_URL, **UNKNOWN_PATH)

    def requested(self) -> list[str]:
        """Give the requests so far, those for the token left out."""
        return [
            f'{request.method} {request.url}'
            for request in self.requests.request_history
            if not request.url.startswith(AUTH_URL)
        ]

    def body_of_last(self, method: str) -> Any:
        """Give the JSON of the last request with this method."""
        return [
            request.json()
            for request in self.requests.request_history
            if request.method == method
            and not request.url.startswith(AUTH_URL)
        ][-1]

    # Octavia

    def flavors(self, *flavors: dict[str, Any]) -> None:
        self.requests.get(FLAVORS_URL, json={'flavors': list(flavors)})

    def load_balancers(self, *load_balancers: dict[str, Any]) -> None:
        """Let them be found by name and by ID."""
        by_name: dict[str, list[dict[str, Any]]] = {}
        for load_balancer in load_balancers:
            by_name.setdefault(load_balancer['name'], []).append(load_balancer)
            self.states(load_balancer, load_balancer)
        for name, found in by_name.items():
            self.requests.get(
                f'{LBS_URL}?name={name}', json={'loadbalancers': found}
            )

    def never_resized(self, load_balancer: dict[str, Any]) -> None:
        self.requests.get(
            f'{LBS_URL}/{load_balancer["id"]}/resize', json={'resize': None}
        )

    def states(self, *states: dict[str, Any]) -> None:
        """Return these states of one load balancer, poll after poll."""
        self.requests.get(
            f'{LBS_URL}/{states[0]["id"]}',
            [{'json': {'loadbalancer': state}} for state in states],
        )

    def resize(self, load_balancer: dict[str, Any], **answer: Any) -> None:
        answer = answer or ACCEPTED
        self.answers_to_resize(load_balancer, [answer])

    def answers_to_resize(
        self, load_balancer: dict[str, Any], answers: list[dict[str, Any]]
    ) -> None:
        """Let the requests for a resize be answered one after the other."""
        self.requests.put(
            f'{LBS_URL}/{load_balancer["id"]}/resize',
            answers,
            additional_matcher=lambda request: 'dry_run' not in request.qs,
        )

    def dry_run(
        self,
        load_balancer: dict[str, Any],
        flavor: dict[str, Any],
        /,
        **fields,
    ) -> None:
        """Let the service make a dry run."""
        self.answer_to_dry_run(
            load_balancer,
            json={
                'resize': {
                    'loadbalancer_id': load_balancer['id'],
                    'previous_flavor_id': load_balancer['flavor_id'],
                    'new_flavor_id': flavor['id'],
                    'new_flavor_name': flavor['name'],
                    'topology': 'SINGLE',
                    'profile': None,
                    'traffic': None,
                    **fields,
                }
            },
        )

    def answer_to_dry_run(
        self, load_balancer: dict[str, Any], **answer: Any
    ) -> None:
        self.requests.put(
            f'{LBS_URL}/{load_balancer["id"]}/resize?dry_run=true', **answer
        )

    def rebuild(
        self,
        load_balancer: dict[str, Any],
        *,
        outdated: bool = True,
        amphorae: Sequence[dict[str, Any]] = (),
        **answer: Any,
    ) -> None:
        """Accept a rebuild, and make its dry run; or answer both so."""
        url = f'{LBS_URL}/{load_balancer["id"]}/rebuild'
        preview = {'outdated': outdated, 'amphorae': list(amphorae)}
        self.requests.put(url, **(answer or ACCEPTED))
        self.requests.put(
            f'{url}?dry_run=true', **(answer or {'json': {'rebuild': preview}})
        )

    def latest_resize(
        self,
        load_balancer: dict[str, Any],
        *polls: str | dict[str, Any],
        **all_: Any,
    ) -> None:
        """Return the latest resize, poll after poll.

        :param polls: What each poll returns: the state, or RUNNING and more.
        :param all_: What each of them returns.
        """
        fields = {
            'state': 'RUNNING',
            'previous_flavor_id': load_balancer['flavor_id'],
            'new_flavor_id': flavor('large')['id'],
            **all_,
        }
        names = {flavor(name)['id']: name for name in ('small', 'large')}
        for which in ('previous', 'new'):
            name = names.get(fields[f'{which}_flavor_id'])
            fields.setdefault(f'{which}_flavor_name', name)
        self.requests.get(
            f'{LBS_URL}/{load_balancer["id"]}/resize',
            [
                {
                    'json': {
                        'resize': {
                            **fields,
                            **(
                                poll
                                if isinstance(poll, dict)
                                else {'state': poll}
                            ),
                        }
                    }
                }
                for poll in polls
            ],
        )

    def count(self, method: str) -> int:
        """Count the requests with this method."""
        return sum(a.startswith(f'{method} ') for a in self.requested())

    # Magnum

    def clusters(self, *clusters: dict[str, Any]) -> None:
        """Let a cluster, given in its successive states, be found."""
        # python-magnumclient reads what says that it is JSON.
        headers = {'Content-Type': 'application/json'}
        answers = [{'json': found, 'headers': headers} for found in clusters]
        for ident in (clusters[0]['name'], clusters[0]['uuid']):
            self.requests.get(f'{CLUSTERS_URL}/{ident}', answers)

    def nodegroups(self, *nodegroups: dict[str, Any]) -> None:
        """Let a nodegroup, given in its successive states, be found."""
        answers = [{'json': nodegroup} for nodegroup in nodegroups]
        first = nodegroups[0]
        for ident in (first['name'], first['uuid']):
            self.requests.get(
                f'{CLUSTERS_URL}/{first["cluster_id"]}/nodegroups/{ident}',
                answers,
            )

    def resize_cluster(self, cluster: dict[str, Any], **answer: Any) -> None:
        if not answer:
            answer = {
                'status_code': 202,
                'json': {'uuid': cluster['uuid']},
                'headers': {'Content-Type': 'application/json'},
            }
        self.requests.post(
            f'{CLUSTERS_URL}/{cluster["uuid"]}/actions/resize', **answer
        )


class Clock(fixtures.Fixture):
    """Time that passes only while something sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.slept: list[float] = []

    def _setUp(self) -> None:
        for module in (
            'resize_client.sdk.faults',
            'resize_client.sdk.rollout',
            'resize_client.sdk.wait',
            'resize_client.sdk.container_infra.watch',
            'resize_client.osc.output',
            'resize_client.osc.rollout_command',
        ):
            self.useFixture(fixtures.MonkeyPatch(f'{module}.time', self))

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def fault(text: str) -> dict[str, Any]:
    """Make Octavia's error body."""
    return {'faultcode': 'Client', 'faultstring': text, 'debuginfo': None}


def not_found(load_balancer_id: str) -> dict[str, Any]:
    """Make Octavia's answer for a load balancer that there isn't."""
    return {
        'status_code': 404,
        'json': fault(f'Load Balancer {load_balancer_id} not found.'),
    }


def magnum_fault(status: int, text: str) -> dict[str, Any]:
    """Make Magnum's error body."""
    return {'errors': [{'status': status, 'code': '', 'detail': text}]}


def flavor(name: str, /, **fields: Any) -> dict[str, Any]:
    return {
        'id': str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        'name': name,
        'description': '',
        'flavor_profile_id': str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        'enabled': True,
        **fields,
    }


def load_balancer(
    name: str, flavor: dict[str, Any] | None, /, **fields: Any
) -> dict[str, Any]:
    return {
        'id': str(uuid.uuid5(uuid.NAMESPACE_DNS, f'{name}.lb')),
        'name': name,
        'flavor_id': flavor['id'] if flavor else None,
        'provider': 'amphora',
        'project_id': 'shop',
        'provisioning_status': 'ACTIVE',
        'operating_status': 'ONLINE',
        'admin_state_up': True,
        **fields,
    }


def cluster(name: str = 'dev', **fields: Any) -> dict[str, Any]:
    return {
        'uuid': str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        'name': name,
        'status': 'CREATE_COMPLETE',
        'status_reason': None,
        'master_lb_enabled': True,
        **fields,
    }


def nodegroup(
    cluster: dict[str, Any], name: str = 'default-master', **fields: Any
) -> dict[str, Any]:
    role = 'master' if name == 'default-master' else 'worker'
    return {
        'id': 7,
        'uuid': str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        'name': name,
        'cluster_id': cluster['uuid'],
        'role': role,
        'is_default': True,
        'node_count': 1,
        'min_node_count': 1 if role == 'worker' else 0,
        'max_node_count': None,
        'status': 'CREATE_COMPLETE',
        'status_reason': None,
        'updated_at': None,
        **fields,
    }
