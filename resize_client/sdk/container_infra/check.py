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

"""The result of a check that is made before a request."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Check:
    """One condition of a resize."""

    #: What was looked at, such as ``state``
    name: str
    #: Whether it speaks for the resize; None when only the service can tell
    passed: bool | None
    #: What was found, a sentence without a full stop; it explains a refusal
    message: str
