// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/handle.h"
#include "tap.h"

static int released;

static void release(struct ge_object *obj)
{
	released++;
	free(obj);
}

static struct ge_object *new_object(uint8_t type)
{
	struct ge_object *obj = malloc(sizeof(*obj));

	ge_object_init(obj, type, release);
	return obj;
}

TEST(a_handle_finds_its_object_by_type)
{
	struct ge_object *obj = new_object(3), *found;
	void *handle;

	released = 0;
	CHECK(!ge_handle_add(obj));
	handle = obj->handle;
	ge_object_put(obj);
	CHECK(handle);
	found = ge_handle_get(handle, 3);
	CHECK(found == obj);
	ge_object_put(found);
	EXPECT(!ge_handle_get(handle, 4));
	EXPECT(!ge_handle_get((char *)handle + 1, 3));
	EXPECT(!ge_handle_get(NULL, 3));
	EXPECT(!ge_handle_get((void *)-1, 255));
	EXPECT_EQ(released, 0);
	ge_object_put(ge_handle_remove(handle, 3));
	EXPECT_EQ(released, 1);
	EXPECT(!ge_handle_get(handle, 3));
	EXPECT(!ge_handle_remove(handle, 3));
}

TEST(places_are_used_again_under_other_names)
{
	enum { COUNT = 5000 };
	static void *handles[COUNT], *old[COUNT];

	released = 0;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++) {
			struct ge_object *obj = new_object(1);

			CHECK(!ge_handle_add(obj));
			EXPECT(obj->handle != handles[i]);
			handles[i] = obj->handle;
			ge_object_put(obj);
		}
		/* The places are taken again, their old names still mean nothing. */
		for (int i = 0; i < COUNT; i++)
			CHECK(!ge_handle_get(old[i], 1));
		memcpy(old, handles, sizeof(old));
		for (int i = 0; i < COUNT; i++)
			ge_object_put(ge_handle_remove(handles[i], 1));
		for (int i = 0; i < COUNT; i++)
			CHECK(!ge_handle_get(handles[i], 1));
	}
	EXPECT_EQ(released, 3 * COUNT);
}

TEST(all_of_a_type_can_be_taken)
{
	struct ge_object *obj;
	void *other;

	released = 0;
	for (int i = 0; i < 10; i++) {
		obj = new_object(1 + i % 2);
		CHECK(!ge_handle_add(obj));
		other = obj->handle;
		ge_object_put(obj);
	}
	while ((obj = ge_handle_take(1)))
		ge_object_put(obj);
	EXPECT_EQ(released, 5);
	obj = ge_handle_get(other, 2);
	EXPECT(obj);
	ge_object_put(obj);
	while ((obj = ge_handle_take(2)))
		ge_object_put(obj);
	EXPECT_EQ(released, 10);
}

TEST(names_end_in_a_forked_child)
{
	struct ge_object *obj = new_object(1);
	void *handle;
	pid_t child;
	int status;

	ge_handle_watch_forks();
	CHECK(!ge_handle_add(obj));
	handle = obj->handle;
	fflush(stdout);
	child = fork();
	if (!child) {
		struct ge_object *own = new_object(1);

		_exit(ge_handle_get(handle, 1) || ge_handle_add(own) || own->handle == handle);
	}
	CHECK(waitpid(child, &status, 0) == child);
	EXPECT_EQ(status, 0);
	EXPECT(ge_handle_get(handle, 1) == obj);
	ge_object_put(obj);
	ge_object_put(ge_handle_remove(handle, 1));
	ge_object_put(obj);
}

TEST(messages_are_prefixed_replaced_and_taken)
{
	EXPECT_EQ(ge_error(22, "input %d", 3), -22);
	ge_error_prefix("graph \"%s\"", "g");
	EXPECT(!strcmp(ge_error_text(), "graph \"g\": input 3"));
	EXPECT_EQ(ge_error(5, "again: %s", ge_error_text()), -5);
	EXPECT(!strcmp(ge_error_take(), "again: graph \"g\": input 3"));
	EXPECT(!ge_error_take());
	EXPECT(!strcmp(ge_error_text(), ""));
	for (int i = 0; i < 100; i++)
		ge_error_prefix("a rather long prefix that must not run over the end");
	EXPECT(strlen(ge_error_text()) < 2000);
	ge_error_take();
}

TEST_MAIN()
