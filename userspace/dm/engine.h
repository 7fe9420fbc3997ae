/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of a DM session: what the files of the engine share.
 *
 *	session.c	the state machine
 *	receive.c	a message of the server: reads headers, decides
 *	header.c	the SyncHdr of the server
 *	trust.c	who authenticated whom
 *	commands.c	runs the commands of a message, one after the other
 *	container.c	Sequence and Atomic
 *	execute.c	what commands do to the tree
 *	batch.c		commands that become durable together
 *	answers.c	what the server says about our messages
 *	journal.c	what a lost session did not tell
 *	event.c		alerts of the device
 *	large-object.c	objects that come in chunks
 *	alert.c		alerts of the server, above all questions to the user
 *	status.c	queue of Status and Results
 *	package.c	makes messages of the queue
 */
#ifndef DM_ENGINE_H
#define DM_ENGINE_H

#include <syslog.h>

#include "dm/auth.h"
#include "dm/buf.h"
#include "dm/dm.h"
#include "dm/message.h"
#include "dm/scheme.h"
#include "dm/writer.h"

#define DM_URI_LEN		256	/* like mo_account.addr */
#define DM_MAX_NESTING		4	/* containers in containers */
#define DM_MAX_MESSAGES		4096	/* of one session */
#define DM_MAX_IDLE		4	/* messages in a row without a command or an end */
#define DM_MAX_RESULT_BYTES	(256 * 1024)	/* queued Results, unless it is a single one */
#define DM_RESULT_COST		256		/* of each of them, beside its value */
#define DM_MAX_CLIENT_RETRIES	1	/* after a challenge */
#define DM_MAX_SERVER_FAILURES	2

enum dm_state {
	DM_STATE_NEW,
	DM_STATE_SETUP,		/* package 1 is out */
	DM_STATE_MANAGEMENT,	/* package 3 is out */
	DM_STATE_USER,		/* a question is with the user */
	DM_STATE_CLOSING,	/* the last message is out */
	DM_STATE_DONE,
};


#define DM_NOT_EXECUTED		215
#define DM_CHUNK_ACCEPTED	213

enum dm_out_kind { DM_OUT_STATUS, DM_OUT_RESULTS, DM_OUT_ALERT };

/* An Item of a Status or an Alert; what is NULL or empty is left out. */
struct dm_out_item {
	struct dm_out_item *next;
	char *target, *source, *mark;
	struct mo_value value;		/* data NULL: no Data; format "": no Meta */
};

/* What the server has to get: a Status, the Results for one node, or an alert. */
struct dm_out {
	struct dm_out *next;
	enum dm_out_kind kind;
	unsigned long msg_ref;
	char *cmd_ref, *cmd, *target_ref;
	int code;			/* Status; which alert */
	struct dm_out_item *items;	/* Status, Alert */
	char *correlator;		/* Alert */
	struct mo_value value;		/* Results; target_ref is the Source of the Item */
	bool binary;			/* Results: text cannot carry the value */
	size_t sent;			/* Results: bytes of the value that went with earlier chunks */
	bool glued;			/* has to be in the message of the one before it */
	bool journaled;			/* a row of the journal tells of it, */
	int64_t row;			/* ... this one, if it is the last of them; else 0 */
	unsigned long sent_msg;		/* Alert: where the server's Status points to */
	unsigned int sent_cmd;
};

struct dm_queue {
	struct dm_out *head, *last, **end;
	size_t result_bytes;
};

/* Inside of an Atomic. SUSPENDED: rolled back while the user is asked. */
enum dm_atomic { DM_ATOMIC_NONE, DM_ATOMIC_OPEN, DM_ATOMIC_SUSPENDED };

/* A list of commands that is being run: the SyncBody, or a Sequence or Atomic in it. */
struct dm_frame {
	struct dm_cmd *container;	/* NULL: SyncBody */
	struct dm_cmd *next;
	struct dm_out *out;		/* Status of the container */
	int refuse;			/* members are not run but get this code */
	enum dm_atomic atomic;
};

/* REFUSED: what comes of it in the next message gets the same code. */
enum dm_object_state { DM_OBJECT_NONE, DM_OBJECT_OPEN, DM_OBJECT_REFUSED };

/* An object of which the server sent some chunks. */
struct dm_object {
	enum dm_object_state state;
	enum dm_cmd_type type;
	char *target, *source, *format, *mime;
	size_t size, len;		/* announced, received */
	char *data;			/* room for size + 1 */
	unsigned int seen;		/* messages_in at its last chunk */
	int refused;
};

/* Status for the SyncHdr of the message that is being answered. */
struct dm_hdr_status {
	bool due;
	unsigned long msg_ref;
	int code;
	char target[DM_URI_LEN], source[DM_URI_LEN];
	enum dm_scheme chal;		/* DM_SCHEME_NONE: no Chal */
	uint8_t nonce[DM_NONCE_LEN];
};

struct dm_session {
	struct mo_account acc;
	struct mo_tree *tree;
	struct dm_ops ops;
	void *ctx;

	enum dm_state state;
	enum dm_outcome outcome, closing;	/* closing: the outcome once the last message is out */
	char reason[256];
	char id[8];
	char uri[DM_URI_LEN];
	char dev_id[128];
	bool server_initiated;
	bool no_memory;			/* an answer was lost: the session cannot go on */

	unsigned long msg_id, peer_msg_id;
	unsigned long peer_max_msg, peer_max_obj;	/* 0 = not told */
	unsigned int idle;
	bool server_final;		/* the package of the server is complete */

	/* The message under way as it came, for its MAC */
	struct dm_received {
		const char *hmac;	/* NULL: no such header */
		const void *body;
		size_t len;
	} in;
	enum dm_scheme server_scheme;	/* with which the server has proved itself */
	bool server_authenticated;
	bool nonce_issued;		/* stored for the server, which has not answered yet */
	unsigned int server_failures;
	enum dm_scheme client_scheme;
	bool client_accepted;		/* a 200 or 212 was seen */
	bool send_cred;			/* the next message has to prove who we are */
	bool nonce_dirty;		/* acc.client.nonce is newer than the stored one */
	unsigned int client_retries;

	size_t max_msg, max_obj;	/* what the client takes */

	struct dm_hdr_status hdr;
	struct dm_queue queue;
	struct dm_queue alerts;		/* 1224 and 1226, behind all that answers */
	struct dm_queue unacked;	/* sent, and it is not known yet whether the server has it */
	struct dm_queue leftovers;	/* of earlier messages, while the commands of the next one run */
	bool send_setup, send_next, send_abort;

	struct dm_message *msg;		/* while its commands run */
	struct dm_frame frames[DM_MAX_NESTING + 1];
	unsigned int depth;
	struct {			/* commands that share a unit of work */
		bool open;
		struct dm_out *first;	/* Status of the first that changed something */
	} batch;
	bool stopped;			/* the user canceled: nothing more of this message is run */
	struct dm_object object;
	int64_t exec_row;		/* journal: the Exec that is running; 0 = none */
	struct dm_out *asking;		/* Status that waits for the user */
	const struct dm_cmd *asking_cmd;
	struct dm_question question;
	const char *choices[DM_MAX_CHOICES];
	unsigned int questions;

	enum dm_encoding encoding;	/* of what we send next: what the server speaks */
	enum dm_encoding out_encoding;	/* of out */
	struct dm_buf out;
	struct dm_counts counts;
};

/* What came from the user. */
struct dm_reply {
	enum dm_answer answer;
	const char *text;
	bool has_chosen;
	uint64_t chosen;
};

void dm_log(struct dm_session *s, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* session.c */
enum dm_next dm_set_state(struct dm_session *s, enum dm_state state);
void dm_drop_message(struct dm_session *s);
/* Builds the next message, which is due in that state. */
enum dm_next dm_send(struct dm_session *s, enum dm_state state);
/* Ends it at once; the reason is for the person watching. */
enum dm_next dm_end(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Sends a last message; whatever comes back, the session ends with this outcome. */
enum dm_next dm_close_with(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* receive.c */
enum dm_next dm_receive(struct dm_session *s, const char *content_type,
			const struct dm_received *in);
/* Runs the commands of the message from where they stopped, then answers it. */
enum dm_next dm_receive_go_on(struct dm_session *s);

/* status.c */
void dm_queue_init(struct dm_queue *q);
void dm_queue_clear(struct dm_queue *q);
void dm_queue_put(struct dm_queue *q, struct dm_out *out);
/* The first one, which the caller owns then; NULL if there is none. */
struct dm_out *dm_queue_take(struct dm_queue *q);
/* Puts tail behind q; tail is empty then. */
void dm_queue_join(struct dm_queue *q, struct dm_queue *tail);
void dm_out_free(struct dm_out *out);
/* Appends; NULL if there is no memory, which no_memory remembers. uri may be NULL. */
struct dm_out *dm_status_add(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
			     int code);
/* Takes over the value. */
void dm_results_add(struct dm_session *s, struct dm_queue *q, const struct dm_cmd *cmd,
		    const char *uri, struct mo_value *value);
/* An alert that is in no queue yet. NULL as above. */
struct dm_out *dm_alert_new(struct dm_session *s, int code);
/* Appends an Item; target and source may be NULL. NULL as above. */
struct dm_out_item *dm_out_item_add(struct dm_session *s, struct dm_out *out, const char *target,
				    const char *source);
/* Alert 1225 for a broken object. */
void dm_alert_no_end_of_data(struct dm_session *s, const char *target, const char *source);
bool dm_status_is_ok(int code);

/* commands.c */
/* Starts on the commands of s->msg; refuse != 0: none is executed, each gets that code. */
void dm_commands_begin(struct dm_session *s, int refuse);
/* Runs until all is done (true) or a question is with the user (false). */
bool dm_commands_run(struct dm_session *s);
/* Drops what is not run yet and rolls back an open Atomic, without answers. */
void dm_commands_drop(struct dm_session *s);

/* container.c */
struct dm_frame *dm_top_frame(struct dm_session *s);
/* The Atomic that is being run, or NULL. */
struct dm_frame *dm_atomic_frame(struct dm_session *s);
/* Goes into a container. refuse: it is not run, its Status is code and its members get refuse. */
void dm_frame_push(struct dm_session *s, struct dm_cmd *cmd, int code, int refuse);
/* Its members are through. */
void dm_frame_pop(struct dm_session *s);
/* What the outcome of a member means for those behind it. */
void dm_commands_member_done(struct dm_session *s, const struct dm_cmd *cmd, int code);
/* While the user is asked no unit of work is open; both do nothing outside of an Atomic. */
void dm_atomic_suspend(struct dm_session *s);
void dm_atomic_resume(struct dm_session *s);

/* execute.c */
/* Runs a command on the tree and queues what is to be said of it. The worst of its codes. */
int dm_execute(struct dm_session *s, const struct dm_cmd *cmd);
/* The same inside of an Atomic that is run again: nothing is queued. */
int dm_execute_again(struct dm_session *s, const struct dm_cmd *cmd);

/* batch.c */
/* May the command share a unit of work with those before and behind it? */
bool dm_batch_takes(const struct dm_session *s, const struct dm_cmd *cmd);
/* Before such a command: a mo_status. */
int dm_batch_begin(struct dm_session *s);
/* It has changed something: its statuses begin with first and end the queue. */
void dm_batch_add(struct dm_session *s, struct dm_out *first);
/* Makes durable what was done; before anything else is done, and before it is told. */
void dm_batch_end(struct dm_session *s);

/* answers.c */
/* The server has our last message: what it says about it. */
void dm_answers_take(struct dm_session *s);
/* It did not accept that message: what it held is due again. */
void dm_answers_send_again(struct dm_session *s);

/* journal.c */
/* Writes the statuses from first to the end of the queue into the open unit of work. A mo_status. */
int dm_journal_statuses(struct dm_session *s, struct dm_out *first);
/* That unit was not committed. */
void dm_journal_void(struct dm_out *first);
/* An Exec is about to begin, and is over; no unit of work is open. */
void dm_journal_exec(struct dm_session *s, const struct dm_cmd *cmd, const char *uri);
void dm_journal_exec_done(struct dm_session *s, struct dm_out *first);
/* Empties q: the server has it. What it says of an alert decides whether that is told again. */
void dm_journal_delivered(struct dm_session *s, struct dm_queue *q,
			  int (*status_of)(const struct dm_session *s, const struct dm_out *out));
/* The session ends before the server has heard all. */
void dm_journal_keep(struct dm_session *s);
/* What is to be told of earlier sessions becomes alerts. 0 or -errno. */
int dm_journal_load(struct dm_session *s);

/* large-object.c */
/* A command, or an Item of it, is next: if that is not what an open object waits for, it is broken. */
void dm_object_guard(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item);
void dm_object_end_of_message(struct dm_session *s);
/*
 * Takes the Item if it belongs to an object in chunks. *code is its status then, MO_OK with the
 * last chunk: dm_object_value() has the whole, and dm_object_drop() is due afterwards.
 */
bool dm_object_take(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		    int *code);
int dm_object_value(struct dm_session *s, struct mo_value *v);
void dm_object_drop(struct dm_session *s);

/* alert.c */
/* Handles an Alert: false if it waits for the user, else *code is its status. */
bool dm_alert_run(struct dm_session *s, const struct dm_cmd *cmd, int *code);
/* The user answered. False if that does not fit the question, which stays open. */
bool dm_alert_answer(struct dm_session *s, const struct dm_reply *reply);
/* The question is void; its Status gets the code. */
void dm_alert_withdraw(struct dm_session *s, int code);
bool dm_alert_is(const struct dm_cmd *cmd, unsigned int code);

/* header.c */
bool dm_header_same_session(const char *ours, const char *theirs);
bool dm_header_usable_uri(const char *uri);
void dm_header_take_resp_uri(struct dm_session *s, const char *uri);
void dm_header_take_limits(struct dm_session *s, const struct dm_meta *meta);
/* 0, or the code with which the whole message is turned down, because of *what. */
int dm_header_refusal(const struct dm_header *hdr, const char **what);
void dm_header_prepare_status(struct dm_session *s, const struct dm_header *hdr);

/* trust-server.c, trust-client.c */
enum dm_auth_result {
	DM_AUTH_GOOD,
	DM_AUTH_MISSING,
	DM_AUTH_WRONG,
};

enum dm_auth_result dm_server_check(struct dm_session *s, const struct dm_header *hdr);
/* Puts a fresh nonce into the header status, to be used for the next proof of the server. */
int dm_server_challenge(struct dm_session *s);
/* The server is known: the header status says so. -EIO if the session cannot go on. */
int dm_server_accept(struct dm_session *s);
/* Makes the nonce of the header status the one for later; durable. */
void dm_server_store_nonce(struct dm_session *s);

/* Chooses the scheme for package 1. */
void dm_client_begin(struct dm_session *s);
/* Data of a Cred. 0 or -errno. */
int dm_client_cred(struct dm_session *s, char cred[DM_BASIC_B64_LEN + 1]);
/* Value of the header with the MAC over s->out. 0 or -errno. */
int dm_client_mac(struct dm_session *s, char *buf, size_t room);
enum dm_client_result {
	DM_CLIENT_GOOD,
	DM_CLIENT_RETRY,	/* package 1 is due again, with other credentials */
	DM_CLIENT_REFUSED,
	DM_CLIENT_BROKEN,	/* the answer is not one */
};

/* What s->msg says about our last message and who we are; why: of the last two. */
enum dm_client_result dm_client_check(struct dm_session *s, char *why, size_t why_len);
/* Keeps nonce and scheme for the next session, once server and client trust each other. */
void dm_client_remember(struct dm_session *s);

/* package.c */
/* Builds the next message into s->out. 0 or -errno. */
int dm_package_build(struct dm_session *s);
/* Bytes that text cannot carry? */
bool dm_value_is_binary(const struct mo_value *v);
/* Bytes of a value as it is sent. */
size_t dm_results_len(const struct dm_session *s, const struct mo_value *v);
/* Do Results with this value go to the server, in chunks if need be? */
bool dm_package_takes(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
		      const struct mo_value *v);
/* Do the statuses of the queue from this one on fit into one message? */
bool dm_package_holds(struct dm_session *s, struct dm_out *from);

#endif /* DM_ENGINE_H */
