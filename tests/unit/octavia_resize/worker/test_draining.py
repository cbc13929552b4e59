# SPDX-License-Identifier: Apache-2.0

"""Old amphorae close connections before the switch, and keep them again."""

from collections.abc import Callable
import re
from typing import Any

import fixtures

from octavia_resize.db import transaction
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from octavia_resize.worker import draining
from octavia_resize.worker import haproxy
from octavia_resize.worker import retirement
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize.worker import test_amphora

_CONFIGURATION = (
    'global\nfrontend a\n    bind 198.51.100.5:80\n    mode http\n'
)
_SECONDS = 7


class TestDraining(test_amphora.AmphoraTestCase):
    """An amphora that serves, and a new one that is ready."""

    def setUp(self) -> None:
        super().setUp()
        self.agent.get(
            re.compile('/1.0/interface/198.51.100.5$'),
            json={'interface': 'eth1'},
        )
        self.path = f'loadbalancer/{self.lb_id}/haproxy'
        self.configuration = re.compile(f'/{self.path}$')
        self.agent.get(self.configuration, text=_CONFIGURATION)
        self.slept = self.useFixture(
            fixtures.MockPatchObject(draining, 'time')
        ).mock.sleep
        self.request(
            'PUT',
            self.lb_id,
            {'new_flavor_id': self.large, 'drain_seconds': _SECONDS},
        )
        self.claim = self.start_resize(self.lb_id)
        (self.old_id,) = (row[0] for row in self.get_amphorae(self.lb_id))
        transaction.run(self._get_ready)
        transaction.run(progress.begin_drain, self.claim)

    def _get_ready(self, session: Any) -> None:
        resize = self.resizes.get(session, self.lb_id)
        resize.runner = 'runner'
        self.claim = self.claim._replace(runner=resize.runner)
        resize.amphorae_to_build = 0

    def _get_changes(self, function: Callable[[], Any]) -> list[str]:
        """Return paths and bodies of what changes something."""
        began = len(self.agent.request_history)
        function()
        return [
            request.text or request.path.removeprefix('/1.0/')
            for request in self.agent.request_history[began:]
            if request.method != 'GET'
        ]

    def _drain(self) -> list[str]:
        resize = self.get_resize(self.lb_id)
        self.assertEqual('draining', resize.phase)
        return self._get_changes(lambda: draining.drain(self.claim, resize))

    def _reload(self) -> str:
        return f'loadbalancer/{self.lb_id}/reload'

    def test_waits(self) -> None:
        closing, *_ = haproxy.close_after_requests(_CONFIGURATION)
        self.assertEqual([closing, self._reload()], self._drain())
        self.assertEqual(_SECONDS, self.slept.call_count)

    def test_old_haproxy(self) -> None:
        """Its agent refuses what it does not know."""
        expected = haproxy.close_after_requests(_CONFIGURATION)
        refused = test_amphora.NOT_FOUND | {'status_code': 400}
        self.agent.put(
            re.compile(f'/{self.old_id}/{self.lb_id}/haproxy$'),
            [*[refused] * (len(expected) - 1), {'json': {}}],
        )
        self.assertEqual([*expected, self._reload()], self._drain())

    def test_of_tcp(self) -> None:
        """Its clients get no notice, but may end by themselves."""
        self.agent.get(
            self.configuration,
            text=_CONFIGURATION.replace('mode http', 'mode tcp'),
        )
        self.assertEqual([], self._drain())
        self.assertEqual(_SECONDS, self.slept.call_count)

    def test_nothing_to_wait_for(self) -> None:
        """There is no haproxy, or the amphora is dead."""
        for answer in (
            test_amphora.NOT_FOUND,
            test_amphora.NOT_FOUND | {'status_code': 500},
        ):
            self.agent.get(self.configuration, **answer)
            self.assertEqual([], self._drain())
        self.slept.assert_not_called()

    def test_cancelled(self) -> None:
        """Within a second, and the amphora keeps connections again."""
        self.slept.side_effect = lambda _: self.assertEqual(
            202, self.request('DELETE', self.lb_id).status_int
        )
        closing, *_ = haproxy.close_after_requests(_CONFIGURATION)
        self._drain()
        self.assertEqual(1, self.slept.call_count)
        for written, expected in (
            (closing, [_CONFIGURATION, self._reload()]),
            (_CONFIGURATION, []),
        ):
            self.agent.get(self.configuration, text=written)
            self.assertEqual(
                expected,
                self._get_changes(
                    lambda: self.assertEqual(
                        {}, retirement.restore(self.claim, [])
                    )
                ),
            )

    def _refuse(self, times: int) -> None:
        """Have the agent refuse the configuration so many times."""
        self.useFixture(fixtures.MockPatchObject(retirement.time, 'sleep'))
        closing, *_ = haproxy.close_after_requests(_CONFIGURATION)
        self.agent.get(self.configuration, text=closing)
        self.agent.put(
            re.compile(f'/{self.old_id}/{self.lb_id}/haproxy$'),
            [
                *[test_amphora.NOT_FOUND | {'status_code': 500}] * times,
                {'json': {}},
            ],
        )

    def test_restored_late(self) -> None:
        self._refuse(2)
        self.assertEqual(
            [*[_CONFIGURATION] * 3, self._reload()],
            self._get_changes(
                lambda: self.assertEqual(
                    {}, retirement.restore(self.claim, [])
                )
            ),
        )
        self.assertEqual([], self.get_resize(self.lb_id).retired)

    def test_is_reloaded_late(self) -> None:
        """The configuration is the original one by then."""
        self._refuse(0)
        closing, *_ = haproxy.close_after_requests(_CONFIGURATION)
        self.agent.get(
            self.configuration, [{'text': closing}, {'text': _CONFIGURATION}]
        )
        self.agent.put(
            re.compile('/reload$'),
            [{'json': {}, 'status_code': 500}, {'json': {}}],
        )
        self.assertEqual(
            [_CONFIGURATION, self._reload(), self._reload()],
            self._get_changes(
                lambda: self.assertEqual(
                    {}, retirement.restore(self.claim, [])
                )
            ),
        )

    def test_not_restored(self) -> None:
        """No cancel says that the load balancer serves as before.

        The amphora stays in service.
        """
        self.patch(retirement, '_SERVE_SECONDS', 0)
        self._refuse(1)
        self.request('DELETE', self.lb_id)
        faults = retirement.restore(self.claim, [])
        self.assertEqual(
            {self.old_id: 'haproxy does not have its configuration back'},
            faults,
        )
        transaction.run(rollback.end, self.claim, 'The reason')
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertEqual(f'Not restored: {self.old_id}', resize.detail)
        shown = self.request('GET', self.lb_id).json['resize']
        self.assertIs(False, shown['can_cancel'])
        self.assertIn('rebuilds the load balancer', shown['reason'])
        self.assertEqual(409, self.request('DELETE', self.lb_id).status_int)
        ((_, _, status, _),) = self.get_amphorae(self.lb_id)
        self.assertEqual('ALLOCATED', status)


class TestPhase(base.TestCase):
    def test_drain_seconds(self) -> None:
        """The phase is left out if there are none."""
        for options, drained in (({}, 5), ({'drain_seconds': 0}, 0)):
            lb_id = self.create_load_balancer(self.small)
            self.request('PUT', lb_id, {'new_flavor_id': self.large} | options)
            with fixtures.MockPatchObject(draining, 'drain') as patched:
                self.run_worker(lb_id)
            resize = self.get_resize(lb_id)
            self.assertEqual('COMPLETED', resize.state)
            self.assertEqual(drained, resize.drain_seconds)
            self.assertEqual(drained > 0, patched.mock.called)
