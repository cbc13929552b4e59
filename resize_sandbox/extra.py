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

"""What the client's wheel does not bring."""

import importlib.util
import sys

from resize_sandbox import exceptions

_MODULES = ('keystone', 'magnum', 'magnum_capi_helm', 'octavia', 'waitress')


def check() -> None:
    """Check that what the extra of the sandbox brings is installed.

    :raises SandboxError: when something is missing, with the command that
        installs it.
    """
    if any(importlib.util.find_spec(module) is None for module in _MODULES):
        raise exceptions.SandboxError(
            'The sandbox needs Keystone, Octavia, Magnum and '
            'magnum-capi-helm, which are not all installed in '
            f'{sys.prefix}. Install them there with, in a clone '
            "of python-resizeclient: pip install '.[sandbox]'"
        )
