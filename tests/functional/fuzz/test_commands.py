# SPDX-License-Identifier: Apache-2.0

"""Random command lines: a clear line, exit status 1 or 2, and no change."""

import os
import re

import hypothesis
from hypothesis import strategies as st

from tests.functional import base as functional
from tests.functional import openstack_command
from tests.functional import shared_sandbox
from tests.functional.fuzz import base

_TIMEOUT_SECONDS = 90

#: What is not for people.
_NOISE = re.compile(
    r'Traceback|Exception|Error:|object at 0x|<class |<html|NoneType'
)

_ASCII = st.characters(min_codepoint=32, max_codepoint=126)


def _names() -> st.SearchStrategy[str]:
    """Names that no load balancer, cluster or flavor has."""
    return st.one_of(
        st.text(_ASCII, max_size=30),
        # No argument of a program holds a zero byte.
        st.text(
            st.characters(exclude_characters='\0', codec='utf-8'), max_size=30
        ),
        st.text(_ASCII, min_size=1, max_size=20).map(lambda text: f'-{text}'),
        st.text(_ASCII, min_size=1, max_size=20).map(lambda text: f'--{text}'),
        st.text(_ASCII, min_size=255, max_size=255),
        st.uuids().map(str),
        # Bytes that are no UTF-8, as the shell hands them over.
        st.binary(min_size=1, max_size=20).map(
            lambda raw: os.fsdecode(raw.replace(b'\0', b'?'))
        ),
        st.sampled_from(
            [
                *('', ' ', '.', '..', '/', '../v2', 'a/b', '?x=1', '#', '%00'),
                *('💥', 'ＷＥＢ', 'web ', ' web', '\n', 'a\nb', '\x1b[31m'),
                *('0', '-1', 'None', 'null', '*', 'x' * 255, 'ü' * 255),
                # IDs of other things.
                *('id:small', 'id:project', 'id:listener', 'id:cluster'),
            ]
        ),
    )


def _counts() -> st.SearchStrategy[str]:
    """Node counts that no control plane can have."""
    return st.one_of(
        st.integers(max_value=0).map(str),
        st.integers(1, 10**30).map(lambda n: str(2 * n)),
        st.floats().map(str),
        _names(),
    ).filter(lambda text: not re.fullmatch(r'\s*\+?\d*[13579]\s*', text))


_FLAGS = st.lists(
    st.sampled_from(['--wait', '--dry-run', '-f', 'json', '--timeout', '1']),
    max_size=3,
)


def _lines() -> st.SearchStrategy[list[str]]:
    """Command lines of which each is wrong."""
    separator = st.sampled_from([[], ['--']])
    return st.one_of(
        st.builds(
            lambda flavor, flags, dashes, names: [
                *('loadbalancer', 'resize', '--flavor', flavor),
                *(*flags, *dashes, *names),
            ],
            _names() | st.sampled_from(['large', 'small', 'retired']),
            _FLAGS,
            separator,
            st.lists(_names(), min_size=1, max_size=3).flatmap(
                # The same one again.
                lambda names: st.sampled_from([names, names * 2])
            ),
        ),
        st.builds(
            lambda flavor, name: [
                *('loadbalancer', 'resize', f'--flavor={flavor}', name),
            ],
            _names(),
            st.sampled_from(
                ['id:idle', 'id:active-standby', 'id:locked', 'id:foreign']
            ),
        ),
        st.builds(
            lambda flags, dashes, name: [
                *('loadbalancer', 'resize', 'cancel'),
                *(*flags, *dashes, name),
            ],
            _FLAGS,
            separator,
            _names(),
        ),
        st.builds(
            lambda flags, dashes, name, count: [
                *('coe', 'cluster', 'resize', *flags, *dashes, name, count),
            ],
            _FLAGS,
            separator,
            _names(),
            _counts() | st.just('3'),
        ),
        st.builds(
            lambda group, count: [
                *('coe', 'cluster', 'resize', f'--nodegroup={group}'),
                *('--dry-run', '--', 'dev', count),
            ],
            _names() | st.just('default-master'),
            _counts(),
        ),
    )


class TestCommands(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        openstack_command.prepare()
        clusters = self.member.container_infrastructure_management
        lb = self.get(self.lbs['idle'])
        self.known = {
            f'id:{name}': found
            for name, found in {
                **self.flavors,
                **self.lbs,
                'project': lb.project_id,
                'listener': lb.listeners[0]['id'],
                'cluster': next(iter(clusters.clusters())).uuid,
            }.items()
        }
        self.before = self.state()
        self.environment = shared_sandbox.environment(
            shared_sandbox.shared()
        ) | {'OS_CLOUD': functional.MEMBER, 'LC_ALL': 'C.UTF-8'}

    def test_any_line(self):
        @base.settings(25)
        @hypothesis.given(_lines())
        def one(line: list[str]) -> None:
            self._check([self.known.get(word, word) for word in line])

        one()

    def _check(self, line: list[str]) -> None:
        finished = openstack_command.Command(line, self.environment).wait(
            _TIMEOUT_SECONDS
        )
        shown = f'{line}: {finished}'
        if finished.status == 0:
            # Help, or what would be done, was requested.
            self.assertTrue({'-h', '--help', '--dry-run'} & set(line), shown)
        else:
            self.assertIn(finished.status, (1, 2), shown)
            self.assertNotEqual('', finished.stderr.strip(), shown)
        self.assertIsNone(_NOISE.search(finished.stderr), shown)
        if finished.status == 1:
            # One line for each thing that is wrong, and one for all. A name
            # is shown as it is, and may hold ends of lines.
            ends = sum(len(word.splitlines()) for word in line)
            said = [text for text in finished.stderr.splitlines() if text]
            self.assertLessEqual(len(said), ends + 1, shown)
        self.assertEqual(self.before, self.state(), shown)
        command = ' '.join(line[: 3 if 'cancel' in line[:3] else 2])
        self.counts[f'{command}: exit status {finished.status}'] += 1
