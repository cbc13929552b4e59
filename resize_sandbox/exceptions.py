# SPDX-License-Identifier: Apache-2.0

"""Errors of a sandbox, whose text is for the user of the command."""


class SandboxError(Exception):
    """A command has failed; the text has the reason and the next command."""
