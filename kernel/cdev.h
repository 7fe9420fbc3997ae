/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of /dev/iso7816-N, for cdev.c (open, read, write, poll) and
 * cdev-ioctl.c.
 */
#ifndef ISO7816_CDEV_H
#define ISO7816_CDEV_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "iso7816-core.h"

/* CLA INS P1 P2, and SW1 SW2 */
#define ISO7816_COMMAND_MIN	4
#define ISO7816_RESPONSE_MIN	2

enum file_state {
	FILE_IDLE,
	FILE_BUSY,
	FILE_RESPONSE,
	FILE_ERROR,
};

/**
 * struct iso7816_file - an open file
 * @ref: held by the file and by its queued write until @work has seen the end
 * @reader: the reader
 * @client: what the core knows of the file
 * @lock: guards @state to @error, and @expires
 * @state: of the write and read pair
 * @closed: nobody is interested any more
 * @req: the request that is under way or answered
 * @pos: bytes of the answer already read
 * @error: ERROR: what went wrong
 * @in_flight: commands of this file that are waited for
 * @expires: when the answer is to be forgotten (jiffies)
 * @work: sees to the end of a queued write
 * @expire: forgets an answer
 */
struct iso7816_file {
	struct kref ref;
	struct iso7816_reader *reader;
	struct iso7816_client client;
	struct mutex lock;	/* @state to @error, and @expires */
	enum file_state state;
	bool closed;
	struct iso7816_request *req;
	size_t pos;
	int error;
	atomic_t in_flight;
	unsigned long expires;
	struct work_struct work;
	struct delayed_work expire;
};

int iso7816_file_transmit(struct iso7816_file *file, struct iso7816_request *req);
long iso7816_ioctl(struct file *filp, unsigned int cmd, unsigned long uarg);

#endif /* ISO7816_CDEV_H */
