# SPDX-License-Identifier: Apache-2.0


"""Exceptions of the worker."""


class AmphoraRefused(Exception):
    """The agent of an amphora has refused a request.

    The text has the request and the response of the agent.
    """


class ListenersSkipped(Exception):
    """Octavia has left out listeners of an amphora."""


class NotRestored(Exception):
    """An old amphora does not serve as it did before the switch."""


class PortNotDown(Exception):
    """A port that was disabled may still be connected."""


class VIPNotTaken(Exception):
    """A new master does not have the VIP in time."""
