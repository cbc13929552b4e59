# SPDX-License-Identifier: Apache-2.0

"""What goes wrong between a client and a service."""

from tests.functional.client_faults.proxy import Fault
from tests.functional.client_faults.proxy import Response

_HTML = {'Content-Type': 'text/html'}
_JSON = {'Content-Type': 'application/json'}


def _page(title: str) -> bytes:
    return (
        f'<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n'
        f'<center><h1>{title}</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n'
    ).encode()


#: The service is being restarted.
UNAVAILABLE = Fault(
    response=Response(503, {'Content-Type': 'text/plain'}, b'Unavailable')
)
#: A gateway doesn't know the service just now.
NO_ROUTE = Fault(response=Response(404, _HTML, _page('404 Not Found')))
#: The connection is cut before the service gets the request.
CUT = Fault()
#: The service has taken the request; the connection is cut.
ANSWER_LOST = Fault(forwarded=True, cut=True)
#: The service has taken the request; its answer breaks off.
TRUNCATED = Fault(forwarded=True, truncated=True)
#: The service has taken the request, and never answers.
SILENT = Fault(forwarded=True, silent=True)
#: Somebody else's page, with a status that says that all is well.
GARBAGE = Fault(response=Response(200, _HTML, _page('Please log in')))
#: JSON which isn't what was requested.
OTHER_JSON = Fault(response=Response(200, _JSON, b'{"maintenance": true}'))
#: The token isn't valid any more.
EXPIRED_TOKEN = Fault(
    response=Response(401, _JSON, b'{"error": {"code": 401}}')
)
#: An answer that takes its time
SLOW = Fault(forwarded=True, delay=1.0)
