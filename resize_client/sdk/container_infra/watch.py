# SPDX-License-Identifier: Apache-2.0

"""Poll a nodegroup whose resize is in progress."""

import time

from openstack import exceptions
from openstack.container_infrastructure_management.v1 import _proxy

from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State

# States which a poll may see between the conductor's two commits; believed
# only if two polls in a row return them.
_TWICE = (State.FAILING, State.UNKNOWN)
#: Seconds for which a resize must be seen done, if another operation on the
#: cluster was in progress before it
_SETTLE_SECONDS = 15.0


class Watch:
    """A nodegroup whose resize was just requested, and what is known of it.

    :param before: Cluster and nodegroup before the request.
    :param node_count: The number of nodes that was requested.
    """

    def __init__(self, proxy: _proxy.Proxy, before: Snapshot, node_count: int):
        self._proxy = proxy
        self._before = before
        self._node_count = node_count
        self._began = time.monotonic()
        self._latest = before
        self._previous: State | None = None
        self._follows_another = resize_state.in_progress(
            before.cluster
        ) and not resize_state.is_running(before, node_count)
        # When the resize was first seen done, if it follows another operation
        self._done_since: float | None = None
        #: The state that the last poll has found, None before the first
        self.state: State | None = None

    def poll(self) -> tuple[Snapshot, State]:
        """Get cluster and nodegroup, and the state that they show."""
        self._latest = find.get_again(self._proxy, self._latest)
        seconds = time.monotonic() - self._began
        state = resize_state.classify(
            self._before, self._latest, self._node_count, seconds
        )
        self._previous, self.state = self.state, self._settled(state)
        return self._latest, self.state

    def _settled(self, state: State) -> State:
        """Return RUNNING for what may be the end of another operation.

        While the conductor calls the driver for this resize, Magnum's own poll
        of the driver may record the end of an operation that was in progress
        before, with the new node count. Cluster and nodegroup look done then,
        until the call has returned.
        """
        if resize_state.in_progress(self._latest.cluster):
            if state is State.NOT_BEGUN:
                self._follows_another = True
            elif self._done_since is not None:
                # The call has returned.
                self._follows_another = False
        if state is not State.DONE or not self._follows_another:
            return state
        now = time.monotonic()
        if self._done_since is None:
            self._done_since = now
        has_settled = now - self._done_since >= _SETTLE_SECONDS
        return State.DONE if has_settled else State.RUNNING

    @property
    def failure(self) -> exceptions.SDKException | None:
        """How the resize has ended; None if it continues or is done."""
        if self.state in _TWICE and self.state is not self._previous:
            return None
        return _failure(self._latest, self.state)


def _failure(
    now: Snapshot, state: State | None
) -> exceptions.SDKException | None:
    nodegroup = now.nodegroup
    shown = (
        f'{_cluster.label(now.cluster, nodegroup, start=False)} is '
        f'{resize_state.status_of(nodegroup)} with '
        f'{_nodegroup.count_nodes(nodegroup.node_count)}'
    )
    # Magnum saves a failure of the nodegroup before that of the cluster.
    if not resize_state.has_failed(nodegroup):
        shown += f', the cluster is {resize_state.status_of(now.cluster)}'
    if state is State.DROPPED:
        return exceptions.ResourceFailure(
            f'Magnum has dropped the request: {shown}', extra_data=nodegroup
        )
    if state is State.UNKNOWN:
        return OutcomeUnknown(
            f'Magnum does not show whether the resize has ended: {shown}',
            extra_data=nodegroup,
        )
    if state not in (State.FAILED, State.FAILING):
        return None
    reason = (
        nodegroup.status_reason if resize_state.has_failed(nodegroup) else None
    ) or now.cluster.status_reason
    message = shown[0].upper() + shown[1:]
    if reason:
        # Such as the output of a command, in lines
        message += f': {" ".join(reason.split()).rstrip(". ")}'
    return exceptions.ResourceFailure(message, extra_data=nodegroup)
