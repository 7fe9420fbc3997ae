#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A thousand cards that come and go under load, on the debug kernel; KTAP.
exec "${0%/*}/test_stress" sim-card 1000
