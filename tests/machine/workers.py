# SPDX-License-Identifier: Apache-2.0

"""The processes of a control plane: what they run are actors."""

from collections.abc import Callable
from concurrent import futures
from typing import Any
from unittest import mock

from octavia.common import base_taskflow
from octavia.controller.worker.v2 import controller_worker
from octavia.controller.worker.v2 import taskflow_jobboard_driver
from oslo_config import cfg
from oslo_log import log as logging
from taskflow.listeners import logging as taskflow_logging

from octavia_resize.worker import controller
from octavia_resize.worker import watchdog
from tests.machine import board
from tests.machine import scheduler

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class Process:
    """A process whose threads are actors."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.actors: list[scheduler.Actor] = []

    def spawn(self, what: str, function: Callable[[], Any]) -> scheduler.Actor:
        actor = scheduler.Actor(f'{self.name}: {what}', function)
        self.actors.append(actor)
        return actor

    @property
    def busy(self) -> list[scheduler.Actor]:
        return [actor for actor in self.actors if not actor.is_done]

    def kill(self) -> None:
        for actor in self.actors:
            actor.kill()


class ResizeWorker(Process):
    """octavia-resize-worker: its messages, its watchdog and its conductor."""

    def __init__(self, name: str, store: board.Store) -> None:
        super().__init__(name)
        self._store = store
        self.conductor: scheduler.Actor | None = None
        with mock.patch.object(
            controller_worker.stevedore_driver,
            'DriverManager',
            side_effect=self._get_driver,
        ):
            self.worker = controller.ResizeWorker()
        self.watchdog = watchdog.Watchdog(self.worker)
        recoveries: Any = _Recoveries(self)
        self.watchdog._recoveries = recoveries
        if CONF.task_flow.jobboard_enabled:
            self.conductor = self.spawn('conductor', self._run_conductor)

    def _get_driver(self, *args: Any, **kwargs: Any) -> Any:
        return mock.Mock(
            driver=board.Driver(
                self._store, taskflow_jobboard_driver.MysqlPersistenceDriver()
            )
        )

    def _run_conductor(self) -> None:
        self.worker.services_controller.run_conductor(self.name)

    def receive(self, load_balancer_id: str, resize_id: str) -> None:
        """Receive the message of the API."""
        self.spawn(
            'resize',
            lambda: self.worker.resize_load_balancer(
                load_balancer_id, resize_id
            ),
        )

    def check(self) -> None:
        """Have the watchdog write heartbeats, and poll those of others."""
        self.spawn('watchdog', self.watchdog.check).finish()

    def expire(self) -> None:
        """Let the claims of the conductor expire, as it shows no life."""
        self._store.expire(self.name)

    def kill(self) -> None:
        super().kill()
        self.expire()


class _Recoveries:
    """The threads in which a watchdog runs what it has taken over."""

    def __init__(self, process: ResizeWorker) -> None:
        self._process = process

    def submit(
        self, function: Callable[..., Any], *args: Any
    ) -> futures.Future[Any]:
        future: futures.Future[Any] = futures.Future()

        def recover() -> None:
            try:
                future.set_result(function(*args))
            except BaseException as e:
                future.set_exception(e)
                raise

        self._process.spawn('recovery', recover)
        return future

    def shutdown(self) -> None:
        """Do nothing: the machine runs the actors."""


class _OctaviaController(controller_worker.ControllerWorker):
    """Octavia's controller worker, which runs its flows without jobboard."""

    def __init__(self) -> None:
        with mock.patch.object(
            controller_worker.stevedore_driver, 'DriverManager'
        ):
            super().__init__()
        self.tf_engine = base_taskflow.BaseTaskFlowEngine()

    def run_flow(self, func: Any, *args: Any, **kwargs: Any) -> None:
        store = kwargs.pop('store', None)
        engine = self.tf_engine.taskflow_load(
            func(*args, **kwargs), store=store
        )
        with taskflow_logging.DynamicLoggingListener(engine, log=LOG):
            engine.run()


class Octavia(Process):
    """octavia-worker, octavia-health-manager and octavia-housekeeping."""

    def __init__(self) -> None:
        super().__init__('octavia')
        self.controller = _OctaviaController()

    def call(self, method: str, *args: Any, **kwargs: Any) -> None:
        """Have Octavia's controller do something, step by step."""
        function = getattr(self.controller, method)
        self.spawn(method, lambda: function(*args, **kwargs))
