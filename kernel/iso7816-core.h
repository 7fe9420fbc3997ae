/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of iso7816.ko share: the reader object, a client (an open
 * file, as far as the core knows it) and a request.  Locks: see core.c.
 */
#ifndef ISO7816_CORE_H
#define ISO7816_CORE_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/iso7816.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct iso7816_fsm;

/* Power of two; what a card can send while the worker is in a phy operation */
#define ISO7816_RX_FIFO_SIZE	1024
/* The longest that a card may ever take for a command */
#define ISO7816_EXCHANGE_CAP_MAX_MS	600000U
/* Power of two; records kept for a client that does not fetch them */
#define ISO7816_EVENT_RING_SIZE	64
/* Power of two; events kept until netlink and uevents have told them */
#define ISO7816_NOTICE_FIFO_SIZE	64

#define ISO7816_MINORS	32

struct iso7816_rx_char {
	u8 byte;
	u8 flags;
};

enum iso7816_request_type {
	ISO7816_REQ_POWER_ON,
	ISO7816_REQ_RESET,
	ISO7816_REQ_POWER_OFF,
	ISO7816_REQ_XFER,
	ISO7816_REQ_LOCK,
};

/**
 * struct iso7816_wish - what POWER_ON allows; holds until the next one
 * @classes: operating classes, 0 = all that the phy has
 * @protocols: bit n = T=n
 * @max_baud: highest rate, 0 = any
 * @no_pps: stay with the rate and the protocol that hold without PPS
 */
struct iso7816_wish {
	u32 classes;
	u16 protocols;
	u32 max_baud;
	bool no_pps;
};

/**
 * struct iso7816_request - something a client wants done by the worker
 * @ref: held by the one who waits, by the queue and then the worker, which is
 *	alone with it if the waiter leaves
 * @node: in reader.queue
 * @type: what
 * @client: whose it is (iso7816_client.id), 0 = nobody's who has the device open
 * @pid: LOCK: the process that asks
 * @cold: RESET: cold, not warm
 * @wish: POWER_ON: what is allowed
 * @raw: XFER: one TPDU as it is
 * @timeout_ms: XFER: cap, 0 = the module's
 * @want_generation: XFER: generation that must be in force, 0 = any
 * @cmd: XFER: the command, owned
 * @cmd_len: its length
 * @resp: XFER: room for the response, owned
 * @room: bytes at @resp
 * @over: the client has its result, and does not look at @resp if that is an error
 *	(state_lock)
 * @error: result: 0 or a negative errno
 * @resp_len: result: bytes in @resp
 * @sw: result: SW1 SW2
 * @generation: result: generation in force
 * @baud: result: rate in force
 * @class: result: operating class in force
 * @protocol: result: T in force
 * @start_ns: when the first character was sent
 * @duration_ns: result: until the last was received
 * @done: completed once, together with @over
 * @end: called then, under state_lock; optional
 * @context: for @end
 */
struct iso7816_request {
	struct kref ref;
	struct list_head node;
	enum iso7816_request_type type;
	u64 client;
	struct pid *pid;
	bool cold;
	struct iso7816_wish wish;
	bool raw;
	u32 timeout_ms;
	u32 want_generation;
	u8 *cmd;
	size_t cmd_len;
	u8 *resp;
	size_t room;
	bool over;
	int error;
	size_t resp_len;
	u16 sw;
	u32 generation;
	u32 baud;
	u32 class;
	u32 protocol;
	u64 start_ns;
	u64 duration_ns;
	struct completion done;
	void (*end)(struct iso7816_request *req);
	void *context;
};

/**
 * struct iso7816_client - one listener of a reader
 * @node: in reader.clients
 * @id: never used again by another; not 0
 * @pid_ns: PID namespace of who opened it
 * @mask: events that it wants, ISO7816_EVENT_BIT()
 * @lost: records that fell out of @ring since one was last taken
 * @head: number of the next event to be put into @ring
 * @tail: number of the next event to be taken out
 * @ring: the newest ISO7816_EVENT_RING_SIZE events, at most
 */
struct iso7816_client {
	struct list_head node;
	u64 id;
	struct pid_namespace *pid_ns;
	u64 mask;
	u32 lost;
	unsigned int head;
	unsigned int tail;
	struct iso7816_event ring[ISO7816_EVENT_RING_SIZE];
};

/* Who is told of an event outside of the files */
enum iso7816_group {
	ISO7816_GROUP_EVENTS,
	ISO7816_GROUP_PROACTIVE,
	ISO7816_GROUPS,
};

/**
 * struct iso7816_notice - an event on its way to netlink and uevents
 * @event: the event
 * @group: who is to be told
 * @prev_seq: number of the event before it in the same group
 * @st: how things stood right after it
 */
struct iso7816_notice {
	struct iso7816_event event;
	enum iso7816_group group;
	u64 prev_seq;
	struct iso7816_state st;
};

/**
 * struct iso7816_reader - a reader
 * @dev: the class device; its reference count is the reader's
 * @cdev: the character device
 * @id: number in the name
 * @phy: the physical layer
 * @priv: the phy's own
 * @ops_lock: see core.c
 * @gone: the phy is no more (ops_lock, state_lock)
 * @asleep: the system sleeps: the worker leaves the phy alone (ops_lock)
 * @registered: the phy has registered the reader and not yet unregistered it
 * @state_lock: see core.c; everything from here to @stats
 * @rx: characters received and not yet looked at
 * @last_rx: when the newest character came
 * @present: presence, as last told by the phy
 * @pulled: the card was out since the worker last looked
 * @timer_fired: the timer expired since it was armed
 * @poll_changed: the polling interval was set since the worker last looked
 * @canceled: the client of @current_req has left since the worker last looked
 * @queue: requests, oldest first
 * @current_req: the one that the worker has taken
 * @lock_client: who has the lock (iso7816_client.id), 0 = nobody
 * @lock_pid: its process
 * @last_client: the newest iso7816_client.id
 * @clients: listeners
 * @st: state, as GET_STATE shows it
 * @atr: ATR, as GET_ATR shows it
 * @poll_owner: who set the polling interval
 * @notices: events that nobody outside of the files has been told of
 * @notices_lost: some did not fit there
 * @notices_over: the reader has gone, and that was the last
 * @group_seq: number of the newest event of each group
 * @stats: counters, as GET_STATS shows them
 * @notice_work: tells of @notices
 * @wait: woken whenever something that poll() looks at may have changed
 * @wq: the worker's queue
 * @work: the worker
 * @timer: the one timer
 * @fsm: what only the worker knows
 */
struct iso7816_reader {
	struct device dev;
	struct cdev cdev;
	int id;
	struct iso7816_phy phy;
	void *priv;

	struct rw_semaphore ops_lock;
	bool gone;
	bool asleep;
	bool registered;

	spinlock_t state_lock;		/* all from here to @stats */
	DECLARE_KFIFO(rx, struct iso7816_rx_char, ISO7816_RX_FIFO_SIZE);
	ktime_t last_rx;
	bool present;
	bool pulled;
	bool timer_fired;
	bool poll_changed;
	bool canceled;
	struct list_head queue;
	struct iso7816_request *current_req;
	u64 lock_client;
	struct pid *lock_pid;
	u64 last_client;
	struct list_head clients;
	struct iso7816_state st;
	struct iso7816_atr atr;
	struct iso7816_client *poll_owner;
	DECLARE_KFIFO(notices, struct iso7816_notice, ISO7816_NOTICE_FIFO_SIZE);
	bool notices_lost;
	bool notices_over;
	u64 group_seq[ISO7816_GROUPS];
	struct iso7816_stats stats;

	struct work_struct notice_work;
	wait_queue_head_t wait;
	struct workqueue_struct *wq;
	struct work_struct work;
	struct hrtimer timer;
	struct iso7816_fsm *fsm;
};

#define to_iso7816_reader(d)	container_of(d, struct iso7816_reader, dev)

/* core.c: what the character device uses */
int iso7816_client_add(struct iso7816_reader *reader, struct iso7816_client *client);
void iso7816_client_quit(struct iso7816_reader *reader, struct iso7816_client *client);
void iso7816_client_del(struct iso7816_reader *reader, struct iso7816_client *client);
int iso7816_get_state(struct iso7816_reader *reader, struct iso7816_state *state);
int iso7816_get_stats(struct iso7816_reader *reader, struct iso7816_stats *stats);
void iso7816_get_info(struct iso7816_reader *reader, struct iso7816_info *info);
bool iso7816_is_gone(struct iso7816_reader *reader);
void iso7816_snapshot(struct iso7816_reader *reader, struct iso7816_state *st,
		      struct iso7816_atr *atr);

/* core.c: what netlink uses */
struct iso7816_reader *iso7816_reader_find(u32 id);
u32 iso7816_readers_seq(void);

/* core.c: what the others use */
void iso7816_kick(struct iso7816_reader *reader);

/* request.c: clients */
struct iso7816_request *iso7816_request_alloc(enum iso7816_request_type type,
					      size_t cmd_len, size_t room);
void iso7816_request_put(struct iso7816_request *req);
int iso7816_queue(struct iso7816_reader *reader, struct iso7816_request *req);
int iso7816_wait(struct iso7816_reader *reader, struct iso7816_request *req,
		 unsigned long limit, int queued, int taken);
int iso7816_submit(struct iso7816_reader *reader, struct iso7816_request *req);
int iso7816_cancel(struct iso7816_reader *reader, const struct iso7816_client *client);

/* request.c: the worker and lock.c */
struct iso7816_request *iso7816_request_next_locked(struct iso7816_reader *reader);
void iso7816_request_end_locked(struct iso7816_reader *reader,
				struct iso7816_request *req, int error);
void iso7816_complete(struct iso7816_reader *reader, struct iso7816_request *req,
		      int error);
void iso7816_request_refuse_locked(struct iso7816_reader *reader, int error,
				   bool (*which)(const struct iso7816_request *req,
						 u64 client),
				   u64 client, struct list_head *refused);
void iso7816_request_refuse_all(struct iso7816_reader *reader, int error);
void iso7816_request_put_list(struct list_head *list);

/* lock.c */
int iso7816_lock(struct iso7816_reader *reader, struct iso7816_client *client,
		 u32 timeout_ms, u32 *generation);
int iso7816_unlock(struct iso7816_reader *reader, const struct iso7816_client *client);
void iso7816_lock_taken(struct iso7816_reader *reader, struct iso7816_request *req);
bool iso7816_locked_out(const struct iso7816_reader *reader, u64 client);
s32 iso7816_lock_owner(const struct iso7816_reader *reader);

/* fsm.c: the life cycle of the card, with the other fsm-*.c */
int iso7816_fsm_init(struct iso7816_reader *reader);
void iso7816_fsm_destroy(struct iso7816_reader *reader);
void iso7816_fsm_work(struct work_struct *work);
void iso7816_fsm_unplug(struct iso7816_reader *reader);
void iso7816_fsm_deactivate(struct iso7816_reader *reader, u32 reason);
void iso7816_fsm_wake(struct iso7816_reader *reader);
bool iso7816_fsm_busy(const struct iso7816_reader *reader);

/* contacts.c: the phy and the timer, in terms of the standard */
int iso7816_contacts_vcc_on(struct iso7816_reader *reader, u32 class);
int iso7816_contacts_clock_on(struct iso7816_reader *reader);
int iso7816_contacts_rst(struct iso7816_reader *reader, bool low);
void iso7816_contacts_off(struct iso7816_reader *reader);
int iso7816_contacts_send(struct iso7816_reader *reader, const u8 *buf, size_t len,
			  u64 delay_ns);
void iso7816_contacts_flush(struct iso7816_reader *reader);
void iso7816_timer_arm(struct iso7816_reader *reader, u64 ns);
void iso7816_timer_stop(struct iso7816_reader *reader);
enum hrtimer_restart iso7816_timer_fired(struct hrtimer *timer);

/* event.c */
void iso7816_event(struct iso7816_reader *reader, u32 type, u32 value);
void iso7816_event_locked(struct iso7816_reader *reader, u32 type, u32 value);
bool iso7816_event_pending(const struct iso7816_reader *reader,
			   const struct iso7816_client *client);
int iso7816_event_set_mask(struct iso7816_reader *reader,
			   struct iso7816_client *client, u64 mask);
void iso7816_notice_init(struct iso7816_reader *reader);
int iso7816_event_pop(struct iso7816_reader *reader, struct iso7816_client *client,
		      struct iso7816_event *event);
void iso7816_event_unpop(struct iso7816_reader *reader, struct iso7816_client *client,
			 const struct iso7816_event *event);

/* proactive.c */
#define ISO7816_PROACTIVE_STATUS_LEN	5

extern const u8 iso7816_proactive_status[ISO7816_PROACTIVE_STATUS_LEN];
void iso7816_proactive_response(struct iso7816_reader *reader,
				const struct iso7816_request *req, u16 sw);
void iso7816_proactive_forget(struct iso7816_reader *reader);
u64 iso7816_proactive_interval(struct iso7816_reader *reader);
int iso7816_proactive_set(struct iso7816_reader *reader,
			  struct iso7816_client *client, u32 interval_ms);
void iso7816_proactive_client_gone(struct iso7816_reader *reader,
				   struct iso7816_client *client);

/* pm.c */
extern const struct dev_pm_ops iso7816_pm_ops;
void iso7816_pm_start(struct iso7816_reader *reader);
void iso7816_pm_stop(struct iso7816_reader *reader);
void iso7816_pm_used(struct iso7816_reader *reader);

/* netlink.c, netlink-notify.c */
int iso7816_netlink_init(void);
void iso7816_netlink_exit(void);
void iso7816_netlink_add(struct iso7816_reader *reader);
void iso7816_netlink_notice(struct iso7816_reader *reader,
			    const struct iso7816_notice *notice);
void iso7816_netlink_overrun(void);

/* sysfs.c */
extern const struct attribute_group *iso7816_groups[];
void iso7816_uevent(struct iso7816_reader *reader, bool present);

/* cdev.c */
extern const struct file_operations iso7816_fops;
int iso7816_cdev_init(void);
void iso7816_cdev_exit(void);

#endif /* ISO7816_CORE_H */
