# SPDX-License-Identifier: Apache-2.0

"""Options of the group [octavia_resize] in octavia.conf."""

from oslo_config import cfg

GROUP = 'octavia_resize'

#: Values of build_together.
TOGETHER = 'true'
ONE_BY_ONE = 'false'
AUTO = 'auto'

resize_opts = [
    cfg.StrOpt(
        'topic',
        default='octavia_resize_v1',
        help='Message bus topic on which octavia-resize-worker listens. '
        'It is a topic of its own, so that an unmodified octavia-worker '
        'never receives a message that it does not know.',
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
        help='How often the API repeats the attempt to hand a resize to the '
        'message bus before it answers with an error and leaves the load '
        'balancer as it was, and the worker that to send a notification, '
        'before it goes on without.',
    ),
    cfg.IntOpt(
        'heartbeat_interval',
        default=10,
        min=1,
        help='Seconds between two signs of life that a worker writes to the '
        'database for each resize that it runs.',
    ),
    cfg.IntOpt(
        'abandoned_after',
        default=60,
        min=2,
        help='Seconds without a sign of life after which another worker '
        'takes care of a resize: it starts one whose message was lost, goes '
        'on with one whose new amphorae are all built, and takes back one '
        'that was still building. With the jobboard on, it waits for the job '
        'first. At least three times heartbeat_interval.',
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
        'are built at once, which needs room for two more servers: four '
        'different hosts, where the server group has the policy '
        'anti-affinity.',
    ),
    cfg.StrOpt(
        'jobboard_namespace',
        default='octavia_resize_jobboard',
        help='Jobboard that the workers share, used instead of [task_flow] '
        'jobboard_backend_namespace. It is one of their own, so that an '
        'octavia-worker never loads a flow that it does not know.',
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
    """Check what only fits together, as a worker needs it.

    :raises ValueError: A worker that is alive could be taken for gone.
    """
    group = conf[GROUP]
    if group.abandoned_after < 3 * group.heartbeat_interval:
        raise ValueError(
            f'[{GROUP}] abandoned_after is {group.abandoned_after}, and must '
            'be at least three times heartbeat_interval, which is '
            f'{group.heartbeat_interval}: a worker that is late once would be '
            'taken for gone.'
        )


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options for oslo.config's sample generator."""
    return [(GROUP, resize_opts)]
