# SPDX-License-Identifier: Apache-2.0
"""The phases of a load balancer's resize, polled while it runs."""

from collections.abc import Iterator
import contextlib
import dataclasses
import threading
import time

from keystoneauth1 import exceptions as keystoneauth_exceptions
from openstack import exceptions as sdk_exceptions

from resize_client.sdk import connection
from resize_client.sdk.load_balancer import resize
from resize_sandbox import clouds
from resize_sandbox.seeds import identity
from resize_sandbox.state import StateDirectory

_EACH_SECONDS = 0.1
_FAILURES = (
    sdk_exceptions.SDKException,
    keystoneauth_exceptions.ClientException,
)


@dataclasses.dataclass
class Phase:
    """A stretch of time in which a resize did one thing."""

    name: str
    #: Seconds since the epoch.
    began: float
    ended: float


@contextlib.contextmanager
def watch(
    state: StateDirectory, load_balancer_id: str
) -> Iterator[list[Phase]]:
    """Note the phases of resizes, in a thread of its own.

    A failover is no resize, and has none.

    :returns: what was seen so far; complete after the context's end.
    """
    seen: list[Phase] = []
    done = threading.Event()

    def poll() -> None:
        with identity.connect(state, clouds.ADMIN_CLOUD) as admin:
            extended = connection.extend(admin)
            while not done.wait(_EACH_SECONDS):
                # While the API is away, nobody knows.
                with contextlib.suppress(*_FAILURES):
                    note(seen, _get(extended, load_balancer_id), time.time())

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def note(seen: list[Phase], name: str | None, now: float) -> None:
    """Add what a resize does now to what it did before.

    :param name: the phase; None for none.
    :param now: seconds since the epoch.
    """
    last = seen[-1] if seen else None
    if last and last.ended == float('inf'):
        if last.name == name:
            return
        last.ended = now
    if name:
        seen.append(Phase(name, now, float('inf')))


def _get(
    admin: connection.ResizeConnection, load_balancer_id: str
) -> str | None:
    found = admin.load_balancer.get_load_balancer_resize(load_balancer_id)
    if found is None or found.state not in resize.UNFINISHED:
        return None
    return found.phase or found.state.lower()
