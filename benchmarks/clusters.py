# SPDX-License-Identifier: Apache-2.0

"""What a resize of clusters costs, beside python-magnumclient's."""

from benchmarks.setting import Setting


def command(setting: Setting) -> None:
    """Resize of workers against magnumclient's command."""
    ours, peer = [], []
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
        *map(str, requests),
        f'{requests[0] / requests[1]:.2f}',
    )
