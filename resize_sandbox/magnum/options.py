# SPDX-License-Identifier: Apache-2.0

"""Options of the sandbox in Magnum's configuration."""

from oslo_config import cfg

GROUP = 'resize_sandbox'

_OPTIONS = [
    cfg.StrOpt(
        'orchestrator_database',
        help='The SQLite file in which the pretended orchestrator keeps '
        'the nodes of all nodegroups.',
    ),
    cfg.FloatOpt(
        'resize_seconds',
        default=3.0,
        min=0,
        help='Seconds that the pretended orchestrator takes to reach a '
        'node count.',
    ),
    cfg.StrOpt(
        'clouds_file',
        help="The clouds.yaml that names the tenant whom the sandbox's "
        'clusters belong to.',
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    """Register the options; harmless when they are already registered."""
    conf.register_opts(_OPTIONS, group=GROUP)
