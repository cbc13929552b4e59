# SPDX-License-Identifier: Apache-2.0


"""What one worker runs, and the signs of life that it gives for that."""

from collections.abc import Iterator
import contextlib
import threading

from oslo_config import cfg
from oslo_utils import uuidutils
from sqlalchemy import orm

from octavia_resize.lifecycle import ownership

CONF = cfg.CONF


class Claims:
    """The resizes that a worker owns, as far as the worker knows."""

    def __init__(self) -> None:
        self._held: set[ownership.Claim] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    @staticmethod
    def make_owner() -> str:
        """Return a name that nobody else has, and that tells the host."""
        return f'{CONF.host[:200]}/{uuidutils.generate_uuid()}'

    @contextlib.contextmanager
    def keep_alive(self, claim: ownership.Claim) -> Iterator[None]:
        """Give signs of life for a resize, meanwhile."""
        with self._lock:
            self._held.add(claim)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(claim)

    def close(self) -> None:
        """Begin nothing any more; what has begun is still seen to."""
        self._is_closed = True

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def get_resize_ids(self) -> set[str]:
        """Return the IDs of the resizes that this worker sees to."""
        with self._lock:
            return {claim.resize_id for claim in self._held}

    def beat(self, session: orm.Session) -> None:
        """Write a sign of life for each resize."""
        with self._lock:
            owners = {claim.owner for claim in self._held if claim.owner}
        if owners:
            ownership.beat(session, owners)
