/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_harness.h - the kernel's harness of tests, with time for kernels that look for errors.
 *
 * How long a case takes says nothing: a timeout ends what would never end.
 */
#ifndef _GENPU_HARNESS_H_
#define _GENPU_HARNESS_H_

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	600	/* seconds */

#endif /* _GENPU_HARNESS_H_ */
