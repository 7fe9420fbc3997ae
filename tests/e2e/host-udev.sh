#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The udev rules against their syntax, and against what the driver offers: attributes that
# are documented, uevents that it sends; TAP.

set -u
TOP=$(readlink -f "$(dirname "$0")/../..")
. "$TOP/tests/e2e/lib.sh"
. "$TOP/tests/e2e/tap.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

# valid FILE: says what is wrong with its rules
valid() {
	python3 - "$1" "$TOP" <<'PY'
import re, sys

rules, top = sys.argv[1:]
abi = set(re.findall(r"^What:\s+\S+/iso7816-N/(\S+)$",
                     open(top + "/Documentation/ABI/testing/sysfs-class-iso7816").read(), re.M))
cards = set(re.findall(r'"CARD=(\w+)"', open(top + "/kernel/sysfs.c").read()))
match = {"ACTION", "KERNEL", "SUBSYSTEM", "DRIVER", "ATTR", "ENV", "TAG", "TEST"}
assign = {"GROUP", "OWNER", "MODE", "SYMLINK", "TAG", "ENV", "GOTO", "LABEL", "RUN", "IMPORT"}
token = re.compile(r'\s*([A-Z]+)(?:\{([^}]+)\})?\s*(==|!=|\+=|:=|=)\s*"([^"]*)"\s*(,|$)')
labels, gotos, wrong = set(), set(), []

def check(n, key, sub, op, value):
    if key not in (match if op in ("==", "!=") else assign):
        wrong.append(f"line {n}: {key} does not go with {op}")
    for name in re.findall(r"\$attr\{([^}]+)\}", value) + ([sub] if key == "ATTR" else []):
        if name not in abi:
            wrong.append(f"line {n}: the driver has no attribute {name}")
    if key == "ENV" and sub == "CARD" and value not in cards:
        wrong.append(f"line {n}: the driver never says CARD={value}")
    if key == "MODE" and not re.fullmatch("0[0-7]{3}", value):
        wrong.append(f"line {n}: MODE {value}")
    if key == "GOTO":
        gotos.add(value)
    if key == "LABEL":
        labels.add(value)

for n, line in enumerate(open(rules).read().replace("\\\n", "").split("\n"), 1):
    at = 0
    if not line.strip() or line.startswith("#"):
        continue
    while at < len(line):
        t = token.match(line, at)
        if not t or t.group(5) == "" and t.end() < len(line):
            wrong.append(f"line {n}: cannot be read from \"{line[at:]}\" on")
            break
        check(n, *t.group(1, 2, 3, 4))
        at = t.end()
wrong += [f"there is no label {g}" for g in gotos - labels]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
PY
}

# refused LINE: such a rule would be found
refused() {
	printf '%s\n' "$1" >"$TMP/bad.rules"
	! valid "$TMP/bad.rules"
}

RULES=$TOP/userspace/udev/60-iso7816.rules
ok "the rules are valid" valid "$RULES"
ok "the node is not for everybody" has "$RULES" 'MODE="0660"'
ok "a missing quote is found" refused 'SUBSYSTEM=="iso7816, MODE="0660"'
ok "a comparison that assigns is found" refused 'SUBSYSTEM="iso7816", MODE="0660"'
ok "an unknown attribute is found" refused 'SYMLINK+="card/$attr{phi}"'
ok "a uevent that never comes is found" refused 'ENV{CARD}=="ejected", MODE="0660"'
ok "a missing label is found" refused 'SUBSYSTEM!="iso7816", GOTO="end"'
done_testing
