# SPDX-License-Identifier: Apache-2.0

"""The ``helm`` of the sandbox: of its commands those that the driver uses.

It makes of the values what the chart openstack-cluster makes of them: a
Cluster, its control plane, and a machine deployment for each node group.
"""

import argparse
from collections.abc import Iterator
from collections.abc import Mapping
from http import client
import json
from pathlib import Path
import sys
from typing import Any
from urllib import parse

from resize_sandbox import state
from resize_sandbox.capi import names

_RELEASE_LABEL = 'app.kubernetes.io/instance'


class _Failed(Exception):
    """The management cluster refuses a request."""


class _ManagementCluster:
    """The API of the management cluster that a kubeconfig names."""

    def __init__(self, kubeconfig: Path) -> None:
        # JSON, which is YAML, too, and quicker to load.
        config = json.loads(kubeconfig.read_text())
        server = parse.urlsplit(config['clusters'][0]['cluster']['server'])
        self._connection = client.HTTPConnection(server.netloc)
        self._headers = {
            'Authorization': f'Bearer {config["users"][0]["user"]["token"]}',
            'Content-Type': 'application/apply-patch+yaml',
        }

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            self._connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                self._headers,
            )
            answer = self._connection.getresponse()
            content = json.load(answer)
        except OSError as failed:
            raise _Failed(
                f'Kubernetes cluster unreachable: {failed.strerror}'
            ) from failed
        if answer.status >= 400:
            raise _Failed(content['message'])
        return content


def main() -> None:
    """Run one command of helm, and end with its exit status."""
    arguments = _parse()
    if arguments.hold is not None:
        state.pass_hold(arguments.hold, arguments.release)
    cluster = _ManagementCluster(arguments.kubeconfig)
    try:
        if arguments.command == 'upgrade':
            values = json.load(sys.stdin)
            _upgrade(cluster, arguments, values)
        else:
            _uninstall(cluster, arguments)
    except _Failed as failed:
        print(
            f'Error: {arguments.command.upper()} FAILED: {failed}',
            file=sys.stderr,
        )
        raise SystemExit(1) from failed


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser('helm', allow_abbrev=False)
    parser.add_argument('--hold', type=Path, help='not one of helm')
    commands = parser.add_subparsers(dest='command', required=True)
    upgrade = commands.add_parser('upgrade')
    upgrade.add_argument('release')
    upgrade.add_argument('chart')
    upgrade.add_argument('--install', action='store_true')
    upgrade.add_argument('--history-max')
    upgrade.add_argument('--output', choices=['json'], required=True)
    upgrade.add_argument('--values', choices=['-'], required=True)
    upgrade.add_argument('--repo')
    upgrade.add_argument('--version')
    uninstall = commands.add_parser('uninstall')
    uninstall.add_argument('release')
    for command in (upgrade, uninstall):
        command.add_argument('--timeout')
        command.add_argument('--namespace', required=True)
        command.add_argument('--kubeconfig', type=Path, required=True)
    return parser.parse_args()


def _upgrade(
    cluster: _ManagementCluster,
    arguments: argparse.Namespace,
    values: Mapping[str, Any],
) -> None:
    wanted = {}
    for made in _render(arguments.release, arguments.namespace, values):
        kind, name = made['kind'], made['metadata']['name']
        path = names.path(arguments.namespace, kind, name)
        try:
            cluster.send('PATCH', path, made)
        except _Failed as failed:
            raise _Failed(
                f'cannot patch "{name}" with kind {kind}: {failed}'
            ) from failed
        wanted[path] = made
    for path in _objects(cluster, arguments):
        if path not in wanted:
            cluster.send('DELETE', path)
    json.dump(
        {
            'name': arguments.release,
            'namespace': arguments.namespace,
            'info': {'status': 'deployed'},
        },
        sys.stdout,
    )


def _uninstall(
    cluster: _ManagementCluster, arguments: argparse.Namespace
) -> None:
    found = list(_objects(cluster, arguments))
    if not found:
        raise _Failed(f'{arguments.release}: release: not found')
    for path in found:
        cluster.send('DELETE', path)


def _objects(
    cluster: _ManagementCluster, arguments: argparse.Namespace
) -> Iterator[str]:
    """Find the objects of a release."""
    selector = parse.quote(f'{_RELEASE_LABEL}={arguments.release}')
    for kind in (
        'Cluster',
        'OpenStackCluster',
        'KubeadmControlPlane',
        'MachineDeployment',
    ):
        path = names.kind_path(arguments.namespace, kind)
        listed = cluster.send('GET', f'{path}?labelSelector={selector}')
        for found in listed['items']:
            yield f'{path}/{found["metadata"]["name"]}'


def _render(
    release: str, namespace: str, values: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Make of the values what the chart makes of them."""

    def made(
        kind: str, name: str, spec: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return {
            'apiVersion': names.api_version(kind),
            'kind': kind,
            'metadata': {
                'name': name,
                'namespace': namespace,
                'labels': {_RELEASE_LABEL: release},
            },
            'spec': spec,
        }

    control_plane = f'{release}-control-plane'
    yield made('OpenStackCluster', release, {})
    yield made(
        'Cluster',
        release,
        {
            'controlPlaneRef': {
                'path': names.path(
                    namespace, 'KubeadmControlPlane', control_plane
                )
            }
        },
    )
    version = f'v{values["kubernetesVersion"]}'
    yield made(
        'KubeadmControlPlane',
        control_plane,
        {
            'replicas': values['controlPlane']['machineCount'],
            'version': version,
        },
    )
    for group in values['nodeGroups']:
        yield made(
            'MachineDeployment',
            f'{release}-{group["name"]}',
            {'replicas': group['machineCount']},
        )


if __name__ == '__main__':
    main()
