# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""How a resize of a cluster has ended otherwise than asked for."""

from openstack import exceptions

from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra import text
from resize_client.sdk.container_infra.resize_state import Look
from resize_client.sdk.container_infra.resize_state import State


class OutcomeUnknown(exceptions.SDKException):
    """No look will tell any more how a resize has ended."""


def raise_if_ended(now: Look, state: State) -> None:
    """Raise how a resize has ended, unless it goes on or is done.

    :param now: What is there.
    :param state: What that tells.
    :raises: :class:`~openstack.exceptions.ResourceFailure` when it has failed
        or was dropped, :class:`OutcomeUnknown`.
    """
    nodegroup = now.nodegroup
    shown = (
        f'{text.label(now.cluster, nodegroup, start=False)} is '
        f'{resize_state.status_of(nodegroup)} with '
        f'{text.count(nodegroup.node_count)}, the cluster is '
        f'{resize_state.status_of(now.cluster)}'
    )
    if state is State.DROPPED:
        raise exceptions.ResourceFailure(
            f'Magnum has dropped the request: {shown}', extra_data=nodegroup
        )
    if state is State.UNKNOWN:
        raise OutcomeUnknown(
            f'Whether the resize has ended cannot be told: {shown}',
            extra_data=nodegroup,
        )
    if state in (State.FAILED, State.FAILING):
        reason = (
            nodegroup.status_reason
            if resize_state.has_failed(nodegroup)
            else None
        ) or now.cluster.status_reason
        message = f'N{shown[1:]}'
        if reason:
            # Such as the output of a command, in lines
            message += f': {" ".join(reason.split()).rstrip(". ")}'
        raise exceptions.ResourceFailure(message, extra_data=nodegroup)
