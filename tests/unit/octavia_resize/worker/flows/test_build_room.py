# SPDX-License-Identifier: Apache-2.0

"""A pair, and a compute service that has no room for four servers."""

import threading
from typing import Any
from unittest import mock

import fixtures
from octavia.common import exceptions
from octavia.db import api as db_api
from octavia.db import models

from octavia_resize import reasons
from octavia_resize.worker import orphans
from resize_sandbox.octavia import compute
from tests.unit.octavia_resize import base


class TestRoom(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.logged = self.useFixture(fixtures.FakeLogger())
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.before = self.get_amphorae(self.lb_id)
        with db_api.session().begin() as session:
            #: IDs of the servers that there are.
            self.servers = {
                compute_id
                for (compute_id,) in session.query(
                    models.Amphora.compute_id
                ).filter_by(load_balancer_id=self.lb_id)
            }
        #: The highest number of them at any time.
        self.most = 0

    def _resize(self, room: int) -> Any:
        """Resize the pair, with room for so many servers.

        :returns: The resize.
        """
        driver = compute.SandboxComputeDriver
        build, delete = driver.build, driver.delete
        lock = threading.Lock()

        def build_if_room(*args: Any, **kwargs: Any) -> str:
            # Both are built by threads.
            with lock:
                if len(self.servers) >= room:
                    raise exceptions.ComputeBuildException(
                        fault='No valid host'
                    )
                compute_id = build(*args, **kwargs)
                self.servers.add(compute_id)
                self.most = max(self.most, len(self.servers))
            return compute_id

        def note_and_delete(manager: Any, compute_id: str) -> None:
            self.servers.discard(compute_id)
            delete(manager, compute_id)

        self.assertEqual(
            202, self.resize(self.lb_id, self.ha_large).status_int
        )
        with (
            mock.patch.object(driver, 'build', build_if_room),
            mock.patch.object(driver, 'delete', note_and_delete),
        ):
            self.run_worker(self.lb_id)
        return self.get_resize(self.lb_id)

    def _assert_resized(self) -> None:
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.ha_large)
        self.assertEqual(
            [
                ('BACKUP', 'ALLOCATED', 'sandbox.large'),
                ('MASTER', 'ALLOCATED', 'sandbox.large'),
            ],
            sorted(one[1:] for one in self.get_amphorae(self.lb_id)),
        )
        self.assertEqual(2, len(self.servers))

    def test_auto(self) -> None:
        """The resize continues by itself, with a warning."""
        self.set_resize_option('build_together', 'auto')
        resize = self._resize(room=3)
        self.assertEqual('COMPLETED', resize.state, resize.detail)
        self._assert_resized()
        self.assertEqual(3, self.most)
        self.assertEqual(reasons.ONE_BY_ONE, resize.reason)
        self.assertIn('No valid host', resize.detail)
        self.assertIn('are built one after the other', self.logged.output)

    def test_auto_with_room(self) -> None:
        self.set_resize_option('build_together', 'auto')
        resize = self._resize(room=4)
        self._assert_resized()
        self.assertEqual(4, self.most)
        self.assertIsNone(resize.reason)

    def test_auto_without_any_room(self) -> None:
        """It is tried once, and no old amphora is touched."""
        self.set_resize_option('build_together', 'auto')
        resize = self._resize(room=2)
        self.assertEqual('FAILED', resize.state)
        self.assertEqual(reasons.NO_AMPHORA, resize.reason)
        self.assertEqual(self.before, self.get_amphorae(self.lb_id))

    def test_auto_and_cancelled(self) -> None:
        """Also where the cancel comes between the two attempts."""
        self.set_resize_option('build_together', 'auto')
        delete = orphans.delete

        def cancel_and_delete(*args: Any) -> None:
            delete(*args)
            self.request('DELETE', self.lb_id)

        with mock.patch.object(orphans, 'delete', cancel_and_delete):
            resize = self._resize(room=3)
        self.assertEqual('CANCELLED', resize.state)
        self.assertEqual(self.before, self.get_amphorae(self.lb_id))
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.ha_small)

    def test_default(self) -> None:
        """A pair is never left alone unless the operator wants that."""
        resize = self._resize(room=3)
        self.assertEqual('FAILED', resize.state)
        self.assertEqual(self.before, self.get_amphorae(self.lb_id))
        self.assertIn('build_together = false, or auto', self.logged.output)

    def test_one_by_one(self) -> None:
        self.set_resize_option('build_together', 'False')
        resize = self._resize(room=3)
        self._assert_resized()
        self.assertIsNone(resize.reason)
