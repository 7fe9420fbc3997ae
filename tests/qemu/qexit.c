// SPDX-License-Identifier: BSD-3-Clause
/*
 * qexit CONSOLE STATUS TAINTED: the guest's last program. Writes the end marker
 * to the console, waits until it is out, and ends QEMU with STATUS by an arm64
 * semihosting call.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define SYS_EXIT		0x18
#define APPLICATION_EXIT	0x20026

/* Alone in its function: no call may come between the registers and hlt. */
static void semihosting_exit(int status)
{
	volatile uint64_t block[2] = { APPLICATION_EXIT, status };
	register uint64_t op asm("x0") = SYS_EXIT;
	register volatile void *arg asm("x1") = block;

	asm volatile("hlt #0xf000" : "+r"(op) : "r"(arg) : "memory");
}

int main(int argc, char **argv)
{
	int fd, status;

	if (argc != 4)
		return 2;
	status = strtoul(argv[2], NULL, 10) & 0xff;
	fd = open(argv[1], O_WRONLY | O_NOCTTY);
	if (fd < 0)
		return 3;
	dprintf(fd, "\ndmsc-guest: end %d tainted %s\n", status, argv[3]);
	tcdrain(fd);
	semihosting_exit(status);
	return 4;
}
