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
