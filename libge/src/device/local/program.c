// SPDX-License-Identifier: MIT
/*
 * program.c - programs of the in-process device.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "device/local/state.h"

int ge_program_load(struct ge_device *dev, const void *program, size_t size, const void *consts,
		    size_t const_size, uint32_t *id, struct ge_program_error *error)
{
	const struct engine_memory mem = {
		.priv = dev,
		.acquire = local_memory_acquire,
		.release = local_memory_release,
	};
	struct local_program *new = calloc(1, sizeof(*new));
	struct engine_error err = { 0 };
	int ret = 0;

	if (!new)
		return ge_error(ENOMEM, "out of memory");
	local_memory_begin(dev);
	if (engine_program_create(program, size, &mem, (uintptr_t)consts, const_size, &new->engine,
				  &err)) {
		if (err.code == GENPU_ERR_PAGE_FAULT)
			ret = ge_error(EFAULT, "the constants are not in memory of device %u",
				       dev->index);
		else
			ret = ge_error(EBADMSG, "device %u rejects the program: %s", dev->index,
				       ge_device_error_name(err.code));
		if (ret == -EBADMSG && error)
			*error = (struct ge_program_error) {
				.error = err.code,
				.offset = err.offset,
				.op = err.op,
				.operand = err.operand,
			};
	}
	local_memory_end(dev);
	if (ret) {
		free(new);
		return ret;
	}
	new->refs = 1;
	pthread_mutex_lock(&dev->lock);
	new->id = ++dev->next_program;
	new->next = dev->programs;
	dev->programs = new;
	pthread_mutex_unlock(&dev->lock);
	*id = new->id;
	return 0;
}

struct local_program *local_program_get(struct ge_device *dev, uint32_t id)
{
	for (struct local_program *p = dev->programs; p; p = p->next) {
		if (p->id == id) {
			p->refs++;
			return p;
		}
	}
	return NULL;
}

void local_program_put(struct local_program *program)
{
	if (--program->refs)
		return;
	engine_program_destroy(program->engine);
	free(program);
}

int ge_program_unload(struct ge_device *dev, uint32_t id)
{
	int ret = -ENOENT;

	pthread_mutex_lock(&dev->lock);
	for (struct local_program **p = &dev->programs; *p; p = &(*p)->next) {
		struct local_program *program = *p;

		if (program->id == id) {
			*p = program->next;
			local_program_put(program);
			ret = 0;
			break;
		}
	}
	pthread_mutex_unlock(&dev->lock);
	return ret ? ge_error(ENOENT, "device %u has no program %u", dev->index, id) : 0;
}
