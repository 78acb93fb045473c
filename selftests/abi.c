// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi.c - no structure, field or ioctl number of the interfaces has moved. Needs no device.
 *
 * The same table is checked for 32-bit processes when abi32.c is compiled.
 */
#include <stddef.h>

#include "genpu_harness.h"
#include "genpu_util.h"

struct layout {
	const char *owner;
	const char *field;	/* NULL: the structure itself */
	size_t offset, size;
	size_t want_offset, want_size;
};

#define STRUCT(s, want) { #s, NULL, 0, sizeof(struct s), 0, want },
#define FIELD(s, f, want_at, want) \
	{ #s, #f, offsetof(struct s, f), sizeof(((struct s *)NULL)->f), want_at, want },

static const struct layout layouts[] = {
#include "abi_table.h"
};

static const struct {
	unsigned long number;
	unsigned long want;
} ioctls[] = {
	{ DRM_IOCTL_GENPU_QUERY, 0xc0106440 },
	{ DRM_IOCTL_GENPU_BO_CREATE, 0xc0206441 },
	{ DRM_IOCTL_GENPU_BO_INFO, 0xc0186442 },
	{ DRM_IOCTL_GENPU_BO_USERPTR, 0xc0186443 },
	{ DRM_IOCTL_GENPU_CTX_CREATE, 0xc0086444 },
	{ DRM_IOCTL_GENPU_CTX_DESTROY, 0x40086445 },
	{ DRM_IOCTL_GENPU_VM_BIND, 0x40286446 },
	{ DRM_IOCTL_GENPU_STREAM_CREATE, 0xc0186447 },
	{ DRM_IOCTL_GENPU_STREAM_DESTROY, 0x40086448 },
	{ DRM_IOCTL_GENPU_STREAM_STATE, 0xc0486449 },
	{ DRM_IOCTL_GENPU_GRAPH_LOAD, 0xc048644a },
	{ DRM_IOCTL_GENPU_GRAPH_UNLOAD, 0x4008644b },
	{ DRM_IOCTL_GENPU_SUBMIT, 0xc028644c },
	{ DRM_IOCTL_GENPU_WAIT, 0xc020644d },
};

TEST(structures_and_fields_are_where_they_were)
{
	const struct layout *l;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		l = &layouts[i];
		EXPECT_EQ(l->want_size, l->size) {
			TH_LOG("size of %s %s", l->owner, l->field ?: "");
		}
		EXPECT_EQ(l->want_offset, l->offset) {
			TH_LOG("offset of %s %s", l->owner, l->field ?: "");
		}
	}
}

/* What lies between fields is copied to users and devices uncleared, so nothing may. */
TEST(structures_have_no_holes)
{
	size_t i, end = 0, size = 0;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];

		if (!l->field) {
			EXPECT_EQ(size, end) {
				TH_LOG("a hole before %s", l->owner);
			}
			EXPECT_EQ(0, l->size % 4);
			size = l->size;
			end = 0;
			continue;
		}
		/* Each member of the union of a task begins anew behind the common words. */
		if (!strcmp(l->owner, "genpu_task") && l->offset == 8)
			end = 8;
		EXPECT_EQ(end, l->offset) {
			TH_LOG("a hole before %s.%s", l->owner, l->field);
		}
		end = l->offset + l->size;
	}
	EXPECT_EQ(size, end);
}

TEST(ioctl_numbers_are_what_they_were)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ioctls); i++)
		EXPECT_EQ(ioctls[i].want, ioctls[i].number) {
			TH_LOG("ioctl %zu of the table", i);
		}
}

TEST(program_of_these_headers_is_what_it_was)
{
	EXPECT_EQ(0x474f525055504e47ull, GENPU_PROG_MAGIC);
	EXPECT_EQ(0x55504e47u, GENPU_MAGIC);
	EXPECT_EQ(64, GENPU_TASK_SIZE);
	EXPECT_EQ(8, GENPU_MAX_RANK);
	EXPECT_EQ(72, GENPU_ADMIN_PROGRAM_UNLOAD);
	EXPECT_EQ(6, GENPU_TASK_TIMESTAMP);
	EXPECT_EQ(13, GENPU_OP_FILL);
	EXPECT_EQ(28, GENPU_OP_COMPRESS);
	EXPECT_EQ(40, GENPU_UNARY_BITNOT);
	EXPECT_EQ(16, GENPU_BINARY_XOR);
	EXPECT_EQ(23, GENPU_BINARY_SHR);
	EXPECT_EQ(76, GENPU_ERR_PROG_UNSUPPORTED);
	EXPECT_EQ(27, GENPU_DT_BF16);
	EXPECT_EQ(36, GENPU_DT_F8E4M3FN);
	EXPECT_EQ(66, GENPU_DT_F8E5M2FNUZ);
}

TEST_HARNESS_MAIN
