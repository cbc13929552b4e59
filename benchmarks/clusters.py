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
