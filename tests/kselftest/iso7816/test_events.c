// SPDX-License-Identifier: BSD-3-Clause
/*
 * The event ring of a file: order, masks, overflow, and that files do not share it.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
#define RING		64
#define MORE_TIME	"D009810301020082028182"

static int fd = -1, other = -1;

static int set_mask(int file, uint64_t mask)
{
	struct iso7816_event_mask arg = { .mask = mask };

	return reader_ioctl(file, ISO7816_IOC_SET_EVENT_MASK, &arg);
}

static int next_event(int file, struct iso7816_event *event)
{
	return reader_ioctl(file, ISO7816_IOC_GET_EVENT, event);
}

static enum ktap_result begin(void)
{
	if (fd < 0)
		fd = reader_open(0);
	if (other < 0)
		other = reader_open(0);
	CHECK(fd >= 0 && other >= 0, "open: %d, %d", fd, other);
	CHECK_EQ(set_mask(fd, ISO7816_EVENT_MASK_ALL), 0);
	CHECK_EQ(set_mask(other, ISO7816_EVENT_MASK_ALL), 0);
	CHECK_PASS(active_card(fd));
	forget_events(other);
	return KTAP_PASS;
}

static enum ktap_result lock_and_unlock(unsigned int times)
{
	while (times--) {
		CHECK_EQ(lock_reader(fd, 0), 0);
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL), 0);
	}
	return KTAP_PASS;
}

/* A life in events */
static enum ktap_result in_order(void)
{
	static const struct {
		uint32_t type;
		uint32_t value;
	} want[] = {
		{ ISO7816_EVENT_CARD_RESET, ISO7816_RESET_REASON_COLD },
		{ ISO7816_EVENT_CARD_RESET, ISO7816_RESET_REASON_WARM },
		{ ISO7816_EVENT_CARD_RESET, ISO7816_RESET_REASON_POWER_OFF },
		{ ISO7816_EVENT_CARD_RESET, ISO7816_RESET_REASON_POWER_ON },
		{ ISO7816_EVENT_CARD_REMOVED, 0 },
	};
	struct iso7816_reset cold = { .type = ISO7816_RESET_COLD };
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };
	struct iso7816_event event, last = { 0 };
	unsigned int i;

	CHECK_PASS(begin());
	CHECK_EQ(next_event(fd, &event), -EAGAIN);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &cold), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &warm), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(card("remove"), 0);
	while (card_state(fd) != ISO7816_STATE_ABSENT)
		sleep_ms(5);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		CHECK_EQ(next_event(fd, &event), 0);
		CHECK_EQ(event.type, want[i].type);
		CHECK_EQ(event.value, want[i].value);
		CHECK_EQ(event.lost, 0);
		CHECK(event.time_ns >= last.time_ns, "time runs backwards");
		CHECK(!i || event.seq == last.seq + 1, "a gap");
		CHECK(event.generation > last.generation, "generation %u", event.generation);
		last = event;
	}
	CHECK_EQ(event.seq, state_of(fd).event_seq);
	CHECK_EQ(next_event(fd, &event), -EAGAIN);
	return KTAP_PASS;
}

/* Each file has its own, and a new one knows nothing of what was before it */
static enum ktap_result own_ring(void)
{
	struct iso7816_event event, mine;
	int third;

	CHECK_PASS(begin());
	CHECK_PASS(lock_and_unlock(1));
	CHECK_EQ(next_event(fd, &mine), 0);
	CHECK_EQ(next_event(other, &event), 0);
	CHECK_EQ(event.seq, mine.seq);
	third = reader_open(0);
	CHECK_EQ(next_event(third, &event), -EAGAIN);
	CHECK_EQ(poll_for(third, POLLPRI, 50) & POLLPRI, 0);
	close(third);
	return KTAP_PASS;
}

static enum ktap_result pollpri(void)
{
	struct iso7816_event event;

	CHECK_PASS(begin());
	CHECK_EQ(poll_for(fd, POLLPRI, 50) & POLLPRI, 0);
	CHECK_PASS(lock_and_unlock(1));
	CHECK(poll_for(fd, POLLPRI, 50) & POLLPRI, "not raised");
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK(poll_for(fd, POLLPRI, 50) & POLLPRI, "one is left");
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(poll_for(fd, POLLPRI, 50) & POLLPRI, 0);
	return KTAP_PASS;
}

static enum ktap_result masked(void)
{
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };
	struct iso7816_event event;
	uint64_t seq;

	CHECK_PASS(begin());
	CHECK_EQ(set_mask(fd, ISO7816_EVENT_BIT(ISO7816_EVENT_CARD_RESET)), 0);
	CHECK_PASS(lock_and_unlock(1));
	CHECK_EQ(next_event(fd, &event), -EAGAIN);
	CHECK_EQ(poll_for(fd, POLLPRI, 50) & POLLPRI, 0);
	seq = state_of(fd).event_seq;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &warm), 0);
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.type, ISO7816_EVENT_CARD_RESET);
	CHECK_EQ(event.seq, seq + 1);
	/* not wanted is not lost */
	CHECK_EQ(event.lost, 0);
	/* a mask is the file's own */
	CHECK_EQ(next_event(other, &event), 0);
	CHECK_EQ(event.type, ISO7816_EVENT_LOCK_CHANGED);
	/* what is in the ring stays */
	CHECK_EQ(set_mask(other, 0), 0);
	CHECK_EQ(next_event(other, &event), 0);
	CHECK_EQ(event.type, ISO7816_EVENT_LOCK_CHANGED);
	return KTAP_PASS;
}

/* Pending is a level; the mask says whether the file is told of it */
static enum ktap_result masked_level(void)
{
	const uint64_t pending = ISO7816_EVENT_BIT(ISO7816_EVENT_PROACTIVE_PENDING);

	CHECK_PASS(begin());
	CHECK_EQ(sw_of(fd, "80100000 08 FFFFFFFF7F000000") & 0xf000, 0x9000);
	CHECK_EQ(card("proactive " MORE_TIME), 0);
	while (!state_of(fd).proactive_len)
		CHECK_EQ(sw_of(fd, STATUS) & 0xf000, 0x9000);
	forget_events(fd);
	CHECK(poll_for(fd, POLLPRI, 50) & POLLPRI, "a level");
	CHECK_EQ(set_mask(fd, ISO7816_EVENT_MASK_ALL & ~pending), 0);
	CHECK_EQ(poll_for(fd, POLLPRI, 50) & POLLPRI, 0);
	CHECK_EQ(set_mask(fd, pending), 0);
	CHECK(poll_for(fd, POLLPRI, 50) & POLLPRI, "a level again");
	return KTAP_PASS;
}

/* The newest stay, and the first of them says how many went before it */
static enum ktap_result overflow(void)
{
	struct iso7816_event event;
	uint64_t seq, lost;
	unsigned int n;

	CHECK_PASS(begin());
	seq = state_of(fd).event_seq;
	lost = stats_of(fd).events_lost;
	CHECK_PASS(lock_and_unlock(50));
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.lost, 100 - RING);
	CHECK_EQ(event.seq, seq + 1 + 100 - RING);
	for (n = 1; !next_event(fd, &event); n++)
		CHECK_EQ(event.lost, 0);
	CHECK_EQ(n, RING);
	CHECK_EQ(event.seq, state_of(fd).event_seq);
	/* those of the other file count too */
	CHECK_EQ(stats_of(fd).events_lost - lost, 2 * (100 - RING));
	/* told once */
	CHECK_PASS(lock_and_unlock(1));
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.lost, 0);
	return KTAP_PASS;
}

/* Memory that can be read, but not written to */
static void *read_only(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A bad pointer costs no record, nor what the record has to say of lost ones */
static enum ktap_result bad_pointer(void)
{
	struct iso7816_event event;
	void *bad = read_only();
	uint64_t seq;
	int i;

	CHECK(bad != MAP_FAILED, "mmap: %d", errno);
	CHECK_PASS(begin());
	seq = state_of(fd).event_seq;
	CHECK_PASS(lock_and_unlock(RING / 2 + 1));
	for (i = 0; i < 3; i++)
		CHECK_EQ(next_event(fd, bad), -EFAULT);
	CHECK(poll_for(fd, POLLPRI, 50) & POLLPRI, "not raised");
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.seq, seq + 3);
	CHECK_EQ(event.lost, 2);
	CHECK_EQ(next_event(fd, bad), -EFAULT);
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.seq, seq + 4);
	CHECK_EQ(event.lost, 0);
	/* the last one too, and an empty ring stays empty */
	for (i = 0; i < RING - 3; i++)
		CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(next_event(fd, bad), -EFAULT);
	CHECK_EQ(next_event(fd, &event), 0);
	CHECK_EQ(event.seq, state_of(fd).event_seq);
	CHECK_EQ(next_event(fd, bad), -EAGAIN);
	munmap(bad, 4096);
	return KTAP_PASS;
}

/* Owner of the lock in the next event of @file that tells of one; 0 if there is none */
static uint32_t owner_told(int file)
{
	struct iso7816_event event;

	while (!next_event(file, &event))
		if (event.type == ISO7816_EVENT_LOCK_CHANGED && event.value)
			return event.value;
	return 0;
}

/* What the first process of a new PID namespace is told; its status */
static int in_namespace(void)
{
	int file = reader_open(0);

	if (file < 0 || lock_reader(file, 0))
		return 1;
	if (owner_told(file) != (uint32_t)getpid())
		return 2;
	if (state_of(file).lock_owner != getpid())
		return 3;
	if (reader_ioctl(file, ISO7816_IOC_UNLOCK, NULL) || lock_reader(fd, 0))
		return 4;
	/* the lock of the file from outside is still asked for by a process in here */
	if (owner_told(file) != (uint32_t)getpid())
		return 5;
	return reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL) ? 6 : 0;
}

/* Each is told of the owner by the number it knows */
static enum ktap_result namespaces(void)
{
	uint32_t told;
	int status, file;
	pid_t pid;

	CHECK_PASS(begin());
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWPID))
			_exit(errno == EPERM || errno == EINVAL ? 100 : 101);
		pid = fork();
		if (!pid)
			_exit(in_namespace());
		_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		      WEXITSTATUS(status) : 102);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status), "status %#x", status);
	if (WEXITSTATUS(status) == 100)
		return KTAP_SKIP;
	CHECK_EQ(WEXITSTATUS(status), 0);
	/* the process in there was 1, out here it was not */
	told = owner_told(other);
	CHECK(told > 1 && told != (uint32_t)getpid(), "owner %u", told);
	file = reader_open(0);
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_EQ(owner_told(file), getpid());
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL), 0);
	close(file);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "numbered, stamped, in order", in_order },
	{ "each file has a ring of its own", own_ring },
	{ "POLLPRI until the ring is empty", pollpri },
	{ "masked events do not enter the ring", masked },
	{ "the mask governs the pending proactive command", masked_level },
	{ "a full ring loses its oldest, and says how many", overflow },
	{ "a record that cannot be copied stays", bad_pointer },
	{ "the owner of the lock as each PID namespace numbers it", namespaces },
};

KTAP_MAIN(tests)
