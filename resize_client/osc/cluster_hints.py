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

"""The commands to type next, after a resize of a cluster."""

from collections.abc import Sequence

from resize_client.osc import command
from resize_client.sdk.container_infra import control_plane
from resize_client.sdk.container_infra import plan as _plan


class Hints:
    """Names the commands that go on from a resize.

    :param cmd: The command that is running.
    :param plan: What it does.
    """

    def __init__(self, cmd: command.Command, plan: _plan.ResizePlan):
        self._cmd = cmd
        self._plan = plan

    def command_to_look(self) -> str:
        """Give the command that shows the nodegroup.

        :returns: The line to type.
        """
        return self._cmd.command_line(
            *('coe', 'nodegroup', 'show'),
            *(str(self._plan.cluster.name), str(self._plan.nodegroup.name)),
        )

    def where_to_look(self) -> None:
        """Name the commands that tell how far the resize is."""
        self._cmd.hint(f'To look: {self.command_to_look()}')
        if self._plan.nodegroup.is_control_plane:
            look = self._cmd.command_line(
                *('coe', 'cluster', 'show', '-c', 'health_status_reason'),
                str(self._plan.cluster.name),
            )
            self._cmd.hint(f'What a driver on Cluster API waits for: {look}')

    def way_back(self, what: str) -> None:
        """Name the commands that lead back, if that is possible.

        :param what: What they are for.
        """
        before, after = self._plan.nodegroup.node_count, self._plan.node_count
        if not self._plan.nodegroup.is_control_plane:
            self.steps(what, [before] if before != after else [])
            return
        if not control_plane.is_valid_size(before):
            return
        if control_plane.is_risky(after, before):
            what += ', after a backup of etcd'
        self.steps(what, control_plane.steps(after, before))

    def steps(self, what: str, sizes: Sequence[int]) -> None:
        """Name the commands that resize step by step.

        :param what: What they are for.
        :param sizes: How many nodes there are to be after each.
        """
        if len(sizes) == 1:
            self._cmd.hint(f'{what}: {self._command_to(sizes[0])}')
        elif sizes:
            self._cmd.hint(f'{what}, in steps:')
            for size in sizes:
                self._cmd.hint(f'  {self._command_to(size)}')

    def _command_to(self, node_count: int) -> str:
        return self._cmd.command_line(
            *('coe', 'cluster', 'resize', '--wait'),
            *('--nodegroup', str(self._plan.nodegroup.name)),
            *(str(self._plan.cluster.name), str(node_count)),
        )
