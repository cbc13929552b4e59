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

"""What becomes of the resize of one nodegroup."""

import dataclasses
import enum

from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra.resize_state import Look
from resize_client.sdk.container_infra.resize_state import State


class Result(enum.StrEnum):
    """What has become of a resize, in a word or two."""

    #: Nothing was asked for yet
    NOT_STARTED = 'not started'
    #: There is nothing to do
    UNCHANGED = 'unchanged'
    #: Magnum has taken the request; its conductor may drop it all the same
    ACCEPTED = 'accepted'
    #: Done
    RESIZED = 'resized'
    #: Magnum has refused it, or it has ended otherwise
    FAILED = 'failed'
    #: The wait has ended first
    TIMED_OUT = 'timed out'
    #: The wait has ended first, by Ctrl-C
    INTERRUPTED = 'interrupted'
    #: It was asked for, and Magnum has told no more
    UNKNOWN = 'unknown'


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A nodegroup that is to be resized, and what has become of that."""

    #: The cluster and the nodegroup before
    before: Look
    #: How many nodes the nodegroup is to have
    node_count: int
    #: The nodegroup as it was seen last
    nodegroup: _nodegroup.NodeGroup
    #: What has become of the resize
    result: Result = Result.NOT_STARTED
    #: What the last look at a resize that is going on has shown
    state: State = State.RUNNING
    #: Why it has ended otherwise, or the wait has
    error: Exception | None = None
    #: Why, after an error, the nodegroup couldn't be looked at
    doubt: Exception | None = None
