# SPDX-License-Identifier: Apache-2.0

"""Check whether a cluster's driver resizes control planes as users expect.

``python -m resize_client.sdk.container_infra.conformance <cluster>`` resizes
the control plane of a cluster, which must have one node, to three nodes and
back, and checks at each poll what Magnum shows. The cloud is that of
``$OS_CLOUD``, or of the other variables that openstacksdk reads.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
import sys

import openstack
from openstack import exceptions

from resize_client.sdk import connection
from resize_client.sdk import wait
from resize_client.sdk.container_infra import _proxy
from resize_client.sdk.container_infra import find
from resize_client.sdk.container_infra import health
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.resize_state import Snapshot
from resize_client.sdk.container_infra.resize_state import State

#: Seconds after which Magnum must have read the health: its interval is a
#: minute by default
_HEALTH_SECONDS = 180.0

#: Whether a check has passed, and what it is
Check = tuple[bool, str]


def checks(
    magnum: _proxy.Proxy, cluster: str, nodegroup: str, timeout: float
) -> Iterator[Check]:
    """Resize a control plane from 1 node to 3 and back.

    :param magnum: The container infrastructure management service.
    :param cluster: The name or UUID of the cluster.
    :param nodegroup: The name or UUID of its control plane, of one node.
    :param timeout: Seconds that each resize may take.
    :returns: An iterator over the checks, each as soon as it is done.
    """
    for count in (0, 2):
        yield from _refuses(magnum, cluster, nodegroup, count)
    for count in (3, 1):
        yield from _resizes(magnum, cluster, nodegroup, count, timeout)


def _refuses(
    magnum: _proxy.Proxy, cluster: str, nodegroup: str, count: int
) -> Iterator[Check]:
    before = magnum.get_nodegroup(cluster, nodegroup)
    what = f'a size of {count} is refused with 4xx'
    try:
        magnum.resize_cluster(cluster, count, nodegroup=before)
    except exceptions.HttpException as exc:
        yield 400 <= (exc.status_code or 0) < 500, f'{what}: {exc.status_code}'
    else:
        yield False, f'{what}: accepted'
    after = magnum.get_nodegroup(cluster, nodegroup)
    is_unchanged = (before.node_count, before.status) == (
        after.node_count,
        after.status,
    )
    yield is_unchanged, f'nothing changes when a size of {count} is refused'


def _resizes(
    magnum: _proxy.Proxy,
    cluster: str,
    nodegroup: str,
    count: int,
    timeout: float,
) -> Iterator[Check]:
    polls: list[tuple[Snapshot, State]] = []
    what = f'{_nodegroup.count_nodes(count)}: '
    try:
        magnum.resize_cluster(
            cluster,
            count,
            nodegroup=nodegroup,
            wait=True,
            timeout=timeout,
            callback=lambda now, state: polls.append((now, state)),
        )
    except exceptions.SDKException as exc:
        yield False, f'{what}the resize ends: {exc}'
        return
    yield True, f'{what}the resize ends, after {len(polls)} polls'
    for passed, text in _of_polls(polls, count):
        yield passed, what + text
    yield from _has_health(magnum, cluster, nodegroup, count)


def _of_polls(
    polls: list[tuple[Snapshot, State]], count: int
) -> Iterator[Check]:
    begun = [now for now, state in polls if state is not State.NOT_BEGUN]
    yield (
        all(now.nodegroup.node_count == count for now in begun),
        'the nodegroup shows this number from the first poll on',
    )
    yield (
        any(resize_state.in_progress(now.nodegroup) for now in begun),
        'the nodegroup is UPDATE_IN_PROGRESS meanwhile',
    )
    yield (
        not any(
            resize_state.is_complete(now.nodegroup)
            and now.health.nodes
            and now.health.ready < min(count, len(now.health.nodes))
            for now in begun
        ),
        'it is not UPDATE_COMPLETE while a node is reported as not ready',
    )


def _has_health(
    magnum: _proxy.Proxy, cluster: str, nodegroup: str, count: int
) -> Iterator[Check]:
    found = Snapshot(
        magnum.get_cluster(cluster), magnum.get_nodegroup(cluster, nodegroup)
    )
    try:
        for found in wait.rounds(
            lambda: find.get_again(magnum, found), timeout=_HEALTH_SECONDS
        ):
            if found.health.status == health.HEALTHY and (
                len(found.health.nodes) in (0, count)
            ):
                break
    except exceptions.ResourceTimeout:
        pass
    status, nodes = found.health.status, _nodegroup.count_nodes(count)
    yield (
        status == health.HEALTHY,
        f'{nodes}: the cluster is reported HEALTHY afterwards: {status}',
    )
    if found.health.nodes:
        yield (
            found.health.ready == count,
            f'{nodes}: {found.health.ready} of them reported ready',
        )


def main(write: Callable[[str], object] = print) -> int:
    """Run all checks, and write a line for each.

    :returns: 0 if all have passed, else 1.
    """
    parser = argparse.ArgumentParser(
        'python -m resize_client.sdk.container_infra.conformance',
        description='Resize the control plane of a cluster, which has one '
        'node, to three and back, and check what Magnum shows meanwhile.',
    )
    parser.add_argument('cluster', help='name or UUID')
    parser.add_argument(
        '--nodegroup', default='default-master', help='(default: %(default)s)'
    )
    parser.add_argument(
        '--timeout',
        type=float,
        default=3600.0,
        help='seconds that each resize may take (default: %(default)s)',
    )
    arguments = parser.parse_args()
    # The proxy refers to its connection weakly.
    conn = connection.extend(openstack.connect())
    magnum = conn.container_infrastructure_management
    first = magnum.get_nodegroup(arguments.cluster, arguments.nodegroup)
    if first.node_count != 1:
        parser.error(
            f'{arguments.nodegroup} must have 1 node, not {first.node_count}'
        )
    failed = 0
    for passed, text in checks(
        magnum, arguments.cluster, arguments.nodegroup, arguments.timeout
    ):
        write(f'{"ok    " if passed else "FAILED"} {text}')
        failed += not passed
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
