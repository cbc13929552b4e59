# SPDX-License-Identifier: Apache-2.0

"""Options of the group [octavia_resize] in octavia.conf."""

from oslo_config import cfg

GROUP = 'octavia_resize'

#: Values of build_together.
TOGETHER = 'true'
ONE_BY_ONE = 'false'
AUTO = 'auto'

MAX_DRAIN_SECONDS = 300

resize_opts = [
    cfg.StrOpt(
        'topic',
        default='octavia_resize_v1',
        help='Message bus topic on which octavia-resize-worker listens. '
        'The topic must not be that of octavia-worker, which drops messages '
        'about resizes.',
    ),
    cfg.IntOpt(
        'workers',
        default=1,
        min=1,
        help='Number of processes that octavia-resize-worker starts.',
    ),
    cfg.IntOpt(
        'send_retries',
        default=2,
        min=0,
        help='How often a message is retried. After the last retry the API '
        'answers the request with an error, and changes nothing. A '
        'notification of the worker is dropped.',
    ),
    cfg.IntOpt(
        'heartbeat_interval',
        default=10,
        min=1,
        help='Seconds between two heartbeats that a worker writes to the '
        'database for each resize that the worker runs.',
    ),
    cfg.IntOpt(
        'abandoned_after',
        default=60,
        min=2,
        help='Seconds without a heartbeat after which another worker takes '
        'over a resize. A resize whose message was lost is started. A resize '
        'whose new amphorae are all built continues. A resize that was still '
        'building is rolled back. With the jobboard on, the worker first '
        'waits for the job. At least three times heartbeat_interval.',
    ),
    cfg.StrOpt(
        'build_together',
        default=TOGETHER,
        ignore_case=True,
        choices=[
            (TOGETHER, 'Both at once, beside the two old ones.'),
            (
                ONE_BY_ONE,
                'The old standby is deleted between the two builds, and the '
                'old master serves alone until the second new amphora is '
                'there.',
            ),
            (
                AUTO,
                'Both at once; if the compute service cannot provide both, '
                'one after the other.',
            ),
        ],
        help='Whether both new amphorae of an ACTIVE_STANDBY load balancer '
        'are built at once. That needs room for two more servers; with the '
        'server group policy anti-affinity it needs four hosts.',
    ),
    cfg.IntOpt(
        'drain_seconds',
        default=5,
        min=0,
        max=MAX_DRAIN_SECONDS,
        help='Seconds in which the old amphorae of a load balancer close the '
        'connections that clients keep, before the new amphorae take over: '
        'clients of HTTP send their next request on another connection, so '
        'that none is lost. 0 moves the VIP at once. A resize request may '
        'have another number.',
    ),
    cfg.IntOpt(
        'max_drain_seconds',
        default=MAX_DRAIN_SECONDS,
        min=0,
        max=MAX_DRAIN_SECONDS,
        help='The highest drain_seconds that a resize request may have.',
    ),
    cfg.StrOpt(
        'jobboard_namespace',
        default='octavia_resize_jobboard',
        help='Jobboard that the workers share, used instead of [task_flow] '
        'jobboard_backend_namespace. An octavia-worker must not share the '
        'jobboard: it does not know the flows of a resize.',
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options on a configuration; may be called again."""
    conf.register_opts(resize_opts, group=GROUP)


def get_build_together(conf: cfg.ConfigOpts) -> str:
    """Return the value of build_together, in small letters."""
    value: str = conf[GROUP].build_together
    return value.lower()


def check(conf: cfg.ConfigOpts) -> None:
    """Check the options that depend on each other.

    :raises ValueError: Another worker could take over a resize whose worker
        is alive.
    """
    group = conf[GROUP]
    if group.abandoned_after < 3 * group.heartbeat_interval:
        raise ValueError(
            f'[{GROUP}] abandoned_after is {group.abandoned_after}, and must '
            'be at least three times heartbeat_interval, which is '
            f'{group.heartbeat_interval}: else one late heartbeat would be '
            'enough for another worker to take over the resize.'
        )


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options for oslo.config's sample generator."""
    return [(GROUP, resize_opts)]
