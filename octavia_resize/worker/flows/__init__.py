# SPDX-License-Identifier: Apache-2.0

"""The flows of a resize, made of Octavia's subflows and tasks.

Build everything first and touch nothing old; then move the VIP once; then
delete the old amphorae. Until the VIP has moved, a rollback only deletes what
was built.

The functions that make flows are what taskflow imports to make a flow anew,
so their arguments are JSON data only.
"""
