# SPDX-License-Identifier: Apache-2.0

"""What can go wrong with a sandbox, in words for the person at the shell."""


class SandboxError(Exception):
    """The sandbox can't do what was asked; the text says why and what next."""
