// SPDX-License-Identifier: BSD-3-Clause
/*
 * Ways to take a card or a reader away: the card of the test machine, the driver of
 * its slot unbound or its module unloaded, a virtual card that comes and goes, a
 * virtual reader whose program is killed, a pseudo terminal that hangs up.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/iso7816_ldisc.h>
#include <linux/iso7816_sim.h>

#include "guest.h"
#include "stress.h"

#define SERDEV_DRIVER	"/sys/bus/serial/drivers/iso7816-serdev"
#define SERDEV_MODULE	"/lib/modules/iso7816-serdev.ko"
#define SIM		"/dev/iso7816-sim"

/* ------------------------------------------------- the machine's own slot */

/* The N of an entry iso7816-N in this folder, or -ENOENT */
static int reader_in(const char *path)
{
	struct dirent *entry;
	int n = -ENOENT;
	DIR *dir = opendir(path);

	while (dir && n < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "iso7816-%d", &n) != 1)
			n = -ENOENT;
	if (dir)
		closedir(dir);
	return n;
}

/* Number of the reader of the slot that the driver is bound to */
static int slot_reader(void)
{
	char path[600];
	struct dirent *entry;
	int n = -ENOENT;
	DIR *dir = opendir(SERDEV_DRIVER);

	while (dir && n < 0 && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "serial", 6))
			continue;
		snprintf(path, sizeof(path), SERDEV_DRIVER "/%s/iso7816", entry->d_name);
		n = reader_in(path);
	}
	if (dir)
		closedir(dir);
	return n;
}

static int reader_number(const char *format, const char *text)
{
	int n;

	return sscanf(text, format, &n) == 1 ? n : -EINVAL;
}

static int card_begin(void)
{
	enum ktap_result result;
	int fd;

	if (!reader_sees_presence())
		return -ENOENT;
	fd = reader_open(0);
	if (fd < 0)
		return fd;
	result = fresh_card(fd);
	close(fd);
	return result ? -EIO : reader_number("/dev/iso7816-%d", reader_path());
}

static int card_pull(void)
{
	return card("remove");
}

static int card_push(void)
{
	int ret = card("insert");

	return ret ? ret : reader_number("/dev/iso7816-%d", reader_path());
}

static int slot_begin(void)
{
	int n = slot_reader(), fd;

	if (n < 0)
		return n;
	fd = stress_open(n, 0);
	if (fd < 0)
		return fd;
	if (fresh_card(fd) != KTAP_PASS)
		n = -EIO;
	close(fd);
	return n;
}

static int unbind_push(void)
{
	int ret = reader_bind();

	return ret ? ret : slot_reader();
}

/* For those who come after us: number 0 is free again. */
static void unbind_end(void)
{
	reader_unbind();
	reader_bind();
}

static int module_begin(void)
{
	return access(SERDEV_MODULE, R_OK) ? -ENOENT : slot_begin();
}

static int module_pull(void)
{
	return syscall(SYS_delete_module, "iso7816_serdev", O_NONBLOCK) ? -errno : 0;
}

static int module_push(void)
{
	int file = open(SERDEV_MODULE, O_RDONLY | O_CLOEXEC), ret = 0;

	if (file < 0 || syscall(SYS_finit_module, file, "", 0))
		ret = -errno;
	if (file >= 0)
		close(file);
	return ret ? ret : slot_reader();
}

static void module_end(void)
{
	module_pull();
	module_push();
}

/* ------------------------------------------------------- a virtual card */

static int sim_fd = -1;
static pid_t sim_card;
static unsigned int sim_seed;

static bool sim_put(const uint8_t *bytes, size_t len)
{
	struct iso7816_sim_record r = { .type = ISO7816_SIM_CHAR };
	size_t i;

	for (i = 0; i < len; i++) {
		r.value = bytes[i];
		if (write(sim_fd, &r, sizeof(r)) != sizeof(r))
			return false;
	}
	return true;
}

/* Success, mostly; at times after a while, or never, as long as there is load */
static void sim_answer(void)
{
	static const uint8_t slow[] = { 0x60, 0x60, 0x60, 0x90, 0 };
	unsigned int mood = rand_r(&sim_seed) % 64;

	if (stress->stop)
		sim_put(slow + 3, 2);
	else if (mood < 8)
		sim_put(slow, sizeof(slow));
	else if (mood < 63)
		sim_put(slow + 3, 2);
}

/* A card on T=0 that answers each header at once; does not return. */
static void sim_card_main(void)
{
	static const uint8_t atr[] = { 0x3b, 0 };
	struct iso7816_sim_record r[32];
	unsigned int header = 0;
	ssize_t n, i;

	while ((n = read(sim_fd, r, sizeof(r))) > 0) {
		for (i = 0; i < n / (ssize_t)sizeof(r[0]); i++) {
			if (r[i].type == ISO7816_SIM_RESET) {
				header = 0;
				if (r[i].value)
					sim_put(atr, sizeof(atr));
			} else if (r[i].type == ISO7816_SIM_CHAR && ++header == 5) {
				header = 0;
				sim_answer();
			}
		}
	}
	_exit(0);
}

/* A slot with its card program; number of the reader */
static int sim_plug(void)
{
	struct iso7816_sim_setup setup = {
		.flags = ISO7816_SIM_PRESENCE | ISO7816_SIM_CARD_IN | ISO7816_SIM_VCC,
		.classes = ISO7816_CLASS_B,
	};
	int n;

	sim_fd = open(SIM, O_RDWR | O_CLOEXEC);
	if (sim_fd < 0)
		return -errno;
	if (ioctl(sim_fd, ISO7816_SIM_IOC_SETUP, &setup)) {
		n = -errno;
		close(sim_fd);
		return n;
	}
	sim_seed++;
	sim_card = fork();
	if (!sim_card)
		sim_card_main();
	return sim_card < 0 ? -EAGAIN : reader_number("iso7816-%d", setup.name);
}

/* The card program dies, and with it its slot. */
static int sim_unplug(void)
{
	int status;

	close(sim_fd);
	kill(sim_card, SIGKILL);
	return waitpid(sim_card, &status, 0) == sim_card ? 0 : -ECHILD;
}

static void sim_end(void)
{
	sim_unplug();
}

static int sim_present(bool in)
{
	struct iso7816_sim_record r = { .type = ISO7816_SIM_CARD, .value = in };

	return write(sim_fd, &r, sizeof(r)) == sizeof(r) ? 0 : -errno;
}

static int sim_number;

static int sim_card_begin(void)
{
	sim_number = sim_plug();
	return sim_number;
}

static int sim_card_pull(void)
{
	return sim_present(false);
}

static int sim_card_push(void)
{
	int ret = sim_present(true);

	return ret ? ret : sim_number;
}

/* ------------------------------------------------------ a tty that hangs up */

static int tty_fd = -1;

/* The rate says what RST is; a card on T=0 that answers each header.  Does not return. */
static void tty_card_main(int master)
{
	static const uint8_t atr[] = { 0x3b, 0 }, success[] = { 0x90, 0 };
	struct pollfd p = { .fd = master, .events = POLLIN };
	unsigned int header = 0;
	bool low = true;
	uint8_t in[64];

	for (;;) {
		struct termios line;
		ssize_t n = 0;

		if (poll(&p, 1, 1) < 0 || tcgetattr(master, &line))
			_exit(1);
		if (p.revents & POLLIN)
			n = read(master, in, sizeof(in));
		if (cfgetospeed(&line) == B0) {
			low = true;
			header = 0;
		} else if (low) {
			low = false;
			if (write(master, atr, sizeof(atr)) < 0)
				_exit(1);
		} else if (n > 0) {
			header += n;
			if (header < 5)
				continue;
			header = 0;
			if (write(master, success, sizeof(success)) < 0)
				_exit(1);
		}
	}
}

static int tty_attach(const char *slave)
{
	struct iso7816_ldisc_attach attach = { .reset = ISO7816_LDISC_RESET_BAUD0 };
	int discipline = ISO7816_LDISC_NR;

	tty_fd = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty_fd < 0)
		return -errno;
	if (ioctl(tty_fd, TIOCSETD, &discipline)) {
		close(tty_fd);
		return -ENOENT;
	}
	if (ioctl(tty_fd, ISO7816_LDISC_ATTACH, &attach)) {
		close(tty_fd);
		return -EIO;
	}
	return reader_number("iso7816-%d", attach.name);
}

static int tty_plug(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), n;

	if (master < 0 || grantpt(master) || unlockpt(master))
		return -EIO;
	n = tty_attach(ptsname(master));
	sim_card = n < 0 ? 0 : fork();
	if (n >= 0 && !sim_card)
		tty_card_main(master);
	close(master);
	return sim_card < 0 ? -EAGAIN : n;
}

/* The last file of the master goes with the card: the terminal hangs up. */
static int tty_unplug(void)
{
	struct pollfd p = { .fd = tty_fd };
	int status;

	kill(sim_card, SIGKILL);
	if (waitpid(sim_card, &status, 0) != sim_card)
		return -ECHILD;
	if (poll(&p, 1, PATIENCE_MS) != 1)
		return -ETIME;
	close(tty_fd);
	return 0;
}

static void tty_end(void)
{
	tty_unplug();
}

const struct stress_way stress_ways[] = {
	{ "card", "card pulled and put in again", false, 10,
	  card_begin, card_pull, card_push, NULL },
	{ "unbind", "driver unbound and bound again", true, 10,
	  slot_begin, reader_unbind, unbind_push, unbind_end },
	{ "module", "driver unloaded and loaded again", true, 3,
	  module_begin, module_pull, module_push, module_end },
	{ "sim-card", "virtual card pulled and put in again", false, 60,
	  sim_card_begin, sim_card_pull, sim_card_push, sim_end },
	{ "sim-close", "program of a virtual reader killed, another started", true, 15,
	  sim_plug, sim_unplug, sim_plug, sim_end },
	{ "hangup", "terminal of a reader hung up, another attached", true, 10,
	  tty_plug, tty_unplug, tty_plug, tty_end },
};

const unsigned int stress_n_ways = sizeof(stress_ways) / sizeof(stress_ways[0]);
