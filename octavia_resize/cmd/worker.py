# SPDX-License-Identifier: Apache-2.0

"""Entry point of octavia-resize-worker."""

import multiprocessing
import sys

import cotyledon
from cotyledon import oslo_config_glue
from octavia import version
from octavia.common import service
from oslo_config import cfg
from oslo_reports import guru_meditation_report as gmr
from oslo_reports import opts as gmr_opts

from octavia_resize import opts
from octavia_resize.worker import consumer

CONF = cfg.CONF

_OTHER_SECONDS = 300


def main() -> None:
    """Run the worker until it gets SIGTERM."""
    opts.register_opts(CONF)
    service.prepare_service(sys.argv)
    try:
        opts.check(CONF)
    except ValueError as e:
        sys.exit(f'octavia-resize-worker: {e}')
    gmr_opts.set_defaults(CONF)
    gmr.TextGuruMeditation.setup_autorun(version, conf=CONF)
    CONF.set_override(
        'jobboard_backend_namespace',
        CONF.octavia_resize.jobboard_namespace,
        group='task_flow',
    )
    # The Cotyledon of Octavia 17 takes no context as an argument.
    multiprocessing.set_start_method('fork')
    manager = cotyledon.ServiceManager()
    manager.add(
        consumer.ConsumerService,
        workers=CONF.octavia_resize.workers,
        args=(CONF,),
    )
    CONF.register_opts(oslo_config_glue.service_opts)
    CONF.set_default('graceful_shutdown_timeout', _get_shutdown_timeout())
    oslo_config_glue.setup(manager, CONF, reload_method='mutate')
    manager.run()


def _get_shutdown_timeout() -> int:
    """Return the seconds within which a running resize ends.

    They are the seconds that Octavia waits for the server of an amphora and
    for its agent, and some for the other steps.
    """
    worker, agent = CONF.controller_worker, CONF.haproxy_amphora
    return int(
        worker.amp_active_retries * worker.amp_active_wait_sec
        + agent.connection_max_retries * agent.connection_retry_interval
        + _OTHER_SECONDS
    )
