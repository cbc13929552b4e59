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
