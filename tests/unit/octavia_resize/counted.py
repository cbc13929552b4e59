# SPDX-License-Identifier: Apache-2.0

"""A worker that counts the tasks of its flows, and may fail one."""

from collections.abc import Callable
from typing import Any

from taskflow import task

from octavia_resize.worker import controller


class Worker(controller.ResizeWorker):
    """A worker that counts the tasks of its flows.

    :param fail_at: Number of the task to fail, of all that are run, from 0.
    :param after: What to do after the task of a number.
    :param repeats: Whether each task is executed twice, as by the jobboard
        when a conductor dies before the result is saved.
    """

    def __init__(
        self,
        fail_at: int | None = None,
        after: dict[int, Callable[[], Any]] | None = None,
        repeats: bool = False,
    ) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.fail_at = fail_at
        self.after = after or {}
        self.repeats = repeats
        self._load = self.tf_engine.taskflow_load
        self.tf_engine.taskflow_load = self._load_counted

    def _load_counted(self, flow: Any, **kwargs: Any) -> Any:
        engine = self._load(flow, **kwargs)
        for node in engine.compilation.execution_graph.nodes:
            if isinstance(node, task.Task):
                self._count(node)
        return engine

    def _count(self, node: task.Task) -> None:
        execute = node.execute

        def counted(*args: Any, **kwargs: Any) -> Any:
            number = len(self.begun)
            self.begun.append(node.name)
            if number == self.fail_at:
                raise RuntimeError(f'task {number} fails')
            if self.repeats:
                execute(*args, **kwargs)
            result = execute(*args, **kwargs)
            if number in self.after:
                self.after[number]()
            return result

        node.execute = _Wrapper(counted, execute)


class _Wrapper:
    """A function in place of another one, with the attributes of that.

    Octavia's tasks read what tenacity sets on their execute while it runs.
    """

    def __init__(
        self, function: Callable[..., Any], wrapped: Callable[..., Any]
    ) -> None:
        self._function = function
        self._wrapped = wrapped

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)
