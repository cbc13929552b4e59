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

"""A proxy whose requests end, and go to the service that was asked."""

from collections.abc import Generator
from collections.abc import Iterator
import contextlib
import contextvars
import re
from typing import Any
from urllib import parse

from openstack import proxy
from openstack import resource
import requests

from resize_client.sdk import answers

#: Seconds after which a request without an answer is given up
REQUEST_TIMEOUT = 60.0

#: What a request is made with that must not be made twice, whatever retries
#: are configured: a request whose answer was lost may have been taken.
ONCE = {'connect_retries': 0, 'status_code_retries': 0}

_answer_within = contextvars.ContextVar(
    'answer_within', default=REQUEST_TIMEOUT
)

_UP_TO_VERSION = re.compile(r'^.*?/v\d+(\.\d+)?(?=/)')


@contextlib.contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Give requests up sooner than usual while in the context.

    :param seconds: Seconds after which a request without an answer is given
        up.
    """
    before = _answer_within.set(min(seconds, REQUEST_TIMEOUT))
    try:
        yield
    finally:
        _answer_within.reset(before)


class BoundedProxy(proxy.Proxy):
    """A proxy none of whose requests waits for its answer for ever.

    What isn't an answer of the service, although its status says so, raises
    :class:`ValueError`.
    """

    def request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        bounds = [_answer_within.get()]
        if self.session.timeout is not None:
            bounds.append(self.session.timeout)
        kwargs.setdefault('timeout', min(bounds))
        response = super().request(
            _of_this_service(url), method, *args, **kwargs
        )
        if method == 'GET' and response.ok:
            answers.raise_unless_object(response)
        return response

    def _list(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> Generator[resource.ResourceT, None, None]:
        try:
            with answers.in_its_words():
                yield from super()._list(resource_type, *args, **kwargs)
        except KeyError as exc:
            raise ValueError(f'there is no {exc} in it') from exc

    def _get(
        self,
        resource_type: type[resource.ResourceT],
        *args: Any,
        **kwargs: Any,
    ) -> resource.ResourceT:
        with answers.in_its_words():
            found: resource.ResourceT = super()._get(
                resource_type, *args, **kwargs
            )
        return found


def _of_this_service(url: str) -> str:
    """Take of a link only what it says to the service that was asked.

    The link to the next page of a list names the host under which the service
    knows itself, which may be unknown here, or another's; the token must not
    go there.
    """
    parts = parse.urlsplit(url)
    if not parts.netloc:
        return url
    path = _UP_TO_VERSION.sub('', parts.path)
    return parse.urlunsplit(('', '', path, parts.query, ''))
