# SPDX-License-Identifier: Apache-2.0
"""Finds, makes and removes the network of a sandbox, whichever it is."""

from collections.abc import Mapping
import contextlib
import hashlib
import ipaddress
from pathlib import Path
import shutil

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.amphora import power
from resize_sandbox.dataplane.bridges import Bridges
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.dataplane.ip import ip
from resize_sandbox.dataplane.ovn.fabric import Ovn
from resize_sandbox.deployment import BRIDGES
from resize_sandbox.deployment import OVN

CLASSES: Mapping[str, type[Fabric]] = {BRIDGES: Bridges, OVN: Ovn}


def exists(directory: Path) -> bool:
    """Return whether a sandbox has a network."""
    return (directory / 'number').exists()


def find(directory: Path) -> Fabric:
    """Return the network of a sandbox.

    :param directory: holds what it remembers.
    """
    return CLASSES[(directory / 'network').read_text()](directory)


def build(directory: Path, network: str) -> Fabric:
    """Make a network; services and seeds come later.

    :param network: ``bridges`` or ``ovn``.
    :raises RuntimeError: when ip fails.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    (directory / 'network').write_text(network)
    (directory / 'number').write_text(str(_free_number(directory)))
    fabric = find(directory)
    fabric.build()
    return fabric


def remove(directory: Path) -> bool:
    """Switch all amphorae off, and remove the network.

    The logs of the amphorae stay until there is a new one.

    :returns: Whether there was one.
    """
    if not exists(directory):
        return False
    fabric = find(directory)
    for server in fabric.cloud.servers():
        fabric.switch_off(server)
    # Octavia may have been killed before the amphora that it started was a
    # server of the cloud.
    power.end(*(directory / 'amphorae').glob('*'))
    fabric.demolish()
    for name in ('cloud.db', 'number', 'network'):
        (directory / name).unlink(missing_ok=True)
    return True


def _free_number(directory: Path) -> int:
    """Choose a number that no sandbox or network of this machine uses."""
    taken = [
        ipaddress.ip_interface(word).network
        for word in ip('-4', '-o', 'addr').split()
        if '/' in word and word[0].isdigit()
    ]
    first = int(hashlib.sha256(bytes(directory)).hexdigest(), 16)
    for offset in range(len(networks.NUMBERS)):
        number = networks.NUMBERS[(first + offset) % len(networks.NUMBERS)]
        subnet = networks.Names(number).management.subnets[0].network
        if not any(subnet.overlaps(other) for other in taken):
            with contextlib.suppress(RuntimeError):
                # A sandbox that was killed has left its name.
                ip('netns', 'pids', networks.Names(number).client)
                continue
            return number
    raise RuntimeError('no range of 100.64.0.0/10 is free on this machine')
