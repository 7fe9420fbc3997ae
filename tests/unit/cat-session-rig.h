/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of the proactive session, on top of cat-rig.h: the commands that most of them
 * use, and their responses.
 */
#ifndef TESTS_CAT_SESSION_RIG_H
#define TESTS_CAT_SESSION_RIG_H

#include "unit/cat-rig.h"

#define MORE_TIME		"D009810301020082028182"
#define MORE_TIME_OK		"810301020082028281830100"
#define DISPLAY_TEXT		"D01A8103012180820281028D0F04546F6F6C6B697420546573742031"
#define TEXT_TR(result)		"810301218082028281" result
#define TIMER_1_START(hms)	"D011810301270082028182A40101A503" hms
#define TIMER_1_STARTED		"810301270082028281830100A40101"
#define EXPIRY_1(hms)		"80C200000ED70C82028281A40101A503" hms

#define IDLE(test)	cmocka_unit_test_setup_teardown(test, setup_idle, teardown)
#define NEW(test)	cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif /* TESTS_CAT_SESSION_RIG_H */
