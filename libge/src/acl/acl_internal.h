/* SPDX-License-Identifier: MIT */
/*
 * What acl offers to the session layer: submitting to the streams of acl programs, and words for
 * failures. Functions return 0 or -errno with ge_error() text, and are thread safe.
 */
#ifndef GE_ACL_ACL_INTERNAL_H
#define GE_ACL_ACL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "device/device.h"

struct acl_stream;	/* what an aclrtStream names; reference counted */

/**
 * acl_stream_acquire - take a reference to a stream
 * @handle: an aclrtStream. NULL: the default stream of the thread's current context or, if it has
 *          none, of the default context of device @device, which is made if need be; the thread's
 *          current context stays as it is.
 * @device: index
 * @stream: result, for acl_stream_release()
 *
 * Return: 0; -EINVAL: not (any longer) a stream, or one of another device than @device; -ENODEV
 */
int acl_stream_acquire(void *handle, unsigned int device, struct acl_stream **stream);
void acl_stream_release(struct acl_stream *stream);

/** acl_stream_device - the stream's device; valid as long as the stream is not destroyed */
struct ge_device *acl_stream_device(const struct acl_stream *stream);

/**
 * acl_stream_submit - put a job at the end of the stream and return
 * @stream: from acl_stream_acquire()
 * @tasks: copied
 * @n: how many
 * @what: for error messages, e.g. 'graph "mnist"'; copied; may be NULL
 * @point: the stream's point that is reached when the job has ended; may be NULL
 *
 * In order with all of acl's work on the stream, also behind host functions. How the job ends is
 * reported by the synchronisation of the stream.
 *
 * Return: 0; -ECANCELED: the stream was destroyed, or it or its context stopped after a failure
 */
int acl_stream_submit(struct acl_stream *stream, const struct genpu_task *tasks, unsigned int n,
		      const char *what, uint64_t *point);

/**
 * acl_stream_reached - has all work up to @point ended, in whatever way?
 *
 * Never waits. What such a job used may then be used again. True after the stream was destroyed.
 */
bool acl_stream_reached(struct acl_stream *stream, uint64_t point);

/** acl_stream_wait - wait until acl_stream_reached(); errors stay for who synchronises */
void acl_stream_wait(struct acl_stream *stream, uint64_t point);

/**
 * typedef acl_describe_fn - name what a failing task ran
 * @device: index
 * @graph: as from ge_program_load()
 * @op: operator of the program, or GENPU_NONE
 * @operand: of the operator, or GENPU_NONE
 * @text: receives words such as 'graph "mnist", operator "conv1" (Conv2D), input "x"'
 * @size: of @text
 *
 * May be called from any thread that notices a failure. Return: whether the graph is known.
 */
typedef bool (*acl_describe_fn)(unsigned int device, uint32_t graph, uint32_t op, uint32_t operand,
				char *text, size_t size);

/** acl_set_describe - the session layer's function, NULL = none */
void acl_set_describe(acl_describe_fn describe);

/**
 * acl_fault_text - a sentence for a failed queue: device, context, stream, task, operator, address
 * @device: index
 * @state: from ge_queue_state(), its status not OK
 * @text: result
 * @size: of @text
 */
void acl_fault_text(unsigned int device, const struct ge_queue_state *state, char *text,
		    size_t size);

/**
 * acl_drop_on_demand - destroy the default contexts that acl_stream_acquire() made and that no
 * aclrtSetDevice() has taken over
 */
void acl_drop_on_demand(void);

#endif
