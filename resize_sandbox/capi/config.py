# SPDX-License-Identifier: Apache-2.0

"""What connects Magnum's driver with what stands around it here."""

from collections.abc import Mapping
import configparser
import json
import os
from pathlib import Path
import shlex
import sys

from resize_sandbox import config
from resize_sandbox.capi.management_cluster import ManagementCluster
from resize_sandbox.deployment import Deployment
from resize_sandbox.state import StateDirectory
from resize_sandbox.state import Step
from resize_sandbox.state import hold_of

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


def read(config_file: Path) -> configparser.SectionProxy:
    """Return the options in the configuration file of the stand-ins."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(config_file.read_text())
    return parser[NAME]


def management_cluster(config_file: Path) -> ManagementCluster:
    """Return the management cluster that a configuration file names."""
    options = read(config_file)
    return ManagementCluster(
        options['database'], float(options['resize_seconds'])
    )


def write_for_driver(deployment: Deployment) -> config.Sections:
    """Write the files that the driver uses: kubeconfig and helm.

    :returns: what Magnum's configuration says of them, and of the cloud.
    """
    state = deployment.state
    kubeconfig = _kubeconfig_file(state)
    state.write(kubeconfig, _kubeconfig(deployment))
    helm = _directory(state) / 'helm'
    hold = str(hold_of(state.holds, Step.HELM))
    state.write(
        helm,
        '#!/bin/sh\n'
        f'exec {shlex.quote(sys.executable)} -m resize_sandbox.capi.helm '
        f'--hold {shlex.quote(hold)} "$@"\n',
    )
    helm.chmod(0o700)
    return {
        'capi_helm': {'kubeconfig_file': kubeconfig},
        # No user's: the catalog has them as internal endpoints only.
        'glance_client': {'endpoint_type': 'internalURL'},
        'cinder_client': {'endpoint_type': 'internalURL'},
        'nova_client': {'endpoint_type': 'internalURL'},
        # Both drivers want the clusters of these.
        'drivers': {
            'disabled_drivers': 'k8s_cluster_api_ubuntu,'
            'k8s_cluster_api_flatcar'
        },
    }


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the variables by which the drivers find what they use."""
    path = os.environ.get('PATH', os.defpath)
    return {
        'PATH': f'{_directory(deployment.state)}{os.pathsep}{path}',
        # Of magnum-cluster-api, which finds its management cluster so, and
        # has a pool for green threads, which aren't here.
        'KUBECONFIG': str(_kubeconfig_file(deployment.state)),
        'EVENTLET_THREADPOOL_SIZE': '0',
    }


def catalog(deployment: Deployment) -> Mapping[str, str]:
    """Return the URLs of images, volume types, flavors and subnets."""
    url = deployment.url(NAME)
    return {
        'image': f'{url}/image',
        'block-storage': f'{url}/volume/v3',
        'compute': f'{url}/compute/v2.1',
        'network': f'{url}/network',
    }


def _kubeconfig_file(state: StateDirectory) -> Path:
    return state.etc / 'kubeconfig'


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
