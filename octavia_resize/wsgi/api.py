# SPDX-License-Identifier: Apache-2.0

"""WSGI application entry point for the Octavia API with resize."""

import os
from pathlib import Path
import sys

from oslo_log import log as logging

from octavia_resize.api import app

LOG = logging.getLogger(__name__)

#: Environment variable with the paths of configuration files, separated by
#: semicolons, to read instead of /etc/octavia/octavia.conf and the like.
CONFIG_FILES = 'OS_OCTAVIA_CONFIG_FILES'


def _arguments() -> list[str]:
    """Return the command line for Octavia, the program's name first.

    uWSGI sets the arguments to those of its option pyargv. Another server,
    such as gunicorn, leaves its own there, which Octavia would refuse.
    """
    arguments = sys.argv[:1]
    if Path(sys.argv[0]).name == 'uwsgi':
        arguments = [*sys.argv]
    elif any(a.startswith('--config-') for a in sys.argv[1:]):
        LOG.warning(
            'The command line of %s is not read by Octavia. Name the '
            'configuration files in %s instead.',
            sys.argv[0],
            CONFIG_FILES,
        )
    for path in os.environ.get(CONFIG_FILES, '').split(';'):
        if path:
            arguments += ['--config-file', path]
    return arguments


application = app.setup_app(_arguments())
