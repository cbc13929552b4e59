# SPDX-License-Identifier: Apache-2.0


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
