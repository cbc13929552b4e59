# SPDX-License-Identifier: Apache-2.0

"""Runs flows without the jobboard."""

from typing import Any

from octavia.common import base_taskflow
from oslo_config import cfg
from taskflow import engines
from taskflow import flow as taskflow_flow
from taskflow.engines import base

CONF = cfg.CONF

#: The amphorae of a pair are built side by side.
_MIN_THREADS = 2


class FlowEngine(base_taskflow.BaseTaskFlowEngine):
    """As Octavia's, but flows that wait for build slots have own threads.

    All flows of a worker share the ``[task_flow] max_workers`` threads of
    Octavia's engine. If builds that wait for a slot had all of them, the
    builds that have the slots could not continue.
    """

    def taskflow_load(
        self, flow: taskflow_flow.Flow, **kwargs: Any
    ) -> base.Engine:
        """Return an engine that is ready to run a flow."""
        if CONF.haproxy_amphora.build_rate_limit == -1:
            return super().taskflow_load(flow, **kwargs)
        engine = engines.load(
            flow,
            engine=CONF.task_flow.engine,
            max_workers=max(_MIN_THREADS, CONF.task_flow.max_workers),
            never_resolve=CONF.task_flow.disable_revert,
            **kwargs,
        )
        engine.compile()
        engine.prepare()
        return engine
