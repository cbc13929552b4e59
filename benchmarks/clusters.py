# SPDX-License-Identifier: Apache-2.0

"""What a resize of clusters costs, beside its peers."""

import re

from benchmarks import measure
from benchmarks.setting import Setting


def command(setting: Setting) -> None:
    """Resize of workers against magnumclient's command."""
    ours: list[measure.Run] = []
    peer: list[measure.Run] = []
    for _ in range(setting.pairs):
        for runs, client, count in (
            (ours, setting.tenant, 3),
            (peer, setting.peer_tenant, 2),
        ):
            with setting.cluster_resized(count):
                runs.append(
                    client.run('coe', 'cluster', 'resize', 'dev', str(count))
                )
    setting.add_runs('``coe cluster resize``', ours, peer)
    requests = []
    for client, count in ((setting.tenant, 3), (setting.peer_tenant, 2)):
        with setting.cluster_resized(count):
            requests.append(
                client.count_requests(
                    'coe', 'cluster', 'resize', 'dev', str(count)
                )
            )
    setting.add(
        '``coe cluster resize``: HTTP requests',
        str(requests[0]),
        str(requests[1]),
        f'{requests[0] / requests[1]:.2f}',
    )


_POLL = re.compile(r'"GET \S+/clusters/[-0-9a-f]{36} HTTP')


def waiting(setting: Setting) -> None:
    """Resize of a control plane with --wait, against an earlier revision."""
    ours: list[measure.Run] = []
    earlier: list[measure.Run] = []
    for _ in range(setting.pairs):
        for runs, client in (
            (ours, setting.tenant),
            (earlier, setting.earlier_tenant),
        ):
            for node_count in (3, 1):
                runs.append(client.run(*_control_plane_to(node_count)))
    setting.add_runs('``coe cluster resize --wait``', ours, earlier)
    sent, polls = _requests_of_wait(setting.tenant)
    earlier_sent, earlier_polls = _requests_of_wait(setting.earlier_tenant)
    setting.add(
        '``coe cluster resize --wait``: HTTP requests for each poll',
        f'{sent / polls:.2f}',
        f'{earlier_sent / earlier_polls:.2f}',
        f'{sent} in {polls} polls against {earlier_sent} in {earlier_polls}'
        ' polls',
    )


def _control_plane_to(node_count: int) -> tuple[str, ...]:
    return (
        *('coe', 'cluster', 'resize', '--wait', '--force'),
        *('--nodegroup', 'default-master', 'dev', str(node_count)),
    )


def _requests_of_wait(client: measure.Client) -> tuple[int, int]:
    """Return how many requests a wait sends, and in how many polls."""
    client.run(*_control_plane_to(1))
    sent = client.requests(*_control_plane_to(3))
    (accepted,) = (
        number for number, line in enumerate(sent) if '/actions/resize' in line
    )
    of_wait = sent[accepted + 1 :]
    return len(of_wait), sum(bool(_POLL.search(line)) for line in of_wait)
