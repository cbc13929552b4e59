# SPDX-License-Identifier: Apache-2.0

"""Options of the sandbox in Octavia's configuration."""

from oslo_config import cfg

from resize_sandbox import deployment

GROUP = 'resize_sandbox'

_OPTIONS = [
    cfg.StrOpt(
        'cloud_database',
        help='The SQLite file that holds the servers and ports which the '
        "sandbox's compute and network drivers pretend to have made.",
    ),
    cfg.StrOpt(
        'holds',
        help='The directory with a file for each step, whose lock keeps the '
        'compute and network drivers from that step.',
    ),
    cfg.StrOpt(
        'dataplane_directory',
        help='Where the data plane of a sandbox with traffic keeps its '
        'servers and ports.',
    ),
    cfg.FloatOpt(
        'boot_seconds',
        default=0.0,
        help='Seconds that an amphora with traffic takes to boot, besides '
        'what it takes by itself.',
    ),
    cfg.FloatOpt(
        'delete_seconds',
        default=0.0,
        help='Seconds that the deletion of a server or port takes, with '
        'traffic.',
    ),
    cfg.StrOpt(
        'octavia',
        default=deployment.RESIZE,
        choices=[
            deployment.RESIZE,
            deployment.PLAIN,
            deployment.SPECIFICATION,
            deployment.IDLE,
        ],
        help='Which Octavia to run.',
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register the options; harmless when they are already registered."""
    conf.register_opts(_OPTIONS, group=GROUP)
