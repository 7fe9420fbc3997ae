#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A thousand times the driver unbound and bound under load; KTAP.
exec "${0%/*}/test_stress" unbind 1000
