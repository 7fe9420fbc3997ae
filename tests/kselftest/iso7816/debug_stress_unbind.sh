#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A hundred times the driver unbound and bound under load, on the debug kernel; KTAP.
exec "${0%/*}/test_stress" unbind 100
