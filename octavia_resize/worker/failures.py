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


"""What goes wrong in the worker, as exceptions of our own."""


class AmphoraRefused(Exception):
    """The agent of an amphora has refused a request.

    The text has the request, and what the agent has said.
    """


class ListenersSkipped(Exception):
    """An amphora has not got all listeners."""


class NotRestored(Exception):
    """An old amphora does not serve as it did before the switch."""


class VIPNotTaken(Exception):
    """A new master does not have the VIP in time."""
