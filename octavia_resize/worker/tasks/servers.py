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

"""Tasks that build the server of an amphora.

They stand in for those of Octavia, which keep a build slot when a build does
not come to its end.
"""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.controller.worker.v2.tasks import compute_tasks

from octavia_resize.worker import build_slots


class CreateServer(compute_tasks.CertComputeCreate):
    """As Octavia's, but a revert gives the build slot back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots()

    def revert(
        self, result: Any, amphora_id: str, *args: Any, **kwargs: Any
    ) -> None:
        super().revert(result, amphora_id, *args, **kwargs)
        self.rate_limit.remove_from_build_req_queue(amphora_id)


class AwaitServer(compute_tasks.ComputeWait):
    """As Octavia's, but the build slot is given back once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate_limit = build_slots.BuildSlots()


def replace(node: Any) -> Any:
    """Return the task of ours for a task of Octavia's, or that itself."""
    match node:
        case compute_tasks.CertComputeCreate():
            return CreateServer(
                name=node.name,
                requires=(
                    octavia_constants.AMPHORA_ID,
                    octavia_constants.SERVER_PEM,
                    octavia_constants.BUILD_TYPE_PRIORITY,
                    octavia_constants.SERVER_GROUP_ID,
                    octavia_constants.FLAVOR,
                    octavia_constants.AVAILABILITY_ZONE,
                ),
                provides=octavia_constants.COMPUTE_ID,
            )
        case compute_tasks.ComputeWait():
            return AwaitServer(
                name=node.name,
                requires=(
                    octavia_constants.COMPUTE_ID,
                    octavia_constants.AMPHORA_ID,
                ),
                provides=octavia_constants.COMPUTE_OBJ,
            )
    return node
