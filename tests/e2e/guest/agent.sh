# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# In the guest: start and stop the agent with the test configuration. Sourced.

AGENT_LOG=${AGENT_LOG:-/share/agent.log}

# install_config: the test configuration into place, unless it is there already
install_config() {
	mkdir -p /etc/dmsc /run/dmsc /var/lib
	for f in dmscd.conf bootstrap.conf settings.conf hook; do
		[ -e "/etc/dmsc/$f" ] || cp "/share/$f" /etc/dmsc/
	done
	chmod 755 /etc/dmsc/hook
	chmod 600 /etc/dmsc/bootstrap.conf
}

# start_agent [OPTION...]: dmscd in the background; its log goes to $AGENT_LOG and, with
# AGENT_SHOW=1, to standard output
start_agent() {
	: >>"$AGENT_LOG"
	if [ "${AGENT_SHOW:-0}" = 1 ]; then
		tail -n 0 -f "$AGENT_LOG" &
		TAIL_PID=$!
	fi
	dmscd "$@" >>"$AGENT_LOG" 2>&1 &
	AGENT_PID=$!
	i=0
	while [ ! -S /run/dmsc/control ]; do
		i=$((i + 1))
		if [ $i -gt 200 ] || ! kill -0 $AGENT_PID 2>/dev/null; then
			echo "dmscd did not start:"
			tail -n 5 "$AGENT_LOG"
			return 1
		fi
		sleep 0.05
	done
}

# stop_agent: its exit status
stop_agent() {
	kill -TERM "$AGENT_PID" 2>/dev/null
	wait "$AGENT_PID"
	rc=$?
	if [ -n "${TAIL_PID-}" ]; then
		sleep 0.2
		kill "$TAIL_PID" 2>/dev/null
		wait "$TAIL_PID" 2>/dev/null
	fi
	return $rc
}
