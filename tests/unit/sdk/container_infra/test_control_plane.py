# SPDX-License-Identifier: Apache-2.0

import testtools

from resize_client.sdk.container_infra import control_plane


class TestControlPlane(testtools.TestCase):
    def test_valid_sizes(self) -> None:
        self.assertEqual(
            [1, 3, 5, 7, 9],
            [n for n in range(-3, 10) if control_plane.is_valid_size(n)],
        )

    def test_failure_tolerance(self) -> None:
        for node_count, tolerance in (
            (1, 0),
            (2, 0),
            (3, 1),
            (4, 1),
            (5, 2),
            (7, 3),
            (9, 4),
        ):
            self.assertEqual(
                tolerance, control_plane.failure_tolerance(node_count)
            )

    def test_is_risky(self) -> None:
        for before, after, risky in (
            (3, 1, True),
            (5, 3, False),
            (5, 1, True),
            (7, 3, True),
            (9, 5, False),
            (2, 1, True),
            (4, 3, False),
            (1, 3, False),
        ):
            self.assertEqual(risky, control_plane.is_risky(before, after))

    def test_steps(self) -> None:
        for before, after, steps in (
            (7, 1, [5, 3, 1]),
            (7, 3, [5, 3]),
            (9, 5, [5]),
            (9, 1, [5, 3, 1]),
            (5, 3, [3]),
            (3, 1, [1]),
            (2, 1, [1]),
            (4, 1, [3, 1]),
            (1, 5, [5]),
            (3, 3, []),
        ):
            self.assertEqual(steps, control_plane.steps(before, after))
