# SPDX-License-Identifier: Apache-2.0


"""The resizes that one worker runs, and their heartbeats."""

from collections.abc import Iterator
import contextlib
import threading

from oslo_config import cfg
from oslo_utils import uuidutils
from sqlalchemy import orm

from octavia_resize.lifecycle import ownership

CONF = cfg.CONF


class Claims:
    """The resizes that a worker takes itself for the owner of."""

    def __init__(self) -> None:
        self._alive: set[ownership.Claim] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    @staticmethod
    def make_owner() -> str:
        """Return a unique name, which begins with that of the host."""
        return f'{CONF.host[:200]}/{uuidutils.generate_uuid()}'

    @contextlib.contextmanager
    def keep_alive(self, claim: ownership.Claim) -> Iterator[None]:
        """Write heartbeats for a resize while the context is open."""
        with self._lock:
            self._alive.add(claim)
        try:
            yield
        finally:
            with self._lock:
                self._alive.discard(claim)

    def close(self) -> None:
        """Begin no more resizes; those that run continue."""
        self._is_closed = True

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def get_resize_ids(self) -> set[str]:
        """Return the IDs of the resizes that this worker runs."""
        with self._lock:
            return {claim.resize_id for claim in self._alive}

    def beat(self, session: orm.Session) -> None:
        """Write a heartbeat for each resize.

        Without any resize this is a write, too: a worker that cannot write
        must not count the heartbeats of others as missing.
        """
        with self._lock:
            owners = {claim.owner for claim in self._alive if claim.owner}
        ownership.beat(session, owners)
