#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The driver on a supply of three voltages: which classes it tries, in which order; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
TESTS=classes "$TOP/tests/qemu/guest-kselftest" "$TOP/build/arm64/kselftest" \
	--dt-classes --log-dir "$TOP/build/e2e/driver-classes"
