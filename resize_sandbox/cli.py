# SPDX-License-Identifier: Apache-2.0

"""The resize-sandbox command."""

import argparse
from collections.abc import Sequence
import dataclasses
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

from resize_sandbox import exceptions
from resize_sandbox import state
from resize_sandbox import variables
from resize_sandbox.deployment import BRIDGES
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import EMBEDDED
from resize_sandbox.deployment import IDLE
from resize_sandbox.deployment import OVN
from resize_sandbox.deployment import PLAIN
from resize_sandbox.deployment import RESIZE
from resize_sandbox.deployment import SPECIFICATION
from resize_sandbox.deployment import Options
from resize_sandbox.sandbox import Sandbox

_INTERRUPTED = 130
#: More than one client can send
_MOST_REQUESTS = 1000


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _sandbox(arguments: argparse.Namespace) -> Sandbox:
    return Sandbox(arguments.state_dir, report=_say)


def _up(arguments: argparse.Namespace) -> int:
    last = _sandbox(arguments).options
    chosen = arguments.profile or last.profile
    if arguments.jobboard and chosen != DISTRIBUTED:
        raise exceptions.SandboxError(
            'Only the distributed profile has a jobboard: use '
            '--profile distributed --jobboard.'
        )
    octavia = arguments.octavia
    if octavia is None:
        octavia = last.octavia
    if octavia != RESIZE and chosen == DISTRIBUTED:
        raise exceptions.SandboxError(
            f'The distributed profile always has an Octavia that resizes: '
            f'use --profile {EMBEDDED} --octavia {octavia}, or --octavia '
            f'{RESIZE}.'
        )
    jobboard = arguments.jobboard
    if jobboard is None:
        jobboard = last.jobboard and chosen == DISTRIBUTED
    traffic = arguments.traffic
    if traffic is None:
        traffic = last.traffic
    heat = arguments.heat
    if heat is None:
        heat = last.heat and chosen != DISTRIBUTED
    if heat and chosen == DISTRIBUTED:
        raise exceptions.SandboxError(
            'The distributed profile has no Heat: use --heat without '
            '--profile distributed.'
        )
    can_have_barbican = chosen == EMBEDDED and not traffic
    barbican = arguments.barbican
    if barbican is None:
        barbican = last.barbican and can_have_barbican
    if barbican and not can_have_barbican:
        raise exceptions.SandboxError(
            'Only the embedded profile without traffic has a Barbican: use '
            f'--profile {EMBEDDED} --no-traffic --barbican.'
        )
    network = arguments.network or last.network
    if arguments.distributed_floating_ips and network != OVN:
        raise exceptions.SandboxError(
            'Only OVN has floating IPs: use --traffic --network ovn '
            '--distributed-floating-ips.'
        )
    sandbox = Sandbox(
        arguments.state_dir,
        options=Options(
            profile=chosen,
            jobboard=jobboard,
            octavia=octavia,
            barbican=barbican,
            cluster_resize_seconds=arguments.cluster_resize_seconds,
            traffic=traffic,
            network=network,
            distributed_floating_ips=arguments.distributed_floating_ips,
            boot_seconds=arguments.boot_seconds,
            delete_seconds=arguments.delete_seconds,
            heat=heat,
        ),
        report=_say,
    )
    sandbox.up()
    _say(
        'The sandbox is running. To use it, evaluate the lines below, as '
        'eval "$(resize-sandbox up)" does. To stop it: resize-sandbox down'
    )
    print('\n'.join(variables.shell_lines(sandbox.environment)))
    return 0


def _down(arguments: argparse.Namespace) -> int:
    sandbox = _sandbox(arguments)
    sandbox.down()
    _say(f'The sandbox in {sandbox.state.root} is stopped.')
    return 0


def _status(arguments: argparse.Namespace) -> int:
    statuses = _sandbox(arguments).status()
    if arguments.format == 'json':
        print(json.dumps([dataclasses.asdict(s) for s in statuses], indent=2))
    else:
        width = max(len(status.name) for status in statuses)
        for status in statuses:
            print(
                f'{status.name:<{width}} {status.state:<14} '
                f'{status.pid or "-":<8} {status.url or "-"}'
            )
    return 0 if all(status.running for status in statuses) else 1


def _logs(arguments: argparse.Namespace) -> int:
    sandbox = _sandbox(arguments)
    names = [arguments.service] if arguments.service else sandbox.services
    files = [str(sandbox.log_file(name)) for name in names]
    # tail knows how to follow several files and to head each one.
    command = ['tail', '-n', str(arguments.lines)]
    if arguments.follow:
        command.append('-F')
    return subprocess.run([*command, *files], check=False).returncode


def _traffic(arguments: argparse.Namespace) -> int:
    from resize_sandbox.dataplane.traffic import command

    return command.main(
        _sandbox(arguments).state,
        arguments.load_balancer,
        arguments.command,
        arguments.json,
        arguments.plot,
        arguments.requests_per_second,
    )


def _machines(arguments: argparse.Namespace) -> int:
    from resize_sandbox.capi import command

    command.run(
        _sandbox(arguments).state,
        arguments.cluster,
        [command.read(text) for text in arguments.next],
        last=arguments.last,
        mend=arguments.mend,
    )
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from resize_sandbox import demo

    return demo.run(arguments.state_dir, traffic=arguments.traffic)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='resize-sandbox',
        description='A private Keystone, Octavia and Magnum on this machine, '
        'to try resizing load balancers and control planes.',
    )
    commands = parser.add_subparsers(
        metavar='<command>', required=True, title='commands'
    )

    def add(
        name: str,
        function: Any,
        text: str,
        directory: str = f'${state.ENVIRONMENT_VARIABLE}, or .sandbox',
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        command.add_argument(
            '--state-dir',
            metavar='<directory>',
            help='the directory that holds everything the sandbox writes '
            f'(default: {directory})',
        )
        return command

    up = add('up', _up, 'Start the sandbox in the background.')
    defaults = Options()
    up.add_argument(
        '--profile',
        choices=[EMBEDDED, DISTRIBUTED],
        help='embedded: each service in one process, with SQLite. '
        'distributed: with MariaDB and RabbitMQ, and several processes of '
        "Octavia's services; it needs Debian packages, and names those that "
        'are missing (default: that of the state directory, or embedded)',
    )
    up.add_argument(
        '--jobboard',
        action=argparse.BooleanOptionalAction,
        help="let Octavia's workers take over one another's flows, by a "
        'jobboard in Redis; with the distributed profile (default: as at '
        'the last start in the state directory, or without)',
    )
    up.add_argument(
        '--traffic',
        action=argparse.BooleanOptionalAction,
        help='boot real amphorae, made of namespaces, which carry traffic; '
        'only root can. Their load balancers are there until "down" '
        '(default: as at the last start in the state directory, or without)',
    )
    up.add_argument(
        '--network',
        choices=[BRIDGES, OVN],
        help='what connects amphorae that carry traffic: bridges, which are '
        'there at once, or OVN with Neutron, as in clouds (default: as at the '
        'last start in the state directory, or bridges)',
    )
    up.add_argument(
        '--distributed-floating-ips',
        action='store_true',
        help='have a floating IP where its VIP is, and not on the gateway; '
        'with --network ovn',
    )
    for name, what in (
        ('boot', 'more that an amphora that carries traffic takes to boot'),
        ('delete', 'that the deletion of its server, or of its port, takes'),
    ):
        up.add_argument(
            f'--{name}-seconds',
            metavar='<seconds>',
            type=_seconds,
            default=0.0,
            help=f'seconds {what} (default: %(default)s)',
        )
    up.add_argument(
        '--heat',
        action=argparse.BooleanOptionalAction,
        help='start a Heat, too, whose stacks resize in place; not with the '
        'distributed profile (default: as at the last start in the state '
        'directory, or without)',
    )
    up.add_argument(
        '--octavia',
        choices=[RESIZE, PLAIN, SPECIFICATION, IDLE],
        help='resize: with octavia_resize. plain: as released, without '
        'resize. specification: as released, and the one request that the '
        'specification has. idle: the same, but no resize that is accepted '
        'ever begins. All but the first with the embedded profile (default: '
        'as at the last start in the state directory, or resize)',
    )
    up.add_argument(
        '--barbican',
        action=argparse.BooleanOptionalAction,
        help='keep the TLS secrets of load balancers in a Barbican; with the '
        'embedded profile and without traffic (default: as at the last start '
        'in the state directory, or without)',
    )
    up.add_argument(
        '--cluster-resize-seconds',
        metavar='<seconds>',
        type=_seconds,
        default=defaults.cluster_resize_seconds,
        help='seconds that a cluster takes to resize (default: %(default)s)',
    )
    add('down', _down, 'Stop the sandbox; its data is kept.')
    status = add(
        'status', _status, 'Show the services; exit 0 if all are running.'
    )
    status.add_argument(
        '-f',
        '--format',
        choices=['table', 'json'],
        default='table',
        help='(default: %(default)s)',
    )
    logs = add('logs', _logs, 'Show the end of the logs.')
    logs.add_argument(
        'service',
        metavar='<service>',
        nargs='?',
        help='keystone, octavia, magnum or another that "status" shows '
        '(default: all)',
    )
    logs.add_argument(
        '-n',
        '--lines',
        type=int,
        default=20,
        metavar='<number>',
        help='lines of each log (default: %(default)s)',
    )
    logs.add_argument(
        '-f', '--follow', action='store_true', help='wait for more lines'
    )
    traffic = add(
        'traffic',
        _traffic,
        'Send requests to a load balancer while a command runs, and report '
        'what clients have seen. The sandbox must have been started with '
        '--traffic.',
    )
    traffic.add_argument(
        '--json',
        action='store_true',
        help='print one JSON object instead of a table',
    )
    traffic.add_argument(
        '--plot',
        metavar='<file>',
        type=Path,
        help='draw who answered when, what failed, and the phases of a '
        'resize, as an SVG document',
    )
    traffic.add_argument(
        '--requests-per-second',
        metavar='<number>',
        type=_rate,
        help='how many of the requests have a connection of their own '
        '(default: 200, with --network ovn 50)',
    )
    traffic.add_argument(
        'load_balancer',
        metavar='<load-balancer>',
        help='name or ID of a load balancer of the sandbox',
    )
    traffic.add_argument(
        'command',
        metavar='<command>',
        nargs=argparse.REMAINDER,
        help='what to run meanwhile, with its arguments, after "--" if you '
        'like (default: send requests until Ctrl-C)',
    )
    machines = add(
        'machines',
        _machines,
        'Show the machines of the control plane of a cluster on Cluster API, '
        'and have some hang or fail.',
    )
    machines.add_argument('cluster', metavar='<cluster>', help='prod, or alt')
    machines.add_argument(
        '--next',
        metavar='<fault>',
        action='append',
        default=[],
        help='what the next machine does: hang (it gets no node), fail (its '
        'member of etcd does not work) or late=<seconds>; repeat for those '
        'after it',
    )
    machines.add_argument(
        '--last',
        choices=['hang', 'fail'],
        help='have the last machine that is there be no longer ready',
    )
    machines.add_argument(
        '--mend', action='store_true', help='have all machines be ready'
    )
    demo = add(
        'demo',
        _demo,
        'Start a sandbox, resize two load balancers and a control plane, '
        'and stop it.',
        'a new one in the current directory, which is deleted when all went '
        'well',
    )
    demo.add_argument(
        '--traffic',
        action='store_true',
        help='show what clients see of each resize; only root can',
    )
    return parser


def _rate(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _MOST_REQUESTS:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number from 1 to {_MOST_REQUESTS}'
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text} is not a duration')
    return value


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: its arguments; None for those of the process.
    :returns: the exit status: 0 done, 1 failed, 2 wrong arguments, 130
        interrupted.
    """
    arguments = _parser().parse_args(argv)
    variables.exempt_loopback(os.environ)
    # A SIGTERM cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        result: int = arguments.function(arguments)
    except exceptions.SandboxError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say('Interrupted.')
        return _INTERRUPTED
    return result
