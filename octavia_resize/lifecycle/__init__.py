# SPDX-License-Identifier: Apache-2.0

"""The lifecycle of a resize: the only package that writes its record.

Each function works in the caller's transaction, and changes the record of the
resize and the load balancer together. The first statement of each function
locks the row of the load balancer, so that no two of them wait for each other.
The record has the owner, which may change the load balancer. A function
returns False or None to a caller that is no longer the owner, or whose load
balancer somebody else has changed: this caller must not change anything.

:mod:`request` is what users request, :mod:`ownership` which worker runs a
resize, :mod:`progress` and :mod:`rollback` what that worker reports, and
:mod:`phases` the table of states and phases.
"""
