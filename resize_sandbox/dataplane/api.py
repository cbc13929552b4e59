# SPDX-License-Identifier: Apache-2.0
"""Octavia's API, which refuses listeners that no amphora here can run."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import webob

from resize_sandbox.wsgi import Application

_REASONS = {
    'UDP': 'IP_VS is missing',
    'SCTP': 'IP_VS is missing',
    'PROMETHEUS': 'the exporter of the amphora image is missing',
}


def create_application() -> Application:
    """Return the API with resize, for a process of its own."""
    # Imported late: the module makes the application.
    from octavia_resize.wsgi import api

    return refuse_listeners(api.application)


def refuse_listeners(application: Application) -> Application:
    """Return an API without the listeners that no amphora here can run.

    Octavia's health manager would fail their load balancer over again and
    again.

    :param application: Octavia's API.
    """

    def filtered(
        environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        request = webob.Request(environ)
        for protocol in _protocols_to_create(request):
            # Octavia refuses what is no text.
            if isinstance(protocol, str) and protocol in _REASONS:
                refusal: Application = _refusal(protocol)
                return refusal(environ, start_response)
        return application(environ, start_response)

    return filtered


def _protocols_to_create(request: webob.Request) -> Iterator[object]:
    if request.method != 'POST':
        return
    try:
        body = request.json_body
    except ValueError:
        return
    for listener in _listeners(body):
        if isinstance(listener, dict):
            yield listener.get('protocol')


def _listeners(body: object) -> Iterator[object]:
    """Yield a listener, or those of a load balancer."""
    if not isinstance(body, dict):
        return
    yield body.get('listener')
    load_balancer = body.get('loadbalancer')
    if isinstance(load_balancer, dict):
        listeners = load_balancer.get('listeners')
        yield from listeners if isinstance(listeners, list) else ()


def _refusal(protocol: str) -> webob.Response:
    """Return the answer, as Octavia answers for what a driver lacks."""
    return webob.Response(
        status=501,
        json_body={
            'faultcode': 'Client',
            'faultstring': f'No amphora of this sandbox can run {protocol} '
            f'listeners: {_REASONS[protocol]}.',
            'debuginfo': None,
        },
    )
