# SPDX-License-Identifier: Apache-2.0

import signal

# A shell that starts something in the background has it ignore Ctrl-C, and so
# would the commands that are tested.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
