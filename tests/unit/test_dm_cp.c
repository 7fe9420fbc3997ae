// SPDX-License-Identifier: BSD-3-Clause
/* Client Provisioning documents as accounts, and MACs of documents of either profile. */
#include "bootstrap-fixture.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define PARM(name, value) "<parm name=\"" name "\" value=\"" value "\"/>"
#define BOX(type, body) "<characteristic type=\"" type "\">" body "</characteristic>"
#define CP(body) "<wap-provisioningdoc>" body "</wap-provisioningdoc>"
#define W7(body) CP(BOX("APPLICATION", PARM("APPID", "w7") body))
#define SERVER_AT(id, addr) PARM("PROVIDER-ID", id) BOX("APPADDR", PARM("ADDR", addr))

static void expect_from(const char *file)
{
	assert_int_equal(apply_file(file, "file:x"), 0);
	assert_int_equal(result.profile, DM_PROFILE_CP);
	assert_int_equal(result.n, 1);
	assert_true(result.start);
	expect_account();
	expect_leaf("./DMAcc/1/AppID", "w7");
	expect_leaf("./DMAcc/1/PrefConRef", "./NAP/1");
	expect_leaf("./DMAcc/1/AppAddr/1/Port/1/PortNbr", "3516");
	expect_leaf("./DMAcc/1?prop=ACL", "Delete=dmsc.example&Get=dmsc.example&Replace=dmsc.example");
	expect_leaf("./NAP/1/NAPID", "N1");
	expect_leaf("./NAP/1/AddrType", "APN");
	expect_leaf("./NAP/1/Bearer/1/BearerType", "GSM-GPRS");
	expect_leaf("./NAP/1/AuthInfo/AuthSecret", "NapSecret1");
	expect_leaf("./NAP/1?prop=ACL", "Delete=dmsc.example&Get=dmsc.example&Replace=dmsc.example");
}

static void cp_in_xml(void **state)
{
	expect_from("cp.xml");
}

static void cp_in_wbxml(void **state)
{
	expect_from("cp.wbxml");
}

static void init_asks_for_a_session(void **state)
{
	assert_int_equal(apply_text(W7(SERVER_AT("a", "http://h/"))), 0);
	assert_false(result.start);
	assert_int_equal(apply_bytes(W7(SERVER_AT("b", "http://h/") PARM("INIT", "1")),
				     strlen(W7(SERVER_AT("b", "http://h/") PARM("INIT", "1"))), "2"), 0);
	assert_true(result.start);
}

static void several_connections(void **state)
{
	assert_int_equal(apply_text(CP(
		BOX("NAPDEF", PARM("NAPID", "N") PARM("NAP-ADDRESS", "apn"))
		BOX("PXLOGICAL", PARM("PROXY-ID", "P") PARM("NAME", "Px")
		    BOX("PXPHYSICAL", PARM("PXADDR", "192.0.2.1") PARM("PXADDRTYPE", "IPV4")
			PARM("TO-NAPID", "N") BOX("PORT", PARM("PORTNBR", "8080"))))
		BOX("APPLICATION", PARM("APPID", "w7") SERVER_AT("s", "http://h/") PARM("TO-NAPID", "N")
		    PARM("TO-PROXY", "P") PARM("TO-NAPID", "INTERNET")))), 0);
	expect_leaf("./DMAcc/1/ToConRef/1/ConRef", "./Proxy/1");
	expect_leaf("./DMAcc/1/ToConRef/2/ConRef", "./NAP/1");
	expect_leaf("./DMAcc/1/ToConRef/3/ConRef", "INTERNET");
	expect_leaf("./Proxy/1/Addr", "192.0.2.1");
	expect_leaf("./Proxy/1/ConRefs/1/ConRef", "./NAP/1");
	expect_leaf("./Proxy/1/Ports/1/PortNbr", "8080");
}

static void expect_addr(const char *body, const char *uri)
{
	struct mo_account acc;
	char doc[1024];

	snprintf(doc, sizeof(doc), W7(PARM("PROVIDER-ID", "s") "%s"), body);
	assert_int_equal(apply_text(doc), 0);
	assert_int_equal(mo_account_load(tree, "s", &acc), 0);
	assert_string_equal(acc.addr, uri);
	mo_account_wipe(&acc);
}

#define ADDRESS(type, addr, port) BOX("APPADDR", PARM("ADDR", addr) PARM("ADDRTYPE", type) \
				      BOX("PORT", PARM("PORTNBR", port)))

static void addresses_of_each_type(void **state)
{
	expect_addr(BOX("APPADDR", PARM("ADDR", "http://h/x")), "http://h/x");
	expect_addr(PARM("ADDR", "http://h/short"), "http://h/short");
	expect_addr(ADDRESS("URI", "http://h/x", "81"), "http://h:81/x");
	expect_addr(ADDRESS("URI", "http://h:80/x", "81"), "http://h:80/x");
	expect_addr(ADDRESS("URI", "http://[::1]/x", "81"), "http://[::1]:81/x");
	expect_addr(ADDRESS("URI", "http://h", "81"), "http://h:81");
	expect_addr(ADDRESS("URI", "http://h/x", "99999"), "http://h/x");
	expect_addr(ADDRESS("IPV4", "192.0.2.1", "81"), "http://192.0.2.1:81/");
	expect_addr(ADDRESS("IPV6", "2001:db8::1", "81"), "http://[2001:db8::1]:81/");
	expect_leaf("./DMAcc/1/AppAddr/1/AddrType", "IPv6");
}

static void levels_and_types_of_credentials(void **state)
{
	struct mo_account acc;

	assert_int_equal(apply_text(W7(SERVER_AT("s", "http://h/")
		BOX("APPAUTH", PARM("AAUTHLEVEL", "OBEX") PARM("AAUTHNAME", "no"))
		BOX("APPAUTH", PARM("AAUTHLEVEL", "APPSRV") PARM("AAUTHTYPE", "X509,HMAC,BASIC")
		    PARM("AAUTHNAME", "c") PARM("AAUTHSECRET", "x") PARM("AAUTHDATA", "not base64!"))
		BOX("APPAUTH", PARM("AAUTHLEVEL", "CLIENT") PARM("AAUTHSECRET", "y")))), 0);
	assert_int_equal(mo_account_load(tree, "s", &acc), 0);
	assert_string_equal(acc.client.type, "HMAC");
	assert_string_equal(acc.client.name, "c");
	assert_int_equal(acc.client.nonce_len, 11);
	assert_memory_equal(acc.client.nonce, "not base64!", 11);
	assert_string_equal(acc.server.type, "DIGEST");
	assert_string_equal(acc.server.name, "s");
	assert_string_equal(acc.server.secret, "y");
	mo_account_wipe(&acc);
}

static void expect_nothing(const char *doc, int err, const char *why)
{
	char *before = picture(), *after;

	assert_int_equal(apply_text(doc), err);
	if (!strstr(result.why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, result.why);
	after = picture();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

#define LONG	"0123456789012345678901234567890123456789012345678901234567890123456789" \
		"0123456789012345678901234567890123456789012345678901234567890123456789"

static void documents_that_are_refused(void **state)
{
	char many[4096] = "<wap-provisioningdoc>";

	/* no rights to anybody where there is no w7 */
	expect_nothing(CP(BOX("NAPDEF", PARM("NAPID", "N"))
			  BOX("APPLICATION", PARM("APPID", "w2") PARM("PROVIDER-ID", "s"))), -ENOENT, "w7");
	expect_nothing(W7(BOX("APPADDR", PARM("ADDR", "http://h/"))), -EBADMSG, "PROVIDER-ID");
	expect_nothing(W7(PARM("PROVIDER-ID", "s")), -EBADMSG, "ADDR");
	expect_nothing(W7(SERVER_AT(LONG, "http://h/")), -EBADMSG, "PROVIDER-ID: more than 127");
	expect_nothing(W7(SERVER_AT("s", "http://h/") BOX("APPAUTH", PARM("AAUTHLEVEL", "CLIENT")
			  PARM("AAUTHSECRET", LONG))), -EBADMSG, "AAUTHSECRET");
	expect_nothing(W7(SERVER_AT("s", "http://h/") BOX("APPAUTH", PARM("AAUTHLEVEL", "CLIENT")
			  PARM("AAUTHDATA", "!" LONG))), -EBADMSG, "AAUTHDATA");
	expect_nothing(CP(BOX("NAPDEF", "")), -EBADMSG, "access point");
	expect_nothing(CP(BOX("APPLICATION", PARM("APPID", "w7") SERVER_AT("s", "http://h/"))
			  BOX("APPLICATION", PARM("APPID", "w7") SERVER_AT("s", "http://h/"))), -EEXIST,
		       "account of server s");
	for (int i = 0; i < 9; i++)
		sprintf(many + strlen(many), BOX("APPLICATION", PARM("APPID", "w7")
						 SERVER_AT("s%d", "http://h/")), i);
	strcat(many, "</wap-provisioningdoc>");
	expect_nothing(many, -EBADMSG, "more than 8");
}

static int apply_hex(const uint8_t *head, size_t n, size_t cut)
{
	struct doc d = load("cp.wbxml");

	memcpy(d.data, head, n);
	return apply_bytes(d.data, d.len - cut, "file:x");
}

static void wbxml_that_is_broken(void **state)
{
	static const uint8_t whole[] = { 0x03 }, bad_table[] = { 0x03, 0x0b, 0x6a, 0x7f };
	struct doc d = load("cp.wbxml");

	assert_int_equal(apply_hex(bad_table, sizeof(bad_table), 0), -EBADMSG);
	for (size_t cut = 1; cut < d.len - 1; cut++)
		assert_int_equal(apply_hex(whole, 1, cut), -EBADMSG);
	assert_int_equal(mo_account_load(tree, SERVER, &(struct mo_account){ 0 }), -ENOENT);
	assert_int_equal(apply_hex(whole, 1, 0), 0);
}

/* Attributes by literal name, references, entities, values in pieces; what is in no table. */
static void wbxml_attributes_in_all_forms(void **state)
{
	static const uint8_t doc[] = {
		3, 0x0b, 0x6a, 5, 'n', 'a', 'm', 'e', 0,
		0x45, 0xc6, 0x00, 0x01, 0x55, 0x01,			/* APPLICATION */
		0x87, 0x04, 0x00, 0x03, 'A', 'P', 'P', 0, 0x03, 'I', 'D', 0, 0x00, 0x00, 0x06, 0x02, 'w',
		0x03, '7', 0, 0x01,					/* name by literal, value in pieces */
		0x87, 0x00, 0x01, 0x38, 0x00, 0x00, 0x06, 0xc3, 1, 's', 0x01,	/* OPAQUE */
		0x87, 0x00, 0x01, 0x34, 0x00, 0x00, 0x06, 0x03, 'h', 't', 't', 'p', ':', '/', '/', 'h', 0, 0x01,
		0x87, 0x4d, 0x06, 0x03, 'x', 0, 0x01,			/* an attribute of no table */
		0x01, 0x01,
	};
	static const uint8_t no_value[] = { 3, 0x0b, 0x6a, 0, 0x45, 0x87, 0x06, 0xff, 0x01, 0x01 };
	static const uint8_t no_name[] = { 3, 0x0b, 0x6a, 0, 0x45, 0x87, 0x03, 'x', 0, 0x01, 0x01 };

	assert_int_equal(apply_bytes(doc, sizeof(doc), "1"), 0);
	assert_string_equal(result.server[0], "s");
	assert_int_equal(apply_bytes(no_value, sizeof(no_value), "2"), -EBADMSG);
	assert_non_null(strstr(result.why, "value of an attribute"));
	assert_int_equal(apply_bytes(no_name, sizeof(no_name), "2"), -EBADMSG);
	assert_non_null(strstr(result.why, "without its attribute"));
}

/* ---------------------------------------------------------------------------- MACs */

/* A document and its MACs as two independent senders make them for IMSI 123456789012345. */
static const uint8_t known[] =
	"\x03\x0b\x6a\x06test1\0\x45\xc6\x56\x01\x87\x07\x06\x83\x00\x01\x01\xc6\x55\x01\x87\x07\x06\x83\x00"
	"\x01\x87\x11\x06\x03test1_NAPID\0\x01\x87\x10\x06\xab\x01\x87\x08\x06\x03test2\0\x01\x87\x09\x06\x89"
	"\x01\x87\x14\x01\xc6\x5a\x01\x87\x0c\x06\x9a\x01\x87\x0d\x06\x03gprsusername\0\x01\x87\x0e\x06\x03gprspassword\0"
	"\x01\x01\x01\x01";

static int verify(const char *type, const struct dm_bootstrap_keys *keys)
{
	struct dm_bootstrap_type t;
	int err = dm_bootstrap_type_parse(type, &t, result.why, sizeof(result.why));

	return err ? err : dm_bootstrap_verify(&t, keys, known, sizeof(known) - 1, result.why,
					       sizeof(result.why));
}

#define CP_TYPE	"application/vnd.wap.connectivity-wbxml; "
#define DM_TYPE	"application/vnd.syncml.dm+wbxml; "

static void imsi_as_a_key(void **state)
{
	static const uint8_t odd[] = { 0x19, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54 };
	static const uint8_t even[] = { 0x21, 0x43, 0x65, 0xf7 };
	struct dm_bootstrap_keys keys = { .network_len = 0 };

	assert_int_equal(dm_bootstrap_imsi("123456789012345", &keys), 0);
	assert_int_equal(keys.network_len, sizeof(odd));
	assert_memory_equal(keys.network, odd, sizeof(odd));
	assert_int_equal(dm_bootstrap_imsi("234567", &keys), 0);
	assert_int_equal(keys.network_len, sizeof(even));
	assert_memory_equal(keys.network, even, sizeof(even));
	assert_int_equal(dm_bootstrap_imsi("12345", &keys), -EINVAL);
	assert_int_equal(dm_bootstrap_imsi("1234567890123456", &keys), -EINVAL);
	assert_int_equal(dm_bootstrap_imsi("12345x", &keys), -EINVAL);
}

static void macs_of_other_implementations(void **state)
{
	struct dm_bootstrap_keys keys = { .pin = "123456789012345" };

	assert_int_equal(dm_bootstrap_imsi("123456789012345", &keys), 0);
	assert_int_equal(verify(CP_TYPE "SEC=0; MAC=C483EC25F7E3E0CF100380DA5F6714CF204A5EC5", &keys), 0);
	assert_int_equal(verify(CP_TYPE "sec=\"NETWPIN\";mac=\"c483ec25f7e3e0cf100380da5f6714cf204a5ec5\"", &keys),
			 0);
	assert_int_equal(verify(CP_TYPE "MAC=BC1D9A92B169C9A4A066190D507F0D2E31CDDFAF;SEC=USERPIN", &keys), 0);
	assert_int_equal(verify(CP_TYPE "SEC=1;MAC=C483EC25F7E3E0CF100380DA5F6714CF204A5EC5", &keys), -EACCES);
	assert_int_equal(verify(CP_TYPE "SEC=0;MAC=C483EC25F7E3E0CF100380DA5F6714CF204A5EC4", &keys), -EACCES);
}

/* A Content-Type with the MAC that a key gives. */
static const char *type_for(const char *type, const char *sec, const void *key, size_t len)
{
	static char line[256];
	unsigned char mac[20];

	HMAC(EVP_sha1(), key, (int)len, known, sizeof(known) - 1, mac, NULL);
	snprintf(line, sizeof(line), "%sSEC=%s; MAC=", type, sec);
	for (int i = 0; i < 20; i++)
		sprintf(line + strlen(line), "%02X", mac[i]);
	return line;
}

static void keys_of_each_kind(void **state)
{
	struct dm_bootstrap_keys keys = { .pin = "4711", .network = { 'n', 0, 'w' }, .network_len = 3 };

	assert_int_equal(verify(type_for(CP_TYPE, "NETWPIN", "n\0w", 3), &keys), 0);
	assert_int_equal(verify(type_for(CP_TYPE, "USERPIN", "4711", 4), &keys), 0);
	assert_int_equal(verify(type_for(CP_TYPE, "USERNETWPIN", "n\0w4711", 7), &keys), 0);
	assert_int_equal(verify(type_for(CP_TYPE, "2", "4711:n\0w", 8), &keys), -EACCES);
	assert_int_equal(verify(type_for(DM_TYPE, "NETWORKID", "n\0w", 3), &keys), 0);
	assert_int_equal(verify(type_for(DM_TYPE, "USERPIN", "4711", 4), &keys), 0);
	assert_int_equal(verify(type_for(DM_TYPE, "USERPIN_NETWORKID", "4711:n\0w", 8), &keys), 0);
	assert_int_equal(verify(type_for(DM_TYPE, "USERPIN_NETWORKID", "n\0w4711", 7), &keys), -EACCES);
}

static void a_pin_with_the_mac_in_it(void **state)
{
	struct dm_bootstrap_keys keys = { .pin = "" };
	unsigned char mac[20];

	HMAC(EVP_sha1(), "31415", 5, known, sizeof(known) - 1, mac, NULL);
	sprintf(keys.pin, "31415%d%d%d%d%d", mac[0] % 10, mac[1] % 10, mac[2] % 10, mac[3] % 10, mac[4] % 10);
	assert_int_equal(verify(CP_TYPE "SEC=USERPINMAC", &keys), 0);
	assert_int_equal(verify(CP_TYPE "SEC=3", &keys), 0);
	keys.pin[9] ^= 1;
	assert_int_equal(verify(CP_TYPE "SEC=3", &keys), -EACCES);
	strcpy(keys.pin, "31412");		/* too short to be one */
	assert_int_equal(verify(CP_TYPE "SEC=3", &keys), -EACCES);
}

static void a_mac_needs_its_key(void **state)
{
	const struct dm_bootstrap_keys none = { .pin = "" }, pin = { .pin = "1" };

	assert_int_equal(verify(type_for(CP_TYPE, "USERPIN", "1", 1), &none), -ENOKEY);
	assert_non_null(strstr(result.why, "PIN"));
	assert_int_equal(verify(type_for(CP_TYPE, "USERPIN", "1", 1), NULL), -ENOKEY);
	assert_int_equal(verify(type_for(CP_TYPE, "NETWPIN", "1", 1), &pin), -ENOKEY);
	assert_int_equal(verify(type_for(CP_TYPE, "USERNETWPIN", "1", 1), &pin), -ENOKEY);
	assert_int_equal(verify(CP_TYPE "SEC=3", &none), -ENOKEY);
}

static void content_types_that_are_refused(void **state)
{
	const struct dm_bootstrap_keys keys = { .pin = "1" };

	assert_int_equal(verify(CP_TYPE "SEC=1", &keys), -EACCES);		/* no MAC */
	assert_int_equal(verify(CP_TYPE "MAC=C483EC25F7E3E0CF100380DA5F6714CF204A5EC5", &keys), -EBADMSG);
	assert_int_equal(verify(CP_TYPE "SEC=1;MAC=C4", &keys), -EBADMSG);
	assert_int_equal(verify(CP_TYPE "SEC=1;MAC=X483EC25F7E3E0CF100380DA5F6714CF204A5EC5", &keys), -EBADMSG);
	assert_int_equal(verify(CP_TYPE "SEC=NETWORKID;MAC=C483EC25F7E3E0CF100380DA5F6714CF204A5EC5", &keys),
			 -EBADMSG);
	assert_int_equal(verify(DM_TYPE "SEC=USERPINMAC", &keys), -EBADMSG);
	assert_int_equal(verify("text/plain", &keys), -EBADMSG);
	assert_int_equal(verify("", &keys), -EBADMSG);
}

static void a_mac_where_there_has_to_be_one(void **state)
{
	struct doc d = load("cp.wbxml");
	const struct dm_bootstrap_keys keys = { .pin = "4711" };
	struct dm_bootstrap b = {
		.data = d.data, .len = d.len, .origin = "x", .need_mac = true, .keys = &keys,
	};
	unsigned char mac[20];
	char type[160];

	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), -EACCES);
	HMAC(EVP_sha1(), "4711", 4, d.data, d.len, mac, NULL);
	strcpy(type, CP_TYPE "SEC=USERPIN; MAC=");
	for (int i = 0; i < 20; i++)
		sprintf(type + strlen(type), "%02x", mac[i]);
	b.content_type = type;
	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), 0);
	assert_int_equal(result.security, DM_SECURITY_PIN);
	/* one byte of it is another */
	d.data[d.len - 20] ^= 1;
	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(cp_in_xml),
		T(cp_in_wbxml),
		T(init_asks_for_a_session),
		T(several_connections),
		T(addresses_of_each_type),
		T(levels_and_types_of_credentials),
		T(documents_that_are_refused),
		T(wbxml_that_is_broken),
		T(wbxml_attributes_in_all_forms),
		T(imsi_as_a_key),
		T(macs_of_other_implementations),
		T(keys_of_each_kind),
		T(a_pin_with_the_mac_in_it),
		T(a_mac_needs_its_key),
		T(content_types_that_are_refused),
		T(a_mac_where_there_has_to_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
