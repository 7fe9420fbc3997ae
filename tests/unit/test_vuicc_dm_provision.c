// SPDX-License-Identifier: BSD-3-Clause
/* The provisioning file: every form of it, what is sent of it, and what is refused with a reason. */
#include "vuicc-dm-client.h"

#define LEAF(cmd, uri) \
	"<" cmd "><Item><Target><LocURI>" uri "</LocURI></Target><Data>v</Data></Item></" cmd ">"

/* Opens a session and checks that the answer holds the text. */
static void sends(const char *file, const char *what)
{
	struct card *c = opened(file, NULL);

	assert_int_equal(c->status, 200);
	assert_has(c, what);
	card_free(c);
}

static void root_forms(void **state)
{
	static const char want[] = "<Add><CmdID>4</CmdID><Item><Target><LocURI>./A</LocURI></Target>"
				   "<Data>v</Data></Item></Add><Delete><CmdID>5</CmdID>";
#define TWO	LEAF("Add", "./A") LEAF("Delete", "./B")

	sends(TWO, want);
	sends("\n<!-- c -->\n" TWO "<!-- d -->", want);
	sends("<?xml version=\"1.0\"?>" TWO, want);
	sends("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" TWO, want);
	sends("\n <?xml version='1.0'?>" TWO, want);
	sends("<SyncBody>" TWO "</SyncBody>", want);
	sends("<SyncBody>" TWO "<Final/></SyncBody>", want);
	sends("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody>"
	      "<Status><CmdID>1</CmdID><Data>212</Data></Status>" TWO "<Final/></SyncBody></SyncML>",
	      want);
	sends("<d:SyncBody xmlns:d=\"SYNCML:SYNCML1.2\"><d:Add><d:Item><d:Target><d:LocURI>./A"
	      "</d:LocURI></d:Target><d:Data>v</d:Data></d:Item></d:Add>" LEAF("Delete", "./B")
	      "</d:SyncBody>", want);
}

static void card_numbers(void **state)
{
	sends("<Atomic><CmdID>9</CmdID><Add><CmdID>9</CmdID><Item/></Add><Add><CmdID>9</CmdID><Item/>"
	      "</Add></Atomic><Get><CmdID>1</CmdID><Item/></Get>",
	      "<Atomic><CmdID>4</CmdID><Add><CmdID>5</CmdID><Item/></Add><Add><CmdID>6</CmdID><Item/>"
	      "</Add></Atomic><Get><CmdID>7</CmdID><Item/></Get><Final/>");
}

static void meta_and_data(void **state)
{
	sends("<Add><Meta><Format>int</Format></Meta><Item><Meta xmlns:m=\"syncml:metinf\"><m:Type>text/plain"
	      "</m:Type></Meta></Item></Add>",
	      "<Meta><Format" MI ">int</Format></Meta><Item><Meta><Type" MI ">text/plain</Type></Meta>");
	sends("<Add><Item><Data> a &lt;b&gt; &amp; &#13;\"c\"</Data></Item></Add>",
	      "<Data> a &lt;b&gt; &amp; &#13;&quot;c&quot;</Data>");
	sends("<Add><Item><Data><![CDATA[<x y=\"1\">&amp;</x>]]></Data></Item></Add>",
	      "<Data><![CDATA[<x y=\"1\">&amp;</x>]]></Data>");
	sends("<Add xmlns:t=\"syncml:dmddf1.2\"><Item><Data><t:MgmtTree t:a=\"1\"><t:Node/></t:MgmtTree>"
	      "</Data></Item></Add>",
	      "<Data><t:MgmtTree xmlns:t=\"syncml:dmddf1.2\" t:a=\"1\"><t:Node/></t:MgmtTree></Data>");
	sends("<Add><Item><Data>\xC3\xA4\xE2\x82\xAC</Data></Item></Add>",
	      "<Data>\xC3\xA4\xE2\x82\xAC</Data>");
	sends("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Add><Item><Data>\xE4</Data></Item></Add>",
	      "<Data>\xC3\xA4</Data>");
	sends("<Add><Item><Data/></Item></Add>", "<Data/>");
	sends("<Copy><Item><Target><LocURI> ./A </LocURI></Target><Source><LocURI>./B</LocURI></Source>"
	      "</Item></Copy>", "<LocURI> ./A </LocURI>");
}

static void unknown_commands(void **state)
{
	struct card *c = opened("<Foo x=\"1\"><Item><Target><LocURI>./A</LocURI></Target></Item></Foo>"
				"<Sequence><Bar><CmdID>1</CmdID></Bar></Sequence>", NULL);

	assert_has(c, "<Foo x=\"1\"><CmdID>4</CmdID><Item>");
	assert_has(c, "<Sequence><CmdID>5</CmdID><Bar><CmdID>6</CmdID></Bar></Sequence>");
	message(c, NULL, HDR_OK("1", "1") STATUS_T("2", "1", "4", "Foo", "./A", "406")
		STATUS("3", "1", "5", "Sequence", "200") STATUS("4", "1", "6", "Bar", "406") "<Final/>");
	assert_true(c->complete);
	assert_clean(c);
	assert_logged(c, 1, "\"cmd\":\"Foo\",\"target\":\"./A\"", "\"status\":406");
	card_free(c);
}

/* Provisioning that is refused, with the line and the reason on stderr. */
static void refused(void **state)
{
	static const struct {
		const char *file, *why;
	} bad[] = {
		{ "<Add>", ":1: malformed XML: " },
		{ "<Add/>\n<Add></Get>", ":2: malformed XML: " },
		{ "\n\n\n<Get><Item></Get>", ":4: malformed XML: " },
		{ "<?xml version=\"1.0\"?>\n<Add/>\n<Add></Get>", ":3: malformed XML: " },
		{ "<Add/>\n<Foo/>", ":2: not a DM command: Foo" },
		{ "<Item/>", ":1: not a DM command: Item" },
		{ "<Sequence><Add/><Foo/></Sequence>", ":1: not a DM command: Foo" },
		{ "<Atomic><CmdID>1</CmdID></Atomic>", ":1: has no commands in it: Atomic" },
		{ "<Add/>hello", ":1: text outside of a command" },
		{ "<SyncBody><![CDATA[x]]></SyncBody>", ":1: text outside of a command" },
		{ "<!DOCTYPE x [<!ENTITY e \"boom\">]><Add/>", ":1: a DTD is not allowed" },
		{ "<?xml version=\"1.0\"?><!-- c --><!DOCTYPE x><Add/>", ":1: a DTD is not allowed" },
		{ "<Add><Item><Data>&e;</Data></Item></Add>", ":1: malformed XML: Entity 'e' not defined" },
		{ "<Add/></vuicc-provision><x>", ":1: malformed XML: " },
		{ "<Sequence><Sequence><Sequence><Sequence><Sequence><Sequence><Sequence><Sequence><Sequence>"
		  "<Add/></Sequence></Sequence></Sequence></Sequence></Sequence></Sequence></Sequence>"
		  "</Sequence></Sequence>", ":1: nested too deeply: Sequence" },
		{ "<Add><Item><Data>\xFF</Data></Item></Add>", ":1: malformed XML: " },
	};
	struct card *c = malloc(sizeof(*c));
	size_t i;

	assert_non_null(c);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char err[64], text[512] = "";
		int saved = dup(2), ret;
		FILE *f;

		write_file(err, "");
		assert_non_null(freopen(err, "w", stderr));
		ret = card_try(c, bad[i].file, NULL);
		fflush(stderr);
		dup2(saved, 2);
		close(saved);
		f = fopen(err, "r");
		assert_non_null(f);
		assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
		fclose(f);
		unlink(err);
		unlink(c->results);
		unlink(c->provision);
		if (ret != -EBADMSG || !strstr(text, bad[i].why) || strncmp(text, c->provision, 20))
			fail_msg("%s\n-> %d, %s", bad[i].file, ret, text);
	}
	free(c);
}

static void unreadable(void **state)
{
	struct vuicc_app_config cfg = { .path = "/dm", .url = URL, .server_id = "s", .client_id = "c" };
	struct vuicc_app *app;
	struct vdm_program p;
	static char nul[] = "<Add/>\0<Add/>";

	cfg.provision = "/nonexistent/file.xml";
	assert_int_equal(vuicc_app_new(&cfg, &card_ops, NULL, &app), -ENOENT);
	cfg.provision = NULL;
	cfg.results = "/nonexistent/results";
	assert_int_equal(vuicc_app_new(&cfg, &card_ops, NULL, &app), -ENOENT);
	cfg.results = NULL;
	cfg.fault = "no-such-fault";
	assert_int_equal(vuicc_app_new(&cfg, &card_ops, NULL, &app), -EINVAL);
	cfg.fault = NULL;
	cfg.client_nonce = "%%%";
	assert_int_equal(vuicc_app_new(&cfg, &card_ops, NULL, &app), -EINVAL);
	assert_int_equal(vdm_program_parse(&p, "nul", nul, sizeof(nul)), -EBADMSG);
}

/* An empty file, or one with nothing but comments, is a session without commands. */
static void empty(void **state)
{
	sends("", "<Data>200</Data></Status><Final/>");
	sends("<!-- nothing -->", "<Data>200</Data></Status><Final/>");
	sends("<SyncBody/>", "<Data>200</Data></Status><Final/>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_forms), cmocka_unit_test(card_numbers),
		cmocka_unit_test(meta_and_data), cmocka_unit_test(unknown_commands),
		cmocka_unit_test(refused), cmocka_unit_test(unreadable), cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests_name("vuicc_dm_provision", tests, NULL, NULL);
}
