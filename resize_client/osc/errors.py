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

"""Turn what the SDK raises into a sentence for the user."""

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions

from resize_client.sdk import service


def explain(exc: Exception) -> str:
    """Tell what went wrong without the noise.

    :param exc: What the SDK raised.
    :returns: A sentence, without a full stop.
    """
    if isinstance(exc, exceptions.HttpException):
        if exc.response is None:
            return str(exc.message)
        fault = service.fault(exc).rstrip('. ')
        if exc.status_code == 403:
            return f'your roles do not allow it ({fault})'
        if exc.status_code == 406:
            return f'the service is too old for this: {fault}'
        if is_uncertain(exc) or not fault:
            answer = f'the service answered {exc.status_code}'
            return f'{answer}: {fault}' if fault else answer
        return fault
    if isinstance(exc, ks_exceptions.HttpError):
        return f'{exc.message} (HTTP {exc.http_status})'
    if isinstance(exc, ValueError):
        return f"the service's answer cannot be read ({exc})"
    return ' '.join(str(exc).split()).rstrip('. ')


def is_uncertain(exc: Exception) -> bool:
    """Tell whether a request may have been taken although it failed.

    :param exc: What the request raised.
    :returns: True for 5xx other than 501, and connections that broke.
    """
    if isinstance(exc, exceptions.HttpException):
        status = exc.status_code
        return status is not None and status >= 500 and status != 501
    return isinstance(exc, (ks_exceptions.ConnectionError, ValueError))
