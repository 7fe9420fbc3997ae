/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of the card's DM server (OMA DM 1.2): what its files share.
 *
 *	dm-server.c	set-up and end
 *	dm-options.c	how the server behaves
 *	dm-provision.c	the provisioning file
 *	dm-session.c	state machine: one message of the client in, one answer out
 *	dm-identity.c	who the client is, and who we are
 *	dm-header.c	the client's SyncHdr, and what it says to ours
 *	dm-inbound.c	the elements of a client's message
 *	dm-alert.c	alerts of the client, and what its user answered to ours
 *	dm-rules.c	the rules that a message as a whole must keep
 *	dm-dtd.c	the elements and their order
 *	dm-track.c	commands that were sent and the Statuses they get
 *	dm-verdict.c	what the Statuses of several commands say together
 *	dm-chunks.c	large objects of the client
 *	dm-object.c	large objects to the client
 *	dm-message.c	reading of SyncML
 *	dm-output.c	writing of SyncML
 *	dm-encode.c, dm-decode.c, dm-tokens.c	WBXML
 *	dm-auth.c	digests and nonces
 *	dm-results.c	the results log
 *	dm-fault.c	deliberate faults
 *	dm-hostile.c	messages spoiled at random
 *	dm-push.c	package #0
 *	dm-buf.c	text that grows
 */
#ifndef VUICC_DM_SERVER_H
#define VUICC_DM_SERVER_H

#include <json-c/json.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vuicc/app.h"
#include "vuicc/dm-options.h"
#include "vuicc/hostile.h"

#define VDM_TYPE_XML	"application/vnd.syncml.dm+xml"
#define VDM_TYPE_WBXML	"application/vnd.syncml.dm+wbxml"
#define VDM_TEXT		512	/* longest LocURI and the like */
#define VDM_COMMANDS_MAX	4096	/* in a provisioning file; in a session twice as many */
#define VDM_DEPTH_MAX		8	/* of Sequences and Atomics in each other */

/* ----------------------------------------------------------- dm-buf.c */

/* Text that grows; an allocation failure sticks. */
struct vdm_buf {
	char *p;
	size_t len, room;
	bool failed;
};

void vdm_buf_add(struct vdm_buf *b, const char *s, size_t len);
void vdm_buf_printf(struct vdm_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text content or attribute value, escaped for XML. */
void vdm_buf_escape(struct vdm_buf *b, const char *s);
void vdm_buf_clear(struct vdm_buf *b);

/* --------------------------------------------------------------- dm-fault.c */

enum vdm_fault {
	VDM_FAULT_NONE,
	VDM_FAULT_MALFORMED_XML,
	VDM_FAULT_WRONG_SERVER_SECRET,
	VDM_FAULT_NO_SERVER_CRED,
	VDM_FAULT_UNKNOWN_COMMAND,
	VDM_FAULT_LONG_NAMES,
	VDM_FAULT_ABORT,
	VDM_FAULT_NO_ANSWER,
	VDM_FAULT_HTTP_500,
	VDM_FAULT_WRONG_SESSION_ID,
	VDM_FAULT_HUGE,
	VDM_FAULT_NO_STATUS,
	VDM_FAULT_CHALLENGE_FIRST,
	VDM_FAULT_REFUSE_CLIENT,
	VDM_FAULT_SMALL_MESSAGES,
	VDM_FAULT_TRUNCATE,
	VDM_FAULT_WRONG_DIGEST,
	VDM_FAULT_WRONG_MAC,
	VDM_FAULT_NO_MAC,
	VDM_FAULT_WEAK_CHALLENGE,
	VDM_FAULT_UNKNOWN_AUTH,
	VDM_FAULT_BAD_NONCE,
	VDM_FAULT_WRONG_VERSION,
	VDM_FAULT_WRONG_PROTOCOL,
	VDM_FAULT_WRONG_MSG_REF,
	VDM_FAULT_SAME_MSG_ID,
	VDM_FAULT_FOREIGN_RESP_URI,
	VDM_FAULT_WRONG_TYPE,
	VDM_FAULT_ENDLESS,
	VDM_FAULT_CHUNK_SIZE,
	VDM_FAULT_CHUNK_NO_SIZE,
	VDM_FAULT_CHUNK_MIXED,
	VDM_FAULT_CHUNK_LOST,
	VDM_FAULT_LARGE_SIZE,
};

/* NULL = no fault. 0 or -EINVAL for an unknown name (the known ones go to stderr). */
int vdm_fault_find(const char *name, enum vdm_fault *ret);
/* The commands a fault puts before those of the file, "" if none. */
void vdm_fault_commands(enum vdm_fault fault, struct vdm_buf *out);
/* Spoils a finished answer. */
void vdm_fault_spoil(enum vdm_fault fault, enum vdm_encoding encoding, struct vdm_buf *answer);

/* -------------------------------------------------------------- dm-hostile.c */

struct vdm_server;
void vdm_hostile_begin(struct vdm_server *srv);
bool vdm_is_hostile(const struct vdm_server *srv);
/* Spoils a message, or does not: before it is encoded, and after. */
void vdm_hostile_document(struct vdm_server *srv, xmlDoc *doc);
void vdm_hostile_bytes(struct vdm_server *srv, struct vdm_buf *b);

/* ---------------------------------------------------------------- dm-auth.c */

#define VDM_NONCE_MAX	64
#define VDM_B64_LEN	25	/* base64 of an MD5 with its NUL */

struct vdm_nonce {
	uint8_t b[VDM_NONCE_MAX];
	size_t len;
};

/* B64(MD5(user:secret)): all that a server needs to keep of a password. */
int vdm_auth_hash(const char *user, const char *secret, char ret[VDM_B64_LEN]);
/* The syncml:auth-md5 digest. 0 or -errno. */
int vdm_auth_digest(const char *hash, const struct vdm_nonce *nonce, char ret[VDM_B64_LEN]);
/* Does the Cred data match? In constant time. */
bool vdm_auth_match(const char *hash, const struct vdm_nonce *nonce, const char *cred);
int vdm_nonce_fresh(struct vdm_nonce *n);
int vdm_nonce_decode(const char *b64, struct vdm_nonce *n);
int vdm_nonce_encode(const struct vdm_nonce *n, char *b64, size_t room);
int vdm_md5(const void *buf, size_t len, uint8_t ret[16]);
/* syncml:auth-basic: B64(user ":" secret). */
int vdm_auth_basic(const char *user, const char *secret, struct vdm_buf *ret);
/* syncml:auth-MAC of a message. */
int vdm_auth_mac(const char *hash, const struct vdm_nonce *nonce, const void *body, size_t len,
		 char ret[VDM_B64_LEN]);
/* In constant time. */
bool vdm_equal(const char *a, const char *b);
/* Any length; blanks are passed over. 0, -EINVAL or -ENOMEM. */
int vdm_b64_decode(const char *b64, struct vdm_buf *ret);
void vdm_b64_encode(const void *bytes, size_t len, struct vdm_buf *ret);

/* ----------------------------------------------------------- dm-provision.c */

/* The commands to send: elements of a document, in order. */
struct vdm_program {
	xmlDoc *doc;
	xmlNode **command;
	size_t count;
	struct vdm_buf options;		/* what stood in <?vuicc ...?>, words with blanks between them */
};

/* name is used in messages; 0 or -errno with a message on stderr. */
int vdm_program_parse(struct vdm_program *p, const char *name, const char *text, size_t len);
int vdm_program_load(struct vdm_program *p, const char *path);
void vdm_program_clear(struct vdm_program *p);
/* Is the element a member (of a Sequence, say) that gets a CmdID of its own? */
bool vdm_is_command(const xmlNode *n);
bool vdm_is_container(const xmlNode *n);

/* ------------------------------------------------------------- dm-message.c */

/* A request and the response as HTTP has them. */
struct vdm_request {
	const char *query;
	const char *content_type, *accept, *accept_charset, *cache_control;	/* "" = none */
	const char *hmac;		/* x-syncml-hmac, NULL = none */
	const void *body;
	size_t len;
};

struct vdm_reply {
	const char *content_type;
	const char *hmac;		/* NULL = none */
	const char *body;
	size_t len;
};

/* The header x-syncml-hmac. */
struct vdm_mac {
	bool present;
	char user[128], mac[64];
};

/* A message of the client. */
struct vdm_in {
	const struct vdm_request *req;
	enum vdm_encoding encoding;
	struct vdm_mac mac;
	xmlDoc *doc;
	xmlNode *hdr, *body;
	size_t size;
	char ver_dtd[16], ver_proto[16], session[32];
	char target[VDM_TEXT], source[VDM_TEXT], name[128];
	unsigned int msg;
	bool has_cred;
	char cred_type[64], cred_format[16], cred_data[256];
	unsigned long max_msg, max_obj;	/* 0 = not given */
	bool final;
};

/* 0, -EBADMSG (why says what is wrong) or -ENOMEM. The request must outlive in. */
int vdm_in_parse(struct vdm_in *in, const struct vdm_request *req, char *why, size_t why_len);
/* Is the media type, parameters aside, this one? */
bool vdm_is_type(const char *content_type, const char *type);
/* -EBADMSG if it is not what spec/oma-dm.md 6.7 says. */
int vdm_mac_parse(const char *value, struct vdm_mac *mac);
/* XML as a client may send it, too; why is text. */
xmlDoc *vdm_xml_parse(const char *text, size_t len, char *why, size_t why_len);
void vdm_in_clear(struct vdm_in *in);
bool vdm_is(const xmlNode *n, const char *name);
/* First child of that name, NULL if none (or n is NULL). */
xmlNode *vdm_child(const xmlNode *n, const char *name);
/* Text without blanks around it. Length, -ENOENT (n is NULL), -EMSGSIZE; buf is always text. */
int vdm_text(const xmlNode *n, char *buf, size_t room);
/* The text of a path of children such as "Target/LocURI". */
int vdm_path_text(const xmlNode *n, const char *path, char *buf, size_t room);
/* A decimal number, -1 if it is none. */
long vdm_number(const xmlNode *n);

/* --------------------------------------------------------------- dm-track.c */

/* One Item of a command that was sent. */
struct vdm_item {
	char *target;			/* NULL = none */
	int status;			/* 0 = no Status yet */
};

struct vdm_sent {
	unsigned int msg, cmdid;
	char cmd[64];
	struct vdm_item *item;		/* at least one, for a command without Items too */
	size_t items;
	long parent;			/* index of the Sequence or Atomic, -1 = none */
	const xmlNode *source;		/* in the program, NULL = the server's own */
	bool internal;			/* the server's own 1222: not provisioning */
	bool chunk;			/* of a large object, not the last one: internal too */
	bool results;			/* Results came */
};

struct vdm_session;

/* Notes a command; 0 or -errno. */
int vdm_track_add(struct vdm_session *s, const xmlNode *cmd, unsigned int cmdid, long parent);
int vdm_track_add_internal(struct vdm_session *s, const char *cmd, unsigned int cmdid);
/* Notes a chunk of a large object, not its last. */
int vdm_track_add_chunk(struct vdm_session *s, const xmlNode *cmd, unsigned int cmdid);
/* Forgets all from index on (they did not fit the message). */
void vdm_track_cut(struct vdm_session *s, size_t index);
struct vdm_sent *vdm_track_find(struct vdm_session *s, long msg, long cmdid);
/* A Status of the client for one of our commands. */
void vdm_track_status(struct vdm_session *s, const xmlNode *status);
/* Commands of which a Status is missing. */
size_t vdm_track_open(const struct vdm_session *s);
/* Gets that were answered with 200 and wait for their Results. */
size_t vdm_track_results_due(const struct vdm_session *s);
/* The client's package is complete: logs what is missing, checks what the codes say together. */
void vdm_track_close(struct vdm_session *s);

/* -------------------------------------------------------------- dm-output.c */

struct vdm_out {
	struct vdm_buf buf;
	struct vdm_session *s;
	unsigned int next_cmdid;	/* from 1 */
	unsigned int commands;		/* provisioning commands in it, members included */
};

/* A Status for something of the client's message. */
struct vdm_status {
	unsigned int msg_ref;
	const char *cmd_ref, *cmd;
	const char *target_ref, *source_ref;	/* NULL = none */
	const struct vdm_nonce *chal;		/* NULL = none */
	enum vdm_auth chal_auth;
	int code;
};

void vdm_out_header(struct vdm_out *o);
void vdm_out_status(struct vdm_out *o, const struct vdm_status *st);
void vdm_out_alert(struct vdm_out *o, int code);
/* A command of the program, numbered and noted; -EMSGSIZE if over limit (0 = any size). */
int vdm_out_command(struct vdm_out *o, const xmlNode *cmd, size_t limit);
/* Parts of a command, for what is not sent as it stands in the file. */
void vdm_out_element(struct vdm_buf *b, const xmlNode *n, bool metinf);
void vdm_out_auth_meta(struct vdm_buf *b, const char *type, const char *next_nonce);
/* What may still be added to a message of this size; 0 = nothing. */
size_t vdm_out_room(const struct vdm_out *o, size_t limit);
void vdm_out_end(struct vdm_out *o, bool final);

/* -------------------------------------------------------------- dm-object.c */

/* Can its Data be sent in chunks? */
bool vdm_object_is_possible(const xmlNode *cmd);
/*
 * The next chunk of the command's Data: 0 = it was the last one, 1 = more will follow (the message
 * has to end), -EMSGSIZE = not even a small one fits, or -errno.
 */
int vdm_object_send(struct vdm_out *o, const xmlNode *cmd, size_t limit);
/* The chunk that is with the client was answered. */
void vdm_object_status(struct vdm_session *s, int code);

/* ------------------------------------------------------------- dm-results.c */

struct vdm_log {
	FILE *f;
	bool failed;
};

int vdm_log_open(struct vdm_log *log, const char *path);
void vdm_log_close(struct vdm_log *log);
/* Takes over fields (may be NULL). */
void vdm_log_event(struct vdm_session *s, const char *event, struct json_object *fields);
void vdm_log_status(struct vdm_session *s, const struct vdm_sent *cmd, struct json_object *target,
		    int code);
/* A rule that the client broke: log and step line. */
void vdm_violation(struct vdm_session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------- dm-session.c */

enum vdm_state {
	VDM_SETUP,	/* package 1 is expected, or was refused and is expected again */
	VDM_MANAGE,	/* commands are with the client */
	VDM_OVER,
};

enum vdm_event {
	VDM_EV_CHALLENGED,	/* credentials refused, the client may try again */
	VDM_EV_NEXT_MESSAGE,	/* the client's package goes on */
	VDM_EV_COMMANDS,	/* commands were sent */
	VDM_EV_END,		/* the last package was sent, or nothing more can come of it */
	VDM_EV_COUNT
};

/* A Results object that comes in chunks. */
struct vdm_chunks {
	char source[VDM_TEXT];
	char format[16];
	struct vdm_buf data;		/* bytes as they were sent */
	long size;			/* announced, -1 = not */
	bool active, opaque;
	bool continued;			/* by the message that is being read */
};

/* A Data of ours that goes in chunks. */
struct vdm_object {
	bool active;
	size_t sent;			/* bytes of the text in the file */
};

struct vdm_session {
	struct vdm_server *srv;
	enum vdm_state state;
	char id[32];
	char device[VDM_TEXT];		/* Source of the client */
	unsigned int msg_in, msg_out;	/* last MsgID of each side, ours once begun */
	bool package1_seen;
	enum vdm_encoding encoding;	/* of the answers */
	unsigned int violations;
	/* packages */
	bool may_final;			/* our package is complete, so the client may complete its own */
	bool last_final;		/* our last message had Final */
	bool open;			/* commands are out in a package that is not complete */
	/* the client towards us */
	bool client_ok;
	unsigned int missing, wrong;	/* messages without and with wrong credentials */
	struct vdm_nonce challenge;	/* of the last 401 or 407 */
	bool challenged;
	/* we towards the client */
	bool server_ok;			/* for the whole session */
	bool server_known;		/* accepted at least once */
	enum vdm_auth server_auth;
	struct vdm_nonce server_nonce;	/* of the server until accepted, or of the client's challenge */
	int refusal;			/* 401 or 407 in the client's current package */
	unsigned int refused;		/* packages in which our credentials were refused */
	/* commands */
	size_t next, batch;		/* next one of the program; first one of the last message */
	struct vdm_sent *sent;
	size_t sent_count, sent_room;
	size_t closed;			/* up to here the Statuses were settled */
	const char *why;		/* it is not complete, NULL = nothing is wrong so far */
	unsigned int statuses;		/* commands that have got their Status */
	unsigned long max_msg, max_obj;	/* of the client, 0 = no limit */
	struct vdm_chunks chunks;
	struct vdm_object object;
	/* the last exchange, for a request that is repeated */
	uint8_t request_digest[16];
	struct vdm_buf answer;
	char answer_mac[256];		/* "" = none */
};

struct vdm_server {
	const struct vuicc_app_ops *ops;
	void *ctx;
	char *path, *url, *server_id, *client_id;
	char *server_secret, *client_secret;
	char server_hash[VDM_B64_LEN], client_hash[VDM_B64_LEN];
	struct vdm_options options;
	struct hostile hostile;
	struct vdm_nonce server_nonce, client_nonce;
	uint16_t session_id;
	uint8_t ui_mode;
	enum vdm_fault fault;
	struct vdm_program fault_program, program;
	struct vdm_log log;
	struct vdm_session *session;	/* running or last */
	bool ended, ended_complete;	/* for the owner to tell, see vdm_server_ended() */
};

/* A message; returns the HTTP status, and for 200 the answer (valid until the next call). */
int vdm_server_post(struct vdm_server *srv, const struct vdm_request *req, struct vdm_reply *reply);
/* Ends a running session and tells the owner. */
void vdm_server_abort(struct vdm_server *srv, const char *why);
/* True once for each session that ended by an answer, for the owner to tell when that is sent. */
bool vdm_server_ended(struct vdm_server *srv, bool *complete);
void vdm_session_free(struct vdm_session *s);

/* -------------------------------------------------------------- dm-server.c */

int vdm_server_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		   struct vdm_server **ret);
void vdm_server_free(struct vdm_server *srv);
/* A line for the person watching; control characters are replaced. */
void vdm_step(struct vdm_server *srv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The command at a position of the program, NULL past the end. */
const xmlNode *vdm_server_command(const struct vdm_server *srv, size_t index);

/* ------------------------------------------------------------ dm-identity.c */

/* What the client thinks of our last message. */
struct vdm_verdict {
	int refusal;		/* 401 or 407: our credentials; 0 = none */
	bool has_chal;
	enum vdm_auth auth;	/* of the challenge */
	bool has_nonce;		/* the client gave a nonce for the server */
	struct vdm_nonce nonce;
	bool server_ok;		/* 212 */
	bool accepted;		/* 200 or 212 */
};

/*
 * Is the client who it says?  Sets what the Status for its SyncHdr says.  Returns the code for
 * its commands: 0 if it is known, else 401 or 407 (500 if no nonce can be made).
 */
int vdm_identity_check(struct vdm_session *s, const struct vdm_in *in, struct vdm_status *hdr,
		       bool *give_up);
void vdm_identity_note(struct vdm_session *s, const struct vdm_verdict *v);
/* Our Cred, as long as one is due. */
void vdm_identity_cred(struct vdm_out *o);
/* The MAC of the finished answer, "" if none is due. */
void vdm_identity_mac(struct vdm_session *s);

/* -------------------------------------------------------------- dm-header.c */

void vdm_header_check(struct vdm_session *s, const struct vdm_in *in);
void vdm_header_verdict(struct vdm_session *s, const struct vdm_in *in, struct vdm_verdict *v);
bool vdm_is_header_status(const xmlNode *st);

/* --------------------------------------------------------------- dm-rules.c */

/* Before the body is taken, and after that (before is the count of violations at the start). */
void vdm_rules_before(struct vdm_session *s, const struct vdm_in *in);
void vdm_rules_after(struct vdm_session *s, const struct vdm_in *in, unsigned int before);
/* MetInf elements need their namespace. */
void vdm_rules_metinf(struct vdm_session *s, const xmlNode *n);

/* ----------------------------------------------------------------- dm-dtd.c */

/* What is wrong with the elements of a client's message or their order; "" if nothing. 0 or -ENOMEM. */
int vdm_dtd_check(const xmlDoc *doc, char *why, size_t why_len);

/* --------------------------------------------------------------- dm-alert.c */

/* An alert of the client; the code that it is answered with. */
int vdm_alert_take(struct vdm_session *s, const xmlNode *n, bool *abort);
/* What the Status of a user interaction alert holds. */
void vdm_alert_answered(struct vdm_session *s, const struct vdm_sent *cmd, const xmlNode *status,
			int code);
/* 1100 to 1104, 0 for everything else. */
long vdm_alert_for_user(const struct vdm_sent *cmd);

/* -------------------------------------------------------------- dm-chunks.c */

/* Takes an Item of Results; the code for it. *complete: k->data or the Item has all of it. */
int vdm_chunks_take(struct vdm_session *s, const struct vdm_in *in, const xmlNode *cmd,
		    const xmlNode *item, bool *complete);
/* The message is over: an object that it should have continued is broken. */
void vdm_chunks_end(struct vdm_session *s);

/* ------------------------------------------------------------- dm-verdict.c */

/* A command that has all its Statuses, in a message that is settled. */
void vdm_verdict_check(struct vdm_session *s, size_t index);

/* ------------------------------------------------------------- dm-inbound.c */

/* Meta of the Item, else of the command; NULL if there is none. */
const xmlNode *vdm_meta(const xmlNode *cmd, const xmlNode *item, const char *name);
/* Text as a new JSON string; null if it is not there. */
struct json_object *vdm_json_text(const xmlNode *n);
/*
 * Goes through the rest of the body, answers its commands in o.  code: 0 if the client is
 * authenticated, else the code that every command gets.  Sets *abort on alert 1223.
 */
void vdm_inbound_body(struct vdm_session *s, const struct vdm_in *in, int code, struct vdm_out *o,
		      bool *abort);

/* --------------------------------------------------------------- dm-push.c */

/* Length or -errno. */
int vdm_push(struct vdm_server *srv, uint8_t *buf, size_t room);

#endif /* VUICC_DM_SERVER_H */
