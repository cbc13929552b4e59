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

#: What a command is for, and its words after ``openstack``
Command = tuple[str, tuple[str, ...]]


class Hints:
    """Names the commands that go on from a resize.

    :param cmd: The command that is running.
    :param plan: What it does.
    :param cluster: The cluster as the user has named it.
    """

    def __init__(
        self, cmd: command.Command, plan: _plan.ResizePlan, cluster: str
    ):
        self._cmd = cmd
        self._plan = plan
        # A name that looks like an option isn't taken for a name.
        self._cluster = (
            str(plan.cluster.uuid) if cluster.startswith('-') else cluster
        )
        name = str(plan.nodegroup.name)
        self._nodegroup = (
            str(plan.nodegroup.id) if name.startswith('-') else name
        )

    def to_look(self) -> Command:
        """Give the command that shows the nodegroup.

        :returns: What it is for, and its words.
        """
        return 'To look', (
            *('coe', 'nodegroup', 'show'),
            *(self._cluster, self._nodegroup),
        )

    def where_to_look(self) -> None:
        """Name the commands that tell how far the resize is."""
        self._cmd.tell_hint(command.Message('', (self.to_look(),)))
        if self._plan.nodegroup.is_control_plane:
            words = (
                *('coe', 'cluster', 'show', '-c', 'health_status_reason'),
                self._cluster,
            )
            purpose = 'What a driver on Cluster API waits for'
            self._cmd.tell_hint(command.Message('', ((purpose, words),)))

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
            only = (what, self._words_to(sizes[0]))
            self._cmd.tell_hint(command.Message('', (only,)))
        elif sizes:
            self._cmd.tell_hint(
                command.Message(
                    f'{what}, in steps:',
                    tuple(('', self._words_to(size)) for size in sizes),
                )
            )

    def _words_to(self, node_count: int) -> tuple[str, ...]:
        return (
            *('coe', 'cluster', 'resize', '--wait'),
            *('--nodegroup', self._nodegroup),
            *(self._cluster, str(node_count)),
        )
