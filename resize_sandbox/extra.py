# SPDX-License-Identifier: Apache-2.0

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
