# SPDX-License-Identifier: Apache-2.0

"""The course of a resize: the one place that writes it down.

Each function works in the caller's transaction, and changes the record of
the resize and the load balancer together. Its first statement locks the row
of the load balancer, in every function, so that no two of them wait for each
other. The record says who may touch the load balancer: a caller that is not
its owner any more, or whose load balancer somebody else has changed, learns
so from what is returned, and must leave everything alone.

:mod:`request` is what users ask for, :mod:`ownership` who runs a resize, and
:mod:`progress` what its owner reports.
"""
