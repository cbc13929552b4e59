# SPDX-License-Identifier: Apache-2.0

"""What connects Magnum's driver with what stands around it here."""

from collections.abc import Mapping
import json
import os
from pathlib import Path
import shlex
import sys

from resize_sandbox import config
from resize_sandbox.deployment import Deployment
from resize_sandbox.state import StateDirectory

NAME = 'capi'

#: The secret by which Magnum's driver and helm are let in
_ACCESS = 'access to the management cluster'


def write(deployment: Deployment) -> None:
    """Write the configuration file of the stand-ins' process."""
    state = deployment.state
    state.write(
        state.config_file(NAME),
        config.render(
            {
                NAME: {
                    'database': state.data / 'capi.db',
                    'resize_seconds': str(
                        deployment.options.cluster_resize_seconds
                    ),
                    'token': state.secret(_ACCESS),
                }
            }
        ),
    )


def write_for_driver(deployment: Deployment) -> config.Sections:
    """Write the files that the driver uses: kubeconfig and helm.

    :returns: what Magnum's configuration says of them, and of the cloud.
    """
    state = deployment.state
    kubeconfig = state.etc / 'kubeconfig'
    state.write(kubeconfig, _kubeconfig(deployment))
    helm = _directory(state) / 'helm'
    state.write(
        helm,
        '#!/bin/sh\n'
        f'exec {shlex.quote(sys.executable)} -m resize_sandbox.capi.helm '
        '"$@"\n',
    )
    helm.chmod(0o700)
    return {
        'capi_helm': {'kubeconfig_file': kubeconfig},
        # No user's: the catalog has them as internal endpoints only.
        'glance_client': {'endpoint_type': 'internalURL'},
        'cinder_client': {'endpoint_type': 'internalURL'},
    }


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the variables by which the driver finds helm."""
    path = os.environ.get('PATH', os.defpath)
    return {'PATH': f'{_directory(deployment.state)}{os.pathsep}{path}'}


def catalog(deployment: Deployment) -> Mapping[str, str]:
    """Return the URLs of images, volume types and subnets."""
    url = deployment.url(NAME)
    return {
        'image': f'{url}/image',
        'block-storage': f'{url}/volume/v3',
        'network': f'{url}/network',
    }


def _directory(state: StateDirectory) -> Path:
    return state.etc / 'bin'


def _kubeconfig(deployment: Deployment) -> str:
    return json.dumps(
        {
            'apiVersion': 'v1',
            'kind': 'Config',
            'current-context': NAME,
            'contexts': [
                {'name': NAME, 'context': {'cluster': NAME, 'user': NAME}}
            ],
            'clusters': [
                {'name': NAME, 'cluster': {'server': deployment.url(NAME)}}
            ],
            'users': [
                {
                    'name': NAME,
                    'user': {'token': deployment.state.secret(_ACCESS)},
                }
            ],
        }
    )
