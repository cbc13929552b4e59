# SPDX-License-Identifier: Apache-2.0

"""Images of amphorae, of which the newest is used.

Octavia's noop image driver has one image, and no amphora is ever outdated.
"""

import time
import uuid

from octavia.image.drivers.noop_driver import driver as noop
import sqlalchemy

from resize_sandbox import database
from resize_sandbox.octavia import network

_METADATA = sqlalchemy.MetaData()
_IMAGES = sqlalchemy.Table(
    'images',
    _METADATA,
    sqlalchemy.Column('id', sqlalchemy.String(36), primary_key=True),
    sqlalchemy.Column('tag', sqlalchemy.String(255)),
    sqlalchemy.Column('created_at', sqlalchemy.Float, nullable=False),
)


class Images:
    """The images of the pretended cloud."""

    def __init__(self) -> None:
        self._engine = network.create_engine()
        database.create_tables(self._engine, _METADATA)

    def publish(self, tag: str) -> str:
        """Add an image, which is the newest with its tag.

        :returns: The image's ID.
        """
        image_id = str(uuid.uuid4())
        with self._engine.begin() as connection:
            connection.execute(
                _IMAGES.insert().values(
                    id=image_id, tag=tag, created_at=time.time()
                )
            )
        return image_id

    def get_newest(self, tag: str) -> str:
        """Return the ID of the newest image with a tag.

        There is always one: the first has an ID that comes from the tag.
        """
        newest = (
            sqlalchemy.select(_IMAGES.c.id)
            .where(_IMAGES.c.tag == tag)
            .order_by(_IMAGES.c.created_at.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(newest)
        return found or str(uuid.uuid5(uuid.NAMESPACE_DNS, tag))


def install() -> None:
    """Have Octavia's noop image driver choose the newest image.

    Octavia takes no image driver but its own two.
    """

    def get_image_id_by_tag(
        _driver: noop.NoopImageDriver,
        image_tag: str,
        image_owner: str | None = None,
    ) -> str:
        return Images().get_newest(image_tag)

    noop.NoopImageDriver.get_image_id_by_tag = get_image_id_by_tag


def get_image_id(tag: str | None) -> str:
    """Return the ID of the image that a server with a tag is built from."""
    return str(noop.NoopImageDriver().get_image_id_by_tag(tag or ''))
