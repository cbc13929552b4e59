# SPDX-License-Identifier: Apache-2.0
"""OVN: its databases, its translator and two hypervisors, until SIGTERM.

Its arguments are a directory for sockets and databases, and the sandbox's
number. When one of its processes ends, all do.
"""

from collections.abc import Mapping
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from resize_sandbox import requirements
from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ovn import programs
from resize_sandbox.dataplane.ovn.underlay import EXTERNAL
from resize_sandbox.dataplane.ovn.underlay import HYPERVISORS
from resize_sandbox.dataplane.ovn.underlay import READY
from resize_sandbox.dataplane.ovn.underlay import Underlay
from resize_sandbox.process import run_first

_WAIT_SECONDS = 30.0


class _Processes:
    """Started one after the other, stopped the other way round."""

    def __init__(self) -> None:
        self._all: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        program: str,
        *arguments: str,
        directory: Path,
        namespace: str | None = None,
        awaits: str,
    ) -> None:
        """Start a program, and return when a file of it is there."""
        runtime: Mapping[str, str] = {
            f'{name}DIR': str(directory)
            for name in ('OVS_RUN', 'OVS_LOG', 'OVS_DB', 'OVN_RUN')
        }
        where = ('ip', 'netns', 'exec', namespace) if namespace else ()
        process = subprocess.Popen(
            [
                *('setpriv', '--pdeathsig', 'TERM', *where),
                *(requirements.get(program), *arguments),
            ],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **runtime},
        )
        self._all.append(process)
        # A cloud's hypervisors have processors of their own. While a switch
        # waits for one, packets between the hypervisors are lost; while
        # ovn-controller does, its hypervisor does not know new ports.
        run_first(process.pid)
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (directory / awaits).exists():
            self.check()
            if time.monotonic() > deadline:
                sys.exit(f'{program} did not make {directory / awaits}')
            time.sleep(0.02)

    def check(self) -> None:
        for process in self._all:
            if process.poll() is not None:
                sys.exit(f'{process.args!r} ended: {process.returncode}')

    def stop(self) -> None:
        for process in reversed(self._all):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start_central(processes: _Processes, underlay: Underlay) -> None:
    directory = underlay.directory
    for name in ('nb', 'sb'):
        database = directory / f'{name}.db'
        programs.run(
            *('ovsdb-tool', 'create', str(database)),
            programs.schema(f'ovn/ovn-{name}'),
        )
        processes.start(
            *('ovsdb-server', str(database)),
            f'--remote=punix:{directory}/{name}.sock',
            f'--unixctl={directory}/{name}.ctl',
            '-vconsole:warn',
            directory=directory,
            awaits=f'{name}.sock',
        )
    processes.start(
        'ovn-northd',
        f'--ovnnb-db={underlay.northbound}',
        f'--ovnsb-db={underlay.southbound}',
        f'--unixctl={directory}/northd.ctl',
        '-vconsole:warn',
        directory=directory,
        awaits='northd.ctl',
    )
    programs.run('ovn-nbctl', f'--db={underlay.northbound}', 'init')


def _start_hypervisor(
    processes: _Processes, underlay: Underlay, number: int
) -> None:
    name = HYPERVISORS[number - 1]
    directory = underlay.directory / name
    directory.mkdir()
    namespace = underlay.namespace(name)

    def configure(*arguments: str) -> None:
        programs.run('ovs-vsctl', f'--db={underlay.switch(name)}', *arguments)

    programs.run(
        *('ovsdb-tool', 'create', str(directory / 'conf.db')),
        programs.schema('openvswitch/vswitch'),
    )
    processes.start(
        *('ovsdb-server', str(directory / 'conf.db')),
        f'--remote=punix:{directory}/db.sock',
        f'--unixctl={directory}/conf.ctl',
        '-vconsole:warn',
        directory=directory,
        namespace=namespace,
        awaits='db.sock',
    )
    address = f'169.254.77.{number}'
    settings = {
        'system-id': name,
        'hostname': name,
        'ovn-remote': underlay.southbound,
        'ovn-encap-type': 'geneve',
        'ovn-encap-ip': address,
        'ovn-bridge-datapath-type': 'netdev',
        'ovn-bridge-mappings': f'{EXTERNAL}:br-ex',
    }
    if number == 1:
        settings['ovn-cms-options'] = 'enable-chassis-as-gw'
    configure('--no-wait', 'init')
    configure(
        *('--no-wait', 'set', 'Open_vSwitch', '.'),
        *(f'external-ids:{k}="{v}"' for k, v in settings.items()),
    )
    processes.start(
        *('ovs-vswitchd', f'unix:{directory}/db.sock'),
        f'--unixctl={directory}/vswitchd.ctl',
        '-vconsole:warn',
        directory=directory,
        namespace=namespace,
        awaits='vswitchd.ctl',
    )
    # In user space the switch itself finds the tunnel's other end, by a
    # bridge that has the address.
    for bridge, interface in (('br-phy', 'phy0'), ('br-ex', 'ext0')):
        configure(
            *('add-br', bridge, '--', 'set', 'bridge', bridge),
            *('datapath_type=netdev', '--', 'add-port', bridge, interface),
        )
        # The kernel answers ARP for its addresses on each interface. A switch
        # that takes that answer for the bridge's sends what is for the other
        # end of the tunnel to nobody.
        ip('link', 'set', interface, 'arp', 'off', namespace=namespace)
    configure('set', 'Interface', 'br-phy', 'mtu_request=2000')
    ip(
        'addr',
        'replace',
        f'{address}/24',
        'dev',
        'br-phy',
        namespace=namespace,
    )
    ip('link', 'set', 'br-phy', 'up', namespace=namespace)
    processes.start(
        *('ovn-controller', f'unix:{directory}/db.sock', '-vconsole:warn'),
        directory=directory,
        namespace=namespace,
        awaits='br-int.mgmt',
    )


def main() -> None:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    directory, number = Path(sys.argv[1]), int(sys.argv[2])
    underlay = Underlay(directory, networks.Names(number))
    processes = _Processes()
    try:
        _start_central(processes, underlay)
        for count in range(1, len(HYPERVISORS) + 1):
            _start_hypervisor(processes, underlay, count)
        (directory / READY).touch()
        while directory.exists():
            processes.check()
            time.sleep(0.5)
    finally:
        processes.stop()


if __name__ == '__main__':
    main()
