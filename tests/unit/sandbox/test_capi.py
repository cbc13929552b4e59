# SPDX-License-Identifier: Apache-2.0

from unittest import mock

import testtools

from resize_sandbox.capi import api
from resize_sandbox.capi import names


class TestApi(testtools.TestCase):
    def test_without_the_token(self) -> None:
        application = api.Application(mock.Mock(spec=[]), 'let me in')
        start_response = mock.Mock()
        application(
            {
                'REQUEST_METHOD': 'GET',
                'PATH_INFO': names.path('magnum-1', 'Cluster', 'prod-1'),
            },
            start_response,
        )
        status, _ = start_response.call_args.args
        self.assertEqual('401 Unauthorized', status)
