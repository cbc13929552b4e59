# SPDX-License-Identifier: Apache-2.0

"""The guides name the releases of Magnum that the client names."""

from pathlib import Path
import re

import testtools

from resize_client.sdk.container_infra import control_plane

_ROOT = Path(__file__).parents[4]
_RELEASE = re.compile(r'Magnum\s+(\d+\s+\(\d{4}\.\d\))')


class TestFirstMagnum(testtools.TestCase):
    def test_documents(self) -> None:
        documents = [
            _ROOT / 'README.rst',
            *(_ROOT / 'doc' / 'source').rglob('*.rst'),
        ]
        named = {
            ' '.join(release.split())
            for document in documents
            for release in _RELEASE.findall(document.read_text())
        }
        self.assertEqual({control_plane.FIRST_MAGNUM}, named)
