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

"""How many nodes a control plane may have, and what they are good for."""

#: The most members with which etcd is known to work well
LARGEST_ADVISED = 7

#: The first Magnum that passes the resize of a control plane to the driver;
#: those before refuse each
FIRST_MAGNUM = '20 (2025.1)'


def is_valid_size(node_count: int) -> bool:
    """Tell whether a control plane may have this many nodes.

    etcd needs a majority: an even number adds a node that can fail, and no
    tolerance.

    :param node_count: How many nodes.
    :returns: True for odd numbers from 1.
    """
    return node_count >= 1 and node_count % 2 == 1


def nearest_valid_sizes(node_count: int) -> tuple[int, ...]:
    """Name the sizes to choose from instead of this one.

    :param node_count: How many nodes.
    :returns: The valid sizes next to it, itself if it is valid.
    """
    if is_valid_size(node_count):
        return (node_count,)
    if node_count < 1:
        return (1,)
    return (node_count - 1, node_count + 1)


def failure_tolerance(node_count: int) -> int:
    """Tell how many nodes can fail before etcd stops.

    :param node_count: How many nodes, at least 1.
    :returns: How many of them may fail at the same time.
    """
    return (node_count - 1) // 2


def is_risky(node_count: int, target: int) -> bool:
    """Tell whether a resize takes away more members than etcd may lose.

    :param node_count: How many nodes there are.
    :param target: How many there are to be.
    :returns: True when etcd would stop if all of them went at once.
    """
    return node_count - target > failure_tolerance(node_count)


def steps(node_count: int, target: int) -> list[int]:
    """Give the sizes on the safest way to another one.

    :param node_count: How many nodes there are.
    :param target: How many there are to be, at least 1.
    :returns: The sizes after each step, ``target`` last. No step is risky
        for which there is a smaller one.
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
