/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OMA DM 1.2 client engine: messages in, messages out.  No sockets, no files, no waiting.
 *
 *	dm_session_new(); dm_session_start();
 *	loop:
 *		dm_session_output() -> POST it -> dm_session_input() with the answer's body
 *		as long as DM_NEXT_SEND is returned
 */
#ifndef DM_DM_H
#define DM_DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mo/mo.h"

#define DM_CONTENT_TYPE_XML	"application/vnd.syncml.dm+xml"
#define DM_CONTENT_TYPE_WBXML	"application/vnd.syncml.dm+wbxml"

struct dm_session;

/* What the caller has to do next. */
enum dm_next {
	DM_NEXT_SEND,		/* take dm_session_output() and send it */
	DM_NEXT_WAIT_UI,	/* a question is with the user; dm_session_answer() goes on */
	DM_NEXT_DONE,		/* session over, dm_session_get_outcome() says how */
};

enum dm_alert {			/* user interaction alerts */
	DM_ALERT_DISPLAY = 1100,
	DM_ALERT_CONFIRM = 1101,
	DM_ALERT_INPUT = 1102,
	DM_ALERT_SINGLE_CHOICE = 1103,
	DM_ALERT_MULTIPLE_CHOICE = 1104,
};

enum dm_input {			/* what may be typed: option IT */
	DM_INPUT_TEXT,
	DM_INPUT_NUMBER,	/* digits, a point, a sign */
	DM_INPUT_DATE,		/* DDMMYYYY */
	DM_INPUT_TIME,		/* hhmmss */
	DM_INPUT_PHONE,		/* digits p w s, + in front */
	DM_INPUT_IPV4,
};

#define DM_MAX_INPUT	256	/* characters */
#define DM_MAX_CHOICES	64

/* A question to the user; pointers are valid until it is answered. */
struct dm_question {
	unsigned int id;		/* counts the questions of the session */
	enum dm_alert type;
	const char *text;		/* UTF-8 */
	unsigned int min_display_s;	/* MINDT, 0 = none */
	unsigned int max_display_s;	/* MAXDT, 0 = none given */
	const char *default_response;	/* DR, NULL = none, or one that does not fit */
	/* DM_ALERT_INPUT */
	enum dm_input input;
	bool hidden;			/* ET=P: not to be shown, nor kept anywhere */
	unsigned int max_len;		/* MAXLEN, in characters */
	/* DM_ALERT_SINGLE_CHOICE, DM_ALERT_MULTIPLE_CHOICE */
	const char *const *choices;	/* the first is number 1 */
	unsigned int n_choices;
	uint64_t chosen;		/* by default: bit n - 1 is choice n */
};

/* NULL if the text fits, else why it does not. */
const char *dm_input_check(enum dm_input input, unsigned int max_len, const char *text);

enum dm_answer {
	DM_ANSWER_ACCEPT,		/* shown, or yes */
	DM_ANSWER_REJECT,		/* no: 304 */
	DM_ANSWER_CANCEL,		/* 214 */
	DM_ANSWER_TIMEOUT,		/* 408, with the default response if there is one */
	DM_ANSWER_NO_UI,		/* 406 */
	DM_ANSWER_UNDISPLAYABLE,	/* 416 */
};

enum dm_outcome {
	DM_OUTCOME_RUNNING,
	DM_OUTCOME_OK,			/* ended by the server, all said */
	DM_OUTCOME_AUTH_CLIENT,		/* the server does not accept our credentials */
	DM_OUTCOME_AUTH_SERVER,		/* the server's credentials are wrong or missing */
	DM_OUTCOME_MALFORMED,		/* not a SyncML message */
	DM_OUTCOME_PROTOCOL,		/* a message against the rules of the session */
	DM_OUTCOME_ABORTED,		/* alert 1223 of the server, or dm_session_abort() */
	DM_OUTCOME_TRANSPORT,		/* said by the caller: dm_session_lost() */
	DM_OUTCOME_INTERNAL,
};

struct dm_ops {
	/*
	 * Asks the user.  Answer with dm_session_answer(), not from within the call.
	 * NULL, or a non-zero return: there is no user (406).
	 */
	int (*ask)(void *ctx, const struct dm_question *q);
	/* The question is void (session ended): take it down. */
	void (*withdraw)(void *ctx, unsigned int id);
	/* One line for the person watching, no secrets, no values. Level as syslog. */
	void (*log)(void *ctx, int level, const char *line);
};

/*
 * What the device tells a server of its own accord. Data is text; correlator, source and mark may
 * be NULL.
 */
struct dm_event {
	const char *correlator;		/* of the Exec that this is the end of */
	const char *source;		/* URI of the node that it is about */
	const char *type, *format;
	const char *mark;		/* fatal critical minor warning informational harmless indeterminate */
	const char *data;
	size_t len;
};

#define DM_EVENT_MAX	4096

/* Type of the generic alert that tells what an earlier session did (Documentation/dm-sc.md). */
#define DM_RESULT_TYPE	"Reversed-Domain-Name: org.dmsc.session-result"

/* Limits that the client announces (bytes of an encoded message; object), unless told others. */
#define DM_MAX_MSG_SIZE	65536
#define DM_MAX_OBJ_SIZE	1048576
#define DM_MIN_MSG_SIZE	1024

/*
 * The account is copied. Nonces are stored in the tree (mo_account_set_nonce()) as
 * spec/oma-dm.md 6.6 says. 0 or -errno.
 */
int dm_session_new(const struct mo_account *acc, struct mo_tree *tree, const struct dm_ops *ops,
		   void *ctx, struct dm_session **ret);
void dm_session_free(struct dm_session *s);

/* Before the start. -EINVAL: a message size below DM_MIN_MSG_SIZE, or 0 as the size of objects. */
int dm_session_set_limits(struct dm_session *s, size_t max_msg_size, size_t max_obj_size);

/*
 * Builds package 1. server_initiated: a package #0 with session_id started it (alert 1200), else
 * 1201 and session_id 0 lets the engine choose. If package #0 was made with a resync nonce, the
 * account given to dm_session_new() has that nonce on both sides.
 */
enum dm_next dm_session_start(struct dm_session *s, bool server_initiated, uint16_t session_id);

/* The message to send, where to (RespURI taken into account); valid until the next call. */
void dm_session_output(struct dm_session *s, const char **uri, const char **content_type,
		       const void **body, size_t *len);
/* The body of the answer; len 0 = empty 200, which ends the session. */
enum dm_next dm_session_input(struct dm_session *s, const char *content_type, const void *body,
			      size_t len);
/*
 * The same for an account with auth-MAC: the value of the transport header x-syncml-hmac to send
 * along (in buf, or NULL if there is none), and the one received (NULL if there is none).
 */
#define DM_HMAC_HEADER	"x-syncml-hmac"
#define DM_HMAC_MAX	512
const char *dm_session_output_hmac(struct dm_session *s, char buf[DM_HMAC_MAX]);
enum dm_next dm_session_input_hmac(struct dm_session *s, const char *content_type, const char *hmac,
				   const void *body, size_t len);
/*
 * What the user said to the question id. To accept an input or a choice without saying what means
 * its default response. An answer that does not fit the question is refused: it stays open
 * (DM_NEXT_WAIT_UI).
 */
enum dm_next dm_session_answer(struct dm_session *s, unsigned int id, enum dm_answer answer);
enum dm_next dm_session_answer_text(struct dm_session *s, unsigned int id, const char *text);
/* chosen: bit n - 1 is choice n */
enum dm_next dm_session_answer_choices(struct dm_session *s, unsigned int id, uint64_t chosen);
/* The transport failed for good. */
void dm_session_lost(struct dm_session *s);
/* Ends the session; a last message (alert 1223) may be due. */
enum dm_next dm_session_abort(struct dm_session *s);

enum dm_outcome dm_session_get_outcome(const struct dm_session *s);
const char *dm_outcome_name(enum dm_outcome o);
/* How it ended, in words that say what and where; "" while running. */
const char *dm_session_reason(const struct dm_session *s);
const char *dm_session_id(const struct dm_session *s);	/* hexadecimal text */

struct dm_counts {
	unsigned int messages_out, messages_in, commands, statuses_ok, statuses_other, results;
};

void dm_session_get_counts(const struct dm_session *s, struct dm_counts *c);

/*
 * A client event (alert 1224) that goes with the next message of the session; before the start, with
 * package 1. It is not kept if the session is lost. 0, -EINVAL, -EMSGSIZE, -ENOMEM, -ESHUTDOWN.
 */
int dm_session_add_event(struct dm_session *s, const struct dm_event *e);
/*
 * A generic alert (1226) for the next session with the server; kept until the server answers it. Its
 * type begins with "Reversed-Domain-Name: " or "Content-Type: ". 0, -EINVAL, -EMSGSIZE or -errno.
 */
int dm_alert_queue(struct mo_tree *tree, const char *server_id, const struct dm_event *e);

/* ------------------------------------------------- package #0 (spec/oma-dm.md section 3) */

enum dm_ui_mode { DM_UI_UNSPECIFIED, DM_UI_BACKGROUND, DM_UI_INFORMATIVE, DM_UI_INTERACTION };

#define DM_NOTIFICATION_MAX	512
#define DM_DIGEST_LEN		16

struct dm_notification {
	uint8_t digest[DM_DIGEST_LEN];
	uint16_t version;		/* 11 = 1.1 */
	enum dm_ui_mode ui_mode;
	bool server_initiated;
	uint16_t session_id;
	char server_id[256];
	const uint8_t *trigger;		/* what the digest covers, points into the input */
	size_t trigger_len;
	const uint8_t *vendor;		/* vendor-specific part, the end of the trigger */
	size_t vendor_len;
};

/* Unwraps a WSP connectionless push (3.4) to the package #0 inside. 0, -EBADMSG, -ENOMSG (other push). */
int dm_wsp_unwrap(const uint8_t *pdu, size_t len, const uint8_t **body, size_t *body_len);
/*
 * Unwraps the user data of a short message (user data header and text) to the WSP push inside.
 * 0, -EBADMSG, -ENOMSG (for another port), -EOPNOTSUPP (a part of a longer message).
 */
int dm_sms_unwrap(const uint8_t *data, size_t len, const uint8_t **pdu, size_t *pdu_len);
/* Parses package #0. 0 or -EBADMSG; *why (static text) says what is wrong. */
int dm_notification_parse(const uint8_t *buf, size_t len, struct dm_notification *n,
			  const char **why);
/* Checks the digest with a nonce, in constant time; the name in it is the ServerID, or another. */
bool dm_notification_check(const struct dm_notification *n, const char *password,
			   const uint8_t *nonce, size_t nonce_len);
bool dm_notification_check_as(const struct dm_notification *n, const char *name,
			      const char *password, const uint8_t *nonce, size_t nonce_len);
/*
 * Builds the WSP push with package #0, as a management system does. n: version (0 = 11), ui_mode,
 * server_initiated, session_id, server_id, vendor. Returns the length or -EINVAL / -EMSGSIZE.
 */
int dm_notification_build(const struct dm_notification *n, const char *password,
			  const uint8_t *nonce, size_t nonce_len, uint8_t *buf, size_t room);

#endif /* DM_DM_H */
