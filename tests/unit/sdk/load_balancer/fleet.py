# SPDX-License-Identifier: Apache-2.0

"""A service that resizes many load balancers, in the tests of rollouts."""

import re
from typing import Any

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SMALL
from tests.unit.sdk import cloud

_URL = re.compile(rf'{cloud.LBS_URL}/([^/?]+)')


class Fleet:
    """Load balancers of one project, which a resize takes a while.

    :param seconds: How long each takes.
    :param broken: The numbers of those whose resizes fail.
    """

    def __init__(
        self,
        service: cloud.Cloud,
        clock: cloud.Clock,
        seconds: list[float],
        broken: set[int],
    ) -> None:
        self.clock = clock
        self.load_balancers = {
            found['id']: found
            for found in (
                cloud.load_balancer(f'lb-{number}', SMALL)
                for number in range(len(seconds))
            )
        }
        self.ids = list(self.load_balancers)
        self._seconds = dict(zip(self.ids, seconds))
        self._broken = {self.ids[number] for number in broken}
        self._ends: dict[str, float] = {}
        self._records: dict[str, dict[str, Any]] = {}
        #: The requests that were accepted, in their order
        self.accepted: list[str] = []
        #: How many were in progress after each of them
        self.in_progress: list[int] = []
        #: How many had ended well before each of them
        self.well_before: list[int] = []
        #: The statuses that the next requests are answered with, None for ok
        self.faults: list[int | None] = []
        service.flavors(SMALL, LARGE)
        for method, url, answer in (
            ('GET', _URL, self._show),
            ('GET', re.compile(f'{_URL.pattern}/resize'), self._show_resize),
            ('PUT', re.compile(f'{_URL.pattern}/resize'), self._resize),
            ('GET', re.compile(rf'{cloud.LBS_URL}\?'), self._list),
            ('GET', re.compile(rf'{cloud.RESIZES_URL}\?'), self._list_resizes),
        ):
            service.requests.register_uri(
                method, url, json=self._faulty(answer)
            )

    def statuses(self) -> list[str]:
        self._pass()
        return [
            f'{found["provisioning_status"]} '
            f'{"large" if found["flavor_id"] == LARGE["id"] else "small"}'
            for found in self.load_balancers.values()
        ]

    def _faulty(self, answer):
        def respond(request, context):
            if self.faults and (status := self.faults.pop(0)):
                context.status_code = status
                return cloud.fault('Away.')
            self._pass()
            return answer(request, context)

        return respond

    def _pass(self) -> None:
        """Let those end whose time has come."""
        for lb_id, ends_at in list(self._ends.items()):
            if ends_at > self.clock.now:
                continue
            del self._ends[lb_id]
            found, record = self.load_balancers[lb_id], self._records[lb_id]
            if lb_id in self._broken:
                found['provisioning_status'] = 'ERROR'
                record.update(
                    state='FAILED',
                    reason='No host',
                    phase=None,
                    can_cancel=True,
                )
            else:
                found['provisioning_status'] = 'ACTIVE'
                found['flavor_id'] = LARGE['id']
                record.update(state='COMPLETED', phase=None)

    def _of(self, request) -> dict[str, Any]:
        lb_id = _URL.match(request.url).group(1)
        return self.load_balancers[lb_id]

    def _show(self, request, context):
        return {'loadbalancer': self._of(request)}

    def _show_resize(self, request, context):
        return {'resize': self._records.get(self._of(request)['id'])}

    def _list(self, request, context):
        return {'loadbalancers': list(self.load_balancers.values())}

    def _list_resizes(self, request, context):
        wanted = request.qs['loadbalancer_id']
        found = [self._records[i] for i in wanted if i in self._records]
        return {
            'resizes': [
                {k: v for k, v in record.items() if k != 'can_cancel'}
                for record in found
            ]
        }

    def _resize(self, request, context):
        found = self._of(request)
        if 'dry_run' in request.qs:
            return {'resize': {'new_flavor_id': LARGE['id']}}
        if found['provisioning_status'] == 'PENDING_UPDATE':
            context.status_code = 409
            return cloud.fault('Immutable.')
        lb_id = found['id']
        self.well_before.append(
            sum(s == 'ACTIVE large' for s in self.statuses())
        )
        found['provisioning_status'] = 'PENDING_UPDATE'
        self._ends[lb_id] = self.clock.now + self._seconds[lb_id]
        self._records[lb_id] = {
            'loadbalancer_id': lb_id,
            'state': 'RUNNING',
            'phase': 'building',
            'previous_flavor_id': found['flavor_id'],
            'new_flavor_id': LARGE['id'],
        }
        self.accepted.append(lb_id)
        self.in_progress.append(len(self._ends))
        context.status_code = 202
        context.headers['Location'] = '/resize'
        return None
