#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A presence contact whose polarity the devicetree turns round; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
TESTS=inverted "$TOP/tests/qemu/guest-kselftest" "$TOP/build/arm64/kselftest" \
	--dt-presence-low --log-dir "$TOP/build/e2e/presence"
