# SPDX-License-Identifier: Apache-2.0

"""Show the machines of a control plane, and have some hang or fail."""

from collections.abc import Sequence
import contextlib
import time

from resize_sandbox import exceptions
from resize_sandbox.capi import config
from resize_sandbox.capi.machines import Fault
from resize_sandbox.state import StateDirectory

#: A fault, and the seconds after which a late machine is ready
Planned = tuple[Fault, float]


def read(text: str) -> Planned:
    """Return what ``hang``, ``fail`` or ``late=20`` means.

    :raises SandboxError: when it is none of these.
    """
    name, _, seconds = text.partition('=')
    with contextlib.suppress(ValueError):
        if bool(seconds) == (name == Fault.LATE):
            return Fault(name), float(seconds or 0)
    raise exceptions.SandboxError(
        f'{text} is nothing that a machine can be made to do: hang, fail or '
        'late=<seconds>.'
    )


def run(
    state: StateDirectory,
    cluster: str,
    planned: Sequence[Planned],
    *,
    last: str | None = None,
    mend: bool = False,
) -> None:
    """Change the machines of a cluster, and print them.

    :param state: of a sandbox that has been started.
    :param cluster: its name.
    :param planned: what the next machines do, each in its turn.
    :param last: what the last machine that is there does from now on.
    :param mend: whether all are ready from now on, before the others.
    :raises SandboxError: when there is no such cluster.
    """
    management_cluster = config.management_cluster(
        state.config_file(config.NAME)
    )
    try:
        with management_cluster.control_plane(cluster) as (change, _):
            if mend:
                change.mend(time.time())
            for fault, seconds in planned:
                change.plan(fault, seconds)
            if last:
                change.break_last(Fault(last))
    except KeyError as error:
        raise exceptions.SandboxError(
            f'The sandbox has no cluster {cluster} on Cluster API: prod is '
            'one, and alt where magnum-cluster-api is installed.'
        ) from error
    with management_cluster.control_plane(cluster) as (_, machines):
        for machine in machines:
            print(f'{machine.name} {machine.describe()}')
