# SPDX-License-Identifier: Apache-2.0

"""The sizes of a control plane, and the failures each tolerates."""

#: The most members that are advised for etcd
LARGEST_ADVISED = 7

#: The first Magnum that passes the resize of a control plane to the driver;
#: those before refuse each
FIRST_MAGNUM = '20 (2025.1)'


def is_valid_size(node_count: int) -> bool:
    """Return whether a control plane may have this many nodes.

    etcd needs a majority: an even number adds a node that can fail, and
    tolerates no more failures.
    """
    return node_count >= 1 and node_count % 2 == 1


def failure_tolerance(node_count: int) -> int:
    """Return how many nodes, of at least 1, can fail before etcd stops."""
    return (node_count - 1) // 2


def is_risky(node_count: int, target: int) -> bool:
    """Return whether a resize removes more members than etcd may lose."""
    return node_count - target > failure_tolerance(node_count)


def steps(node_count: int, target: int) -> list[int]:
    """Return the sizes of the safest steps to another size.

    :param node_count: The number of nodes before.
    :param target: The number of nodes after, at least 1.
    :returns: The sizes after each step, ``target`` last. No step is risky
        that could be a smaller one.
    """
    sizes = []
    while is_risky(node_count, target):
        fewest = node_count - failure_tolerance(node_count)
        odd = fewest if is_valid_size(fewest) else fewest + 1
        if odd >= node_count:
            odd = node_count - (2 if is_valid_size(node_count) else 1)
        node_count = max(odd, target)
        sizes.append(node_count)
    if node_count != target:
        sizes.append(target)
    return sizes
