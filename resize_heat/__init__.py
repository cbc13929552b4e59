# SPDX-License-Identifier: Apache-2.0

"""A Heat plugin: load balancers and clusters whose size is changed in place.

This folder is one for Heat's option ``plugin_dirs``.
"""
