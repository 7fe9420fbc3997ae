#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Ten thousand cards that come and go under load; KTAP.
exec "${0%/*}/test_stress" sim-card 10000
