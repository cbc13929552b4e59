# SPDX-License-Identifier: Apache-2.0

"""What the tests of the server half have in common."""

from collections.abc import Callable
import json
from typing import Any
import uuid

from octavia.db import api as db_api
from oslo_config import cfg
import webob

from octavia_resize import opts
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from tests.unit.octavia_resize import application
from tests.unit.octavia_resize import counted
from tests.unit.octavia_resize import database

PROJECT_ID = database.PROJECT_ID
OTHER_PROJECT_ID = uuid.uuid4().hex

FORBIDDEN = 'Policy does not allow this request to be performed.'


def named(flavor_id: str) -> str:
    """Return how a message names a flavor that a test has created."""
    return f'{flavor_id} ({flavor_id})'


class TestCase(database.TestCase):
    """A test on an Octavia with two flavors for each topology."""

    def setUp(self) -> None:
        super().setUp()
        self.application = application.get()
        self.resizes = repository.ResizeRepository()
        self.small = self.create_flavor(compute_flavor='sandbox.small')
        self.large = self.create_flavor(compute_flavor='sandbox.large')
        self.ha_small = self.create_flavor(
            compute_flavor='sandbox.small',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        self.ha_large = self.create_flavor(
            compute_flavor='sandbox.large',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        self.broken = self.create_flavor(compute_flavor='sandbox.broken')

    def build_one_by_one(self) -> None:
        """Have workers build the new amphorae of a pair one by one."""
        self.set_resize_option('build_together', opts.ONE_BY_ONE)

    def set_resize_option(self, name: str, value: Any) -> None:
        self.override(opts.GROUP, name, value)

    def override(self, group: str, name: str, value: Any) -> None:
        """Set an option of the configuration until the test ends."""
        cfg.CONF.set_override(name, value, group)
        self.addCleanup(cfg.CONF.clear_override, name, group)

    # API

    def build_request(
        self,
        method: str,
        path: str,
        body: Any = None,
        roles: str = 'member,reader',
        project_id: str = PROJECT_ID,
        **headers: str,
    ) -> webob.Request:
        """Return a request as it arrives behind Keystone's middleware.

        :param body: Bytes as they are, anything else as JSON.
        """
        request = webob.Request.blank(path, method=method)
        if body is not None:
            request.body = (
                body if isinstance(body, bytes) else json.dumps(body).encode()
            )
            request.headers['Content-Type'] = 'application/json'
        request.headers.update(
            {
                'X-Roles': roles,
                'X-Project-Id': project_id,
                'X-User-Id': 'user',
                **headers,
            }
        )
        return request

    def request(
        self,
        method: str,
        load_balancer_id: str,
        body: Any = None,
        arguments: str = '',
        **kw: Any,
    ) -> webob.Response:
        """Send a request to .../{load_balancer_id}/resize.

        :param arguments: Those of the URL.
        """
        return self.build_request(
            method,
            f'/v2.0/lbaas/loadbalancers/{load_balancer_id}/resize?{arguments}',
            body,
            **kw,
        ).get_response(self.application)

    def resize(
        self, load_balancer_id: str, flavor_id: str, **kwargs: Any
    ) -> webob.Response:
        return self.request(
            'PUT', load_balancer_id, {'new_flavor_id': flavor_id}, **kwargs
        )

    def assert_fault(
        self, response: webob.Response, status: int, message: str
    ) -> None:
        self.assertEqual(status, response.status_int, response.text)
        self.assertEqual(
            {
                'faultcode': 'Client' if status < 500 else 'Server',
                'faultstring': message,
                'debuginfo': None,
            },
            response.json,
        )

    # Resizes

    def end_all_resizes(self) -> None:
        """End what earlier tests have left in progress."""
        with db_api.session().begin() as session:
            session.query(models.Resize).delete()

    def start_resize(self, lb_id: str) -> ownership.Claim:
        """Start the queued resize of a load balancer, as a worker does."""
        claim = ownership.Claim(lb_id, self.get_resize(lb_id).id, 'host/1')
        with db_api.session().begin() as session:
            assert progress.start(session, claim) is not None
        return claim

    def fail_resize(
        self, lb_id: str, reason: str, detail: str | None = None
    ) -> None:
        """Start the queued resize of a load balancer, and have it fail."""
        claim = self.start_resize(lb_id)
        transaction.run(progress.fail, claim, reason, detail)

    def get_resize(self, lb_id: str) -> Any:
        def read(session: Any) -> Any:
            resize = self.resizes.get(session, lb_id)
            if resize is not None:
                session.expunge(resize)
            return resize

        return transaction.run(read)

    def run_worker(
        self,
        lb_id: str,
        fail_at: int | None = None,
        after: dict[int, Callable[[], Any]] | None = None,
        repeats: bool = False,
    ) -> list[str]:
        """Do what octavia-resize-worker does with the message of the API.

        :param fail_at: Number of the task to fail, of all that are run, from
            0.
        :param after: What to do after the task of a number.
        :param repeats: Whether each task is executed twice.
        :returns: Names of the tasks in the order in which they were begun.
        """
        worker = counted.Worker(fail_at, after, repeats)
        worker.resize_load_balancer(lb_id, self.get_resize(lb_id).id)
        return worker.begun
