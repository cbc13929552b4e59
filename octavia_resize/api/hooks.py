# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Checks of a request before Octavia's API parses it."""

import json
from typing import Any

from octavia.api.common import utils
from pecan import hooks
from webob import exc

from octavia_resize import constants
from octavia_resize import exceptions


class ResizeBodyHook(hooks.PecanHook):
    """Refuse a resize whose body is not a JSON object.

    Pecan and WSME answer 500 to some of these.
    """

    def on_route(self, state: Any) -> None:
        request = state.request
        if request.method != 'PUT' or not request.path.rstrip('/').endswith(
            f'/{constants.RESIZE}'
        ):
            return
        try:
            body = json.loads(request.body.decode('utf-8'))
        except (ValueError, RecursionError):
            reason = 'it is not valid JSON.'
        else:
            if isinstance(body, dict):
                # WSME reads the body only if it is declared to be JSON.
                request.headers['Content-Type'] = 'application/json'
                return
            reason = 'it is not an object.'
        raise exc.HTTPBadRequest(
            exceptions.InvalidBody(reason=reason).msg,
            json_formatter=utils.json_error_formatter,
        )
