# SPDX-License-Identifier: Apache-2.0

"""The samples and the OpenAPI document of api-ref, on a running service."""

import csv
import json
from pathlib import Path
from typing import Any
import uuid

import jsonschema
import requests
import testtools
import yaml

from tests.functional import base
from tests.functional.api import test_resize

_SOURCE = Path(__file__).parents[3] / 'api-ref' / 'source'
_SAMPLES = _SOURCE / 'samples'
_OPENAPI = yaml.safe_load((_SOURCE / 'openapi.yaml').read_text())
_PATH = '/v2.0/lbaas/loadbalancers/{loadbalancer_id}/resize'

# What the samples say.
_LOAD_BALANCER = 'c0b3a5a7-2f6d-4c1c-8f3a-5a5f4b4d7e21'
_PREVIOUS_FLAVOR = '1f2a9d6e-0b57-4a0f-b1d9-6c7e8f9a0b12'
_NEW_FLAVOR = '6d425a5e-429f-4848-b240-ab31c6d211e4'

# What no request to a sandbox causes: a message bus or a database that is
# down, and a provider that can't resize, or fails.
_NOT_HERE = {
    ('put', '500'),
    ('put', '501'),
    ('put', '503'),
    ('get', '503'),
    ('delete', '500'),
    ('delete', '501'),
    ('delete', '503'),
}


def check_schema(method: str, response: requests.Response) -> None:
    """Check an answer against what the OpenAPI document says of it.

    :raises AssertionError: when it doesn't know the status.
    :raises jsonschema.ValidationError: when the body is another one.
    """
    responses = _OPENAPI['paths'][_PATH][method]['responses']
    status = str(response.status_code)
    assert status in responses, f'{method} {status}: {response.text}'
    described = responses[status]
    if '$ref' in described:
        name = described['$ref'].rpartition('/')[2]
        described = _OPENAPI['components']['responses'][name]
    if 'content' not in described:
        assert response.content == b'', response.text
        return
    validate(described['content']['application/json']['schema'], response)


def validate(schema: dict[str, Any], response: requests.Response) -> None:
    jsonschema.Draft202012Validator(
        {**schema, 'components': _OPENAPI['components']},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(response.json())


class TestSamples(test_resize.TestCase):
    """Each sample, as the service takes or gives it."""

    def setUp(self) -> None:
        super().setUp()
        self.lb = self.create_load_balancer('small', children=False)
        self.real = {
            f'web ({_LOAD_BALANCER})': f'{self.lb.name} ({self.lb.id})',
            _LOAD_BALANCER: self.lb.id,
            _PREVIOUS_FLAVOR: self.flavors['small'],
        }
        self.seen: set[tuple[str, str]] = set()

    def sample(self, name: str) -> Any:
        """Return a sample with the IDs of this sandbox."""
        text = (_SAMPLES / f'{name}.json').read_text()
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return json.loads(text)

    def request(
        self, method: str, load_balancer_id: str, **arguments: Any
    ) -> requests.Response:
        if method == 'DELETE':
            arguments = {'params': {'cancel': 'true'}} | arguments
        response = super().request(method, load_balancer_id, **arguments)
        check_schema(method.lower(), response)
        self.seen.add((method.lower(), str(response.status_code)))
        return response

    def resize(self, flavor: str, **arguments: Any) -> requests.Response:
        """Send the sample of a request, for a flavor of the sandbox."""
        self.real[_NEW_FLAVOR] = self.flavors[flavor]
        return self.request(
            'PUT',
            self.lb.id,
            json=self.sample('resize-put-request'),
            **arguments,
        )

    def assert_sample(self, name: str, response: requests.Response) -> None:
        self.assertEqual(self.sample(name), response.json())

    def assert_resize(self, name: str) -> None:
        """Check the latest resize, as an administrator sees it.

        The times, and the IDs of resize and request, are others each time.
        """
        others = dict.fromkeys(
            ('id', 'created_at', 'updated_at', 'request_id')
        )
        sample = self.sample(name)['resize']
        response = self.request('GET', self.lb.id, cloud=base.ADMIN)
        shown = response.json()['resize']
        self.assertEqual(sample | others, shown | others)
        self.assertRegex(shown['request_id'], '^req-[0-9a-f-]{36}$')
        self.assertLessEqual(shown['created_at'], shown['updated_at'])
        schema = {'$ref': '#/components/schemas/ResizeResponse'}
        validate(schema, response)

    def test_all(self) -> None:
        # Nothing in progress, nothing ever was.
        self.assert_sample(
            'resize-get-never-response', self.request('GET', self.lb.id)
        )
        self.assertEqual(
            400,
            self.request('GET', self.lb.id, params={'x': '1'}).status_code,
        )
        self.assert_sample(
            'resize-delete-never-response', self.request('DELETE', self.lb.id)
        )
        self.assert_sample(
            'resize-delete-invalid-response',
            self.request('DELETE', self.lb.id, params={'cancel': 'no'}),
        )
        self._refused()
        for method in ('PUT', 'GET', 'DELETE'):
            self._unauthorized_forbidden_and_not_found(method)

        # What a resize would change.
        self.assert_sample(
            'resize-put-dry-run-response',
            self.resize('large', params={'dry_run': 'true'}),
        )

        # A resize, and one more while it is in progress.
        with self.find_sandbox().state.hold_builds(self.lb.id):
            self.assertEqual(202, self.resize('slow').status_code)
            self.assert_sample(
                'resize-put-conflict-response', self.resize('large')
            )
            cancel = self.request('DELETE', self.lb.id)
        self.assertEqual(202, cancel.status_code)
        self.wait_for(self.lb.id, 'ACTIVE')

        # One that fails.
        self.assertEqual(202, self.resize('broken').status_code)
        self.wait_for(self.lb.id, 'ERROR')
        self.assert_resize('resize-get-failed-response')

        # One that completes.
        self.assertEqual(202, self.resize('large').status_code)
        self.wait_for(self.lb.id, 'ACTIVE')
        self.assert_resize('resize-get-response')
        self.assert_sample(
            'resize-delete-completed-response',
            self.request('DELETE', self.lb.id),
        )

        described = {
            (method, status)
            for method, operation in _OPENAPI['paths'][_PATH].items()
            if method != 'parameters'
            for status in operation['responses']
        }
        self.assertEqual(described - _NOT_HERE, self.seen)

    def _refused(self) -> None:
        before = self.everything(self.lb.id)
        response = self.request(
            'PUT', self.lb.id, json={'new_flavor_id': 'large'}
        )
        self.assert_sample('resize-put-invalid-response', response)
        self.real[_NEW_FLAVOR] = str(uuid.uuid4())
        response = self.request(
            'PUT', self.lb.id, json=self.sample('resize-put-request')
        )
        self.assert_sample('resize-put-unknown-flavor-response', response)
        for flavor, sample in (
            ('retired', 'resize-put-disabled-flavor-response'),
            ('other', 'resize-put-other-provider-response'),
            ('ha-large', 'resize-put-other-topology-response'),
            ('small', 'resize-put-same-flavor-response'),
        ):
            response = self.resize(flavor)
            self.assertEqual(400, response.status_code)
            self.assert_sample(sample, response)
        self.assertEqual(before, self.everything(self.lb.id))

    def _unauthorized_forbidden_and_not_found(self, method: str) -> None:
        body = {}
        if method == 'PUT':
            self.real[_NEW_FLAVOR] = self.flavors['large']
            body['json'] = self.sample('resize-put-request')
        response = self.request(method, self.lb.id, cloud=None, **body)
        self.assert_sample('resize-unauthorized-response', response)
        response = self.request(method, self.lb.id, cloud=base.OTHER, **body)
        self.assertEqual(403, response.status_code)
        self.assert_sample('resize-forbidden-response', response)
        known = self.real[_LOAD_BALANCER]
        self.real[_LOAD_BALANCER] = str(uuid.uuid4())
        response = self.request(method, self.real[_LOAD_BALANCER], **body)
        self.assertEqual(404, response.status_code)
        self.assert_sample('resize-not-found-response', response)
        self.real[_LOAD_BALANCER] = known


class TestSchemas(testtools.TestCase):
    """The OpenAPI document refuses what the service refuses."""

    def test_request(self) -> None:
        schema = _OPENAPI['components']['schemas']
        validator = jsonschema.Draft202012Validator(
            {
                '$ref': '#/components/schemas/ResizeRequest',
                'components': {'schemas': schema},
            },
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        self.assertTrue(validator.is_valid({'new_flavor_id': _NEW_FLAVOR}))
        for body in (
            None,
            [],
            {},
            {'new_flavor_id': None},
            {'new_flavor_id': 1},
            {'new_flavor_id': 'large'},
            {'new_flavor_id': _NEW_FLAVOR, 'force': True},
        ):
            self.assertFalse(validator.is_valid(body), body)

    def test_origin_of_each_answer(self) -> None:
        with (_SOURCE / 'origins.csv').open(newline='') as file:
            rows = [
                (row[0].lower(), row[1], row[2]) for row in csv.reader(file)
            ]
        self.assertEqual(
            {
                (method, status)
                for method, operation in _OPENAPI['paths'][_PATH].items()
                if method != 'parameters'
                for status in operation['responses']
            },
            {(method, status) for method, status, _ in rows},
        )
        # Those of the specification, and nothing else, are its own.
        self.assertEqual(
            {
                ('put', status)
                for status in ('202', '400', '401', '403', '404')
            },
            {
                (method, status)
                for method, status, origin in rows
                if origin == 'specification'
            },
        )

    def test_every_sample_is_shown(self) -> None:
        shown = (_SOURCE / 'index.rst').read_text()
        for sample in _SAMPLES.iterdir():
            self.assertIn(f'samples/{sample.name}\n', shown)
