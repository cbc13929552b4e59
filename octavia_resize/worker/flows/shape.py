# SPDX-License-Identifier: Apache-2.0

"""Changes flows of Octavia, and refuses those that are not known."""

from collections.abc import Callable
from typing import Any
from typing import TypeAlias

from taskflow import flow
from taskflow.patterns import linear_flow

#: A task or a flow of taskflow, which has no types.
Node: TypeAlias = Any


def check(found: list[type], expected: list[type]) -> None:
    """Compare the classes of some steps of Octavia with those expected.

    :raises RuntimeError: They differ.
    """
    if found != expected:
        raise RuntimeError(
            "Octavia's failover flow has the steps "
            f'{[kind.__name__ for kind in found]} instead of '
            f'{[kind.__name__ for kind in expected]}: this Octavia is none '
            'that octavia_resize knows'
        )


def rebuild(
    original: flow.Flow, change: Callable[[Node], list[Node]]
) -> linear_flow.Flow:
    """Return a copy of a flow in which each task is changed."""
    rebuilt = linear_flow.Flow(original.name, retry=original.retry)
    for node in original:
        if isinstance(node, linear_flow.Flow):
            rebuilt.add(rebuild(node, change))
        else:
            rebuilt.add(*change(node))
    return rebuilt
