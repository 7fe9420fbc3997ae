/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the card's DM server behaves, besides who it is: words NAME=VALUE on the command line, or in a
 * processing instruction <?vuicc ...?> of the provisioning file (which win).
 */
#ifndef VUICC_DM_OPTIONS_H
#define VUICC_DM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "vuicc/dm-wbxml.h"

enum vdm_encoding { VDM_AS_CLIENT, VDM_XML, VDM_WBXML };

/* How one side proves to the other who it is. */
enum vdm_auth { VDM_AUTH_NONE, VDM_AUTH_BASIC, VDM_AUTH_MD5, VDM_AUTH_MAC };

struct vdm_options {
	enum vdm_encoding encoding;
	enum vdm_text text;		/* in WBXML */
	enum vdm_auth client, server;
	bool each_message;		/* credentials are accepted for a message, not for the session */
	unsigned long max_msg, max_obj;	/* told to the client */
	unsigned long batch;		/* commands of the file in a message, 0 = what fits */
	bool open_packages;		/* a package is all commands of the file, not one message */
	unsigned long alert_status;	/* for generic alerts and client events, 0 = what they deserve */
	unsigned long hostile;		/* seed of what its messages are spoiled with, 0 = they are not */
	char fault[32];			/* "" = none, else as --dm-fault */
};

void vdm_options_default(struct vdm_options *o);
/* Takes words with blanks between them; 0, or -EINVAL with a message on stderr. */
int vdm_options_parse(struct vdm_options *o, const char *where, const char *text);
/* "syncml:auth-md5"; NULL for none. */
const char *vdm_auth_type(enum vdm_auth auth);
/* VDM_AUTH_NONE for a type that is not known. */
enum vdm_auth vdm_auth_of_type(const char *type);

#endif /* VUICC_DM_OPTIONS_H */
