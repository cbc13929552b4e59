# SPDX-License-Identifier: Apache-2.0

"""The wheel alone: the client."""

import subprocess

from tests.packaging import base

_PEERS = (
    'python-openstackclient',
    'python-octaviaclient',
    'python-magnumclient',
)


class TestPlain(base.TestCase):
    environment = 'plain'

    def test_brings_nothing_but_itself(self) -> None:
        """What is installed is what the three clients would be, and we."""
        installed = base.pip(
            *('--python', self.prefix / 'bin' / 'python'),
            *('list', '--format', 'json'),
        )
        alone = base.pip(
            *('install', '--dry-run', '--ignore-installed', '--quiet'),
            *('--report', '-', '--constraint'),
            *(base.CHECKOUT / 'tools' / 'constraints.txt', *_PEERS),
        )
        self.assertEqual(
            {
                _normalized(item['metadata']['name'])
                for item in alone['install']
            }
            | {'python-resizeclient'},
            {_normalized(item['name']) for item in installed},
        )

    def test_sdk(self) -> None:
        """It is there, typed, and needs no other half."""
        printed = self.run_python(
            'import sys\n'
            'from importlib import resources\n'
            'import openstack.connection\n'
            'from resize_client.sdk import connection\n'
            'conn = connection.extend(openstack.connection.Connection(\n'
            '    auth_type="none", endpoint="http://127.0.0.1"))\n'
            'print(conn.load_balancer.resize_load_balancer.__name__)\n'
            'proxy = conn.container_infrastructure_management\n'
            'print(proxy.resize_cluster.__name__)\n'
            'package = resources.files("resize_client")\n'
            'print((package / "py.typed").is_file())\n'
            'print("cliff" in sys.modules or "osc_lib" in sys.modules)\n'
        )
        self.assertEqual(
            'resize_load_balancer\nresize_cluster\nTrue\nFalse\n', printed
        )

    def test_completion(self) -> None:
        script = self.home / 'openstack.bash_completion'
        script.write_text(self.run_program('openstack', 'complete').stdout)
        for typed, expected in {
            'loadbalancer re': [
                *('rebuild', 'resize'),
                *('resize_cancel', 'resize_list', 'resize_show'),
            ],
            'loadbalancer resize --fl': ['--flavor'],
            'loadbalancer resize --dry': ['--dry-run'],
            'loadbalancer resize cancel --w': ['--wait'],
            'coe cluster res': ['resize'],
            'coe cluster resize --node': ['--nodes-to-remove', '--nodegroup'],
            'coe cluster resize --ti': ['--timeout'],
        }.items():
            self.assertEqual(expected, self._complete(script, typed), typed)

    def _complete(self, script: object, typed: str) -> list[str]:
        """Return what bash offers to complete the end of a command line."""
        return subprocess.run(
            [
                *('bash', '--noprofile', '--norc', '-c'),
                # The function of Debian's bash-completion that it needs.
                '_get_comp_words_by_ref() { words=(openstack $typed); '
                'cur=${words[-1]}; }; '
                '. "$1"; typed=$2; _openstack; '
                'printf "%s\\n" "${COMPREPLY[@]}"',
                *('bash', str(script), typed),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.split()

    def test_man_pages(self) -> None:
        for name in (
            'openstack-coe-cluster-resize',
            'openstack-loadbalancer-resize',
        ):
            page = self.prefix / 'share' / 'man' / 'man1' / f'{name}.1'
            self.assertIn(f'.SH NAME\n{name} ', page.read_text())

    def test_what_operators_copy(self) -> None:
        """The unit and configurations, as they stand in the repository."""
        shared = self.prefix / 'share' / 'octavia-resize'
        etc = base.CHECKOUT / 'etc'
        wanted = {
            path.name: path.read_text()
            for path in (
                *(etc / 'systemd').iterdir(),
                *(etc / 'octavia-resize').iterdir(),
            )
            if not path.name.endswith('-generator.conf')
        }
        self.assertEqual(
            wanted, {path.name: path.read_text() for path in shared.iterdir()}
        )
        self.assertIn('octavia-resize-worker.service', wanted)
        self.assertIn('octavia-resize.conf.sample', wanted)

    def test_scripts_of_other_halves(self) -> None:
        """They say what to install instead of failing somewhere."""
        for script in (
            'octavia-resize-worker',
            'octavia-resize-db-manage',
            'octavia-resize-status',
            'octavia-resize-unlock',
        ):
            finished = self.run_program(script, status=1)
            self.assertEqual(
                f'{script} needs Octavia, which is not installed in '
                f'{self.prefix}. Install it there with, in a clone of '
                "python-resizeclient: pip install '.[octavia]'\n",
                finished.stderr,
            )
        finished = self.run_program('resize-sandbox', 'up', status=1)
        self.assertEqual(
            'The sandbox needs Keystone, Octavia, Magnum and '
            'magnum-capi-helm, which are not all installed in '
            f'{self.prefix}. Install them there with, in a '
            "clone of python-resizeclient: pip install '.[sandbox]'\n",
            finished.stderr,
        )


def _normalized(name: str) -> str:
    return name.lower().replace('_', '-').replace('.', '-')
