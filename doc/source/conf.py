# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parents[1] / 'extensions'))

project = 'python-resizeclient'
copyright = 'OpenStack contributors'
author = 'python-resizeclient contributors'

extensions = [
    'cliff.sphinxext',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'reno.sphinxext',
    'short_words',
    'sphinx.ext.autodoc',
]

html_theme = 'openstackdocs'
html_static_path = ['_static']
html_css_files = ['resize.css']
html_theme_options = {
    # Readers are nobody's business.
    'analytics_tracking_code': '',
    'sidebar_mode': 'toctree',
}
openstackdocs_auto_name = False
openstackdocs_pdf_link = False
pygments_style = 'native'
autodoc_typehints = 'description'
# Connections and proxies are made by openstacksdk, not by their constructors.
autodoc_class_signature = 'separated'
toc_object_entries_show_parents = 'hide'
# "--wait" is an option, no dash.
smartquotes = False

autoprogram_cliff_application = 'openstack'
# Options of every openstack command
autoprogram_cliff_ignored = [
    '--help',
    '--format',
    '--column',
    '--quote',
    '--noindent',
    '--prefix',
    '--max-width',
    '--fit-width',
    '--print-empty',
    '--sort-column',
    '--sort-ascending',
    '--sort-descending',
]
