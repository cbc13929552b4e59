# SPDX-License-Identifier: Apache-2.0


class ModuleDocFragment:
    """Options of the modules that change several, a few at a time."""

    DOCUMENTATION = r"""
options:
  wait:
    description: Whether to wait until all have ended.
    type: bool
    default: true
  timeout:
    description: Seconds after which to stop waiting for one, from its begin.
      What has begun continues.
    type: int
    default: 3600
  max_in_progress:
    description: With O(wait=true), how many are in progress at a time, V(0)
      for all.
    type: int
    default: 5
  canary:
    description: How many must have ended well before others begin. Needs
      O(wait=true).
    type: int
    default: 0
  max_failures:
    description: With O(wait=true), after so many failures no further ones
      begin.
    type: int
    default: 1
"""
