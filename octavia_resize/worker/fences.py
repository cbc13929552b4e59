# SPDX-License-Identifier: Apache-2.0


"""Keeps a worker from changing a resize that another worker has taken over.

A worker that was paused, with its virtual machine for instance, continues when
another worker has taken its resize over. Before each task of a flow, Octavia's
own included, the fence checks that the caller runs the resize. What a task of
Octavia writes to the row of an amphora is checked in the same transaction. A
request to another service that is interrupted in the middle is not covered.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
import functools
import threading
from typing import Any
from typing import Concatenate
from typing import ParamSpec

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import models as octavia_models
from octavia.db import repositories
from oslo_log import log as logging
from oslo_utils import uuidutils
from sqlalchemy import orm
from taskflow import flow as taskflow_flow
from taskflow import retry as taskflow_retry
from taskflow import task as taskflow_task
from taskflow.types import failure

from octavia_resize import reasons
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rows
from octavia_resize.worker import build_slots

LOG = logging.getLogger(__name__)

_P = ParamSpec('_P')

#: Their reverts delete what they have created themselves. A later task writes
#: its ID to this column.
_CREATING = {
    compute_tasks.ComputeCreate: octavia_models.Amphora.compute_id,
    network_tasks.CreateVIPBasePort: octavia_models.Amphora.vrrp_port_id,
    network_tasks.CreateSRIOVBasePort: octavia_models.Amphora.vrrp_port_id,
}
#: Change rows of amphorae.
_WRITING = (
    amphora_driver_tasks.BaseAmphoraTask,
    database_tasks.BaseDatabaseTask,
)


class Stopped(Exception):
    """The flow must not continue.

    The resize is cancelled, has ended, or is owned by another worker.
    """


def explain(
    failures: Iterable[failure.Failure],
) -> tuple[str, str] | tuple[None, None]:
    """Return the reason and the detail of a flow's end.

    :param failures: Failures of taskflow.
    :returns: None for both if the fence has stopped the flow.
    """
    causes = [cause for cause in failures if not cause.check(Stopped)]
    return reasons.explain(causes) if causes else (None, None)


class Fence:
    """The right of one run of a flow to change its resize.

    A conductor that continues a flow of another conductor makes the flow
    again, with a fence of its own. The first task behind the fence acquires
    the resize, unless somebody else has acquired it since the fence was made.
    """

    def __init__(
        self,
        claim: Mapping[str, str],
        flow: phases.Flow,
    ) -> None:
        """Create the fence of one run of a flow.

        :param claim: Names the resize and its owner, as a job on the jobboard
            has it.
        :param flow: The flow: its tasks begin only in steps that have it.
        """
        self._claim = ownership.Claim(**claim)
        self._flow = flow
        self._lock = threading.Lock()
        self._previous = transaction.run(ownership.get_runner, self._claim)
        self._runner = uuidutils.generate_uuid()

    def guard(
        self, flow: taskflow_flow.Flow, amphora_id: str | None = None
    ) -> None:
        """Put all tasks of a flow behind the fence.

        :param amphora_id: ID of the amphora that the flow builds, if any:
            the flow ends when somebody else has changed the load balancer.
        """
        for node in flow:
            if isinstance(node, taskflow_flow.Flow):
                self.guard(node, amphora_id)
            else:
                self._guard_task(node, amphora_id)
        if flow.retry is not None:
            flow.retry.on_failure = _give_up_when_stopped(flow.retry)

    def change(
        self,
        function: Callable[
            Concatenate[orm.Session, ownership.Claim, _P], bool
        ],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> None:
        """Change the record of the resize, in a transaction.

        :param function: One of :mod:`octavia_resize.lifecycle.progress`.
        :raises Stopped: The function refuses.
        """
        if not transaction.run(function, self.claim, *args, **kwargs):
            raise self._stop()

    @property
    def claim(self) -> ownership.Claim:
        """The claim of the runner.

        :raises Stopped: The resize has ended, or another worker owns or runs
            it.
        """
        with self._lock:
            if self._claim.runner is None:
                acquired = transaction.run(
                    ownership.follow,
                    self._claim,
                    self._previous,
                    self._runner,
                )
                if acquired is None:
                    raise self._stop()
                self._claim = acquired
            return self._claim

    def _guard_task(
        self, task: taskflow_task.Task, amphora_id: str | None
    ) -> None:
        task.pre_execute = functools.partial(
            self.check, stops_on_change=amphora_id is not None
        )
        task.revert = self._make_revert(task, task.revert, amphora_id)
        if isinstance(task, _WRITING):
            task.amphora_repo = _FencedAmphorae(self)
        # Tasks of Octavia with retries of their own read an attribute of
        # their method.
        if not hasattr(task.execute, 'retry'):
            task.execute = transaction.retry_on_conflict(task.execute)

    def _make_revert(
        self,
        task: taskflow_task.Task,
        revert: Callable[..., Any],
        amphora_id: str | None,
    ) -> Callable[..., Any]:
        """Return a revert that runs only for the runner of the resize.

        If another worker has deleted the amphora while the task created a
        server or port, this worker deletes the server or port. If the record
        is gone, this worker also releases the build slot, and deletes what the
        row of the amphora does not name.
        """
        created = next(
            (
                column
                for kind, column in _CREATING.items()
                if isinstance(task, kind)
            ),
            None,
        )

        def revert_if_allowed(*args: Any, **kwargs: Any) -> Any:
            if self._is_runner() or (
                created is not None
                and amphora_id is not None
                and transaction.run(
                    _is_unknown, self._claim, amphora_id, created
                )
            ):
                return revert(*args, **kwargs)
            LOG.warning('%s is not reverted: %s', task.name, self._stop())
            if amphora_id is not None and transaction.run(
                _is_forgotten, self._claim
            ):
                transaction.run(build_slots.release, amphora_id)
            return None

        return revert_if_allowed

    def _is_runner(self) -> bool:
        try:
            return transaction.run(ownership.is_runner, self.claim)
        except Stopped:
            return False

    def check(self, stops_on_change: bool) -> None:
        """Check that a task may begin, or continue to wait.

        :param stops_on_change: Whether the flow ends when somebody else has
            changed the load balancer.
        :raises Stopped: The task must not begin.
        """
        if transaction.run(
            ownership.may_run,
            self.claim,
            self._flow,
            stops_on_change=stops_on_change,
        ):
            return
        # If somebody else has changed the load balancer, the resize is
        # cancelled, for which the resize must be locked.
        transaction.run(ownership.lock_unless_changed, self.claim)
        raise self._stop()

    def hold(self, session: orm.Session) -> None:
        """Keep others from acquiring the resize until the transaction ends.

        :raises Stopped: The caller does not run the resize.
        """
        if not ownership.lock_for_runner(session, self.claim):
            raise self._stop()

    def _stop(self) -> Stopped:
        return Stopped(
            f'Resize {self._claim.resize_id} of load balancer '
            f'{self._claim.load_balancer_id} is cancelled, has ended, or is '
            'owned by another worker'
        )


class _FencedAmphorae(repositories.AmphoraRepository):
    """The rows of amphorae, which only the runner of a resize changes."""

    def __init__(self, fence: Fence) -> None:
        super().__init__()
        self._fence = fence

    def update(self, session: orm.Session, id: str, **values: Any) -> None:
        """Change a row, in a transaction of its own.

        :param session: Not used: a task of Octavia may have read in this
            transaction before another worker has become the runner.
        :raises Stopped: The caller does not run the resize.
        """
        transaction.run(self._update, id, values)

    def _update(
        self, session: orm.Session, amphora_id: str, values: dict[Any, Any]
    ) -> None:
        changed = (
            session.query(self.model_class)
            .filter_by(id=amphora_id)
            .filter(ownership.is_run_by(self._fence.claim))
            .update(values, synchronize_session=False)
        )
        if not changed:
            self._fence.hold(session)


def _is_unknown(
    session: orm.Session,
    claim: ownership.Claim,
    amphora_id: str,
    column: Any,
) -> bool:
    """Return whether nobody will delete what was created for an amphora.

    :param column: Has the ID of what was created, once that is noted.
    """
    found = (
        session.query(octavia_models.Amphora.status, column)
        .filter_by(id=amphora_id)
        .one_or_none()
    )
    if found is None or found[0] == octavia_constants.DELETED:
        return True
    return found[1] is None and _is_forgotten(session, claim)


def _is_forgotten(session: orm.Session, claim: ownership.Claim) -> bool:
    return rows.read(session, claim.resize_id) is None


def _give_up_when_stopped(
    controller: taskflow_retry.Retry,
) -> Callable[..., str]:
    """Return a retry's on_failure that does not retry a stopped flow."""
    on_failure: Callable[..., str] = controller.on_failure

    def decide(history: Any, *args: Any, **kwargs: Any) -> str:
        _, failures = history[-1]
        if any(cause.check(Stopped) for cause in failures.values()):
            # Not str() of it: an older taskflow makes another text of it.
            revert_all: str = taskflow_retry.REVERT_ALL
            return revert_all
        return on_failure(history, *args, **kwargs)

    return decide
