# SPDX-License-Identifier: Apache-2.0

"""The commands on each kind of Octavia, as the contributor docs have it.

Each row of the table is run, in the order of the table, on two load balancers
of the test's own: web has flavor small at first, and shop has flavor large.
"""

from collections.abc import Callable
import csv
import functools
from pathlib import Path
import shlex
import time
from typing import Any

import yaml

from resize_sandbox.sandbox import Sandbox
from tests.functional import base
from tests.functional import load_balancer
from tests.functional import shared_sandbox

_TABLE = Path(__file__).parents[3] / 'doc/source/contributor/services.csv'

_TIMEOUT_SECONDS = 90

_CLOUDS = {'member': base.MEMBER, 'reader': base.READER, 'admin': base.ADMIN}


@functools.cache
def _administrators_only() -> Sandbox:
    sandbox = shared_sandbox.running(
        'octavia-administrators', '--octavia', 'specification'
    )
    rule = 'os_load-balancer_api:loadbalancer:put_resize'
    (sandbox.state.etc / 'octavia-policy.yaml').write_text(
        yaml.safe_dump({rule: 'rule:load-balancer:admin'})
    )
    return sandbox


_SANDBOXES: dict[str, Callable[[], Sandbox]] = {
    'plain': lambda: shared_sandbox.with_octavia('plain'),
    'specification': lambda: shared_sandbox.with_octavia('specification'),
    'specification, administrators only': _administrators_only,
    'idle': lambda: shared_sandbox.with_octavia('idle'),
    'resize': shared_sandbox.shared,
}


class TestCase(load_balancer.TestCase):
    octavia: str

    def find_sandbox(self) -> Sandbox:
        return _SANDBOXES[self.octavia]()

    def run_rows(self) -> None:
        """Run the rows of the table for one kind of Octavia."""
        self.lbs = {
            name: self.create_load_balancer(flavor, children=False)
            for name, flavor in (('web', 'small'), ('shop', 'large'))
        }
        names = {name: str(lb.name) for name, lb in self.lbs.items()}
        with _TABLE.open() as file:
            rows = [
                row
                for row in csv.DictReader(file)
                if row['Octavia'] == self.octavia
            ]
        self.assertNotEqual([], rows)
        for row in rows:
            words = shlex.split(row['openstack loadbalancer'])
            self._check(row, [names.get(word, word) for word in words])

    def _check(self, row: dict[str, str], words: list[str]) -> None:
        finished = self.run_openstack(
            'loadbalancer',
            *words,
            *('-f', 'json'),
            cloud=_CLOUDS[row['Who']],
        )
        shown = f'{row}: {finished}'
        self.assertEqual(int(row['Exit status']), finished.status, shown)
        self.assertEqual(row['Result'], _result(words, finished), shown)
        self.assertIn(row['Message'], finished.stderr, shown)
        if row['Octavia'] != 'resize':
            # No command is printed that this cloud doesn't have.
            for verb in ('resize show', 'resize cancel', 'rebuild'):
                self.assertNotIn(
                    f'loadbalancer {verb} ', finished.stderr, shown
                )


class _Rows:
    def test_rows(self) -> None:
        self.run_rows()


def _result(words: list[str], finished: Any) -> str:
    """Return what a command has printed as its result."""
    if not finished.stdout:
        return ''
    data = finished.data
    if isinstance(data, dict):
        return str(data['state'])
    if 'list' in words:
        return ', '.join(sorted({row['state'] for row in data}))
    if '--dry-run' in words:
        data = [row for row in data if row['subject'] == 'service']
    return ', '.join(row['result'] for row in data)


class TestPlain(_Rows, TestCase):
    octavia = 'plain'

    def test_rows(self) -> None:
        """Its DELETE of a resize would delete the load balancer."""
        super().test_rows()
        for name, flavor in (('web', 'small'), ('shop', 'large')):
            found = self.wait_for(self.lbs[name].id, 'ACTIVE')
            self.assertEqual(self.flavors[flavor], found.flavor_id)


class TestSpecification(_Rows, TestCase):
    octavia = 'specification'

    def test_same_command_while_it_is_in_progress(self) -> None:
        lb = self.create_load_balancer('small', children=False)
        to_large, to_slow = (
            ('loadbalancer', 'resize', '-f', 'json', '--flavor', flavor, name)
            for name in (str(lb.name),)
            for flavor in ('large', 'slow')
        )
        with self.find_sandbox().state.hold_builds(lb.id):
            self.start_resize(lb, 'large')
            refused = self.run_openstack(*to_large)
            waiting = [
                self.start_openstack(*to, '--wait')
                for to in (to_large, to_slow)
            ]
            while any(
                each.runs and 'may be this resize: waiting' not in each.stderr
                for each in waiting
            ):
                time.sleep(0.1)
        resized, other = (each.wait(_TIMEOUT_SECONDS) for each in waiting)
        for finished, status, result, message in (
            (refused, 1, 'refused', 'which may be this resize. Run the same'),
            (resized, 0, 'resized', 'To undo: '),
            (other, 1, 'refused', 'in progress was another one'),
        ):
            self.assertEqual(
                (status, result), (finished.status, _result([], finished))
            )
            self.assertIn(message, finished.stderr)


class TestAdministratorsOnly(_Rows, TestCase):
    octavia = 'specification, administrators only'


class TestIdle(_Rows, TestCase):
    octavia = 'idle'


class TestResize(_Rows, TestCase):
    octavia = 'resize'
