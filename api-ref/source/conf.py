# SPDX-License-Identifier: Apache-2.0

project = 'Load balancer resize'
copyright = 'OpenStack contributors'
author = 'python-resizeclient contributors'

extensions = ['openstackdocstheme', 'os_api_ref']
root_doc = 'index'
html_theme = 'openstackdocs'
html_static_path = ['../../doc/source/_static/resize.css']
html_css_files = ['resize.css']
html_theme_options = {
    'display_global_toc_section': False,
    'sidebar_mode': 'toc',
}
openstackdocs_auto_name = False
openstackdocs_pdf_link = False
openstackdocs_bug_tag = 'api-ref'
pygments_style = 'native'
exclude_patterns = ['samples']
