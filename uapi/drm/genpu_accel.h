/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * genpu_accel.h - the ioctls of /dev/accel/accel* nodes driven by genpu.
 *
 * Rules that hold for every ioctl:
 *  - Fields called pad and unknown flags must be zero, else -EINVAL.
 *  - A failing call changes nothing and has no side effect, unless it says otherwise.
 *  - Handles and ids belong to the open file that made them; 0 is never one.
 *  - Every structure has the same layout for 32- and 64-bit processes and grows only at its end.
 *  - -EFAULT: the structure itself cannot be read or written; if only the latter, the call may have
 *    been done. -ENOMEM: the host is out of memory. -EINTR: a signal came while the call slept.
 *  - -ENODEV: the device is gone. -EIO: the device is wedged and waits for a rebind.
 */
#ifndef _GENPU_ACCEL_H_
#define _GENPU_ACCEL_H_

#include <drm/drm.h>
#include <drm/genpu_isa.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define GENPU_DRIVER_MAJOR	1
#define GENPU_DRIVER_MINOR	0

enum drm_genpu_ioctl_nr {
	DRM_GENPU_QUERY			= 0x00,
	DRM_GENPU_BO_CREATE		= 0x01,
	DRM_GENPU_BO_INFO		= 0x02,
	DRM_GENPU_BO_USERPTR		= 0x03,
	DRM_GENPU_CTX_CREATE		= 0x04,
	DRM_GENPU_CTX_DESTROY		= 0x05,
	DRM_GENPU_VM_BIND		= 0x06,
	DRM_GENPU_STREAM_CREATE		= 0x07,
	DRM_GENPU_STREAM_DESTROY	= 0x08,
	DRM_GENPU_STREAM_STATE		= 0x09,
	DRM_GENPU_GRAPH_LOAD		= 0x0a,
	DRM_GENPU_GRAPH_UNLOAD		= 0x0b,
	DRM_GENPU_SUBMIT		= 0x0c,
	DRM_GENPU_WAIT			= 0x0d,
};

enum drm_genpu_query_id {
	/** @DRM_GENPU_QUERY_DEVICE: struct drm_genpu_device_info */
	DRM_GENPU_QUERY_DEVICE		= 1,
	/** @DRM_GENPU_QUERY_MEMORY: struct drm_genpu_memory_info */
	DRM_GENPU_QUERY_MEMORY		= 2,
	/** @DRM_GENPU_QUERY_TIME: struct drm_genpu_time_info */
	DRM_GENPU_QUERY_TIME		= 3,
};

/**
 * struct drm_genpu_device_info - what the device is; constant while it is bound
 * @isa_version: GENPU_VERSION of the device, major << 16 | minor
 * @caps: GENPU_CAP_*
 * @memory_size: bytes of device memory
 * @va_start: lowest address that VM_BIND takes
 * @va_end: first address above what VM_BIND takes
 * @max_streams: streams that can exist on the device at once, all processes together
 * @max_contexts: contexts that can exist on the device at once
 * @max_graphs: graphs that can be loaded on the device at once
 * @compute_units: graphs that can run at once
 * @copy_units: copies and fills that can run at once
 * @page_size: granularity of BO sizes, offsets and addresses, bytes
 * @min_ring: fewest ring entries of a stream
 * @max_ring: most ring entries of a stream
 * @default_timeout_ms: timeout of a stream that does not set its own
 * @max_timeout_ms: longest timeout that a stream may set
 */
struct drm_genpu_device_info {
	__u32 isa_version;
	__u32 caps;
	__u64 memory_size;
	__u64 va_start;
	__u64 va_end;
	__u32 max_streams;
	__u32 max_contexts;
	__u32 max_graphs;
	__u32 compute_units;
	__u32 copy_units;
	__u32 page_size;
	__u32 min_ring;
	__u32 max_ring;
	__u32 default_timeout_ms;
	__u32 max_timeout_ms;
};

/**
 * struct drm_genpu_memory_info - device memory at this moment
 * @total: bytes usable for BOs
 * @free: bytes that are not allocated
 * @window_total: bytes thereof that the CPU can access
 * @window_free: bytes thereof that are not allocated
 */
struct drm_genpu_memory_info {
	__u64 total;
	__u64 free;
	__u64 window_total;
	__u64 window_free;
};

/**
 * struct drm_genpu_time_info - one moment on both clocks
 * @device_ns: device time, the unit of all device timestamps
 * @monotonic_ns: CLOCK_MONOTONIC, between its values before and after the device clock was read
 */
struct drm_genpu_time_info {
	__u64 device_ns;
	__u64 monotonic_ns;
};

/**
 * struct drm_genpu_query - DRM_IOCTL_GENPU_QUERY
 * @query: enum drm_genpu_query_id
 * @size: in: bytes at @data; out: bytes that the kernel knows. 0 asks only for the size. A smaller
 *        buffer receives a prefix, the tail of a larger one is cleared.
 * @data: user pointer
 *
 * Errors: EINVAL unknown @query; EFAULT @data.
 */
struct drm_genpu_query {
	__u32 query;
	__u32 size;
	__u64 data;
};

enum drm_genpu_region {
	/** @DRM_GENPU_REGION_DEVICE: memory on the device */
	DRM_GENPU_REGION_DEVICE		= 1,
	/** @DRM_GENPU_REGION_SYSTEM: pages of the host, reached by DMA */
	DRM_GENPU_REGION_SYSTEM		= 2,
};

/*
 * The CPU never accesses it: device memory beyond the CPU window will do. Only in
 * DRM_GENPU_REGION_DEVICE; it has no mmap offset.
 */
#define DRM_GENPU_BO_NO_CPU_ACCESS	(1 << 0)

/**
 * struct drm_genpu_bo_create - DRM_IOCTL_GENPU_BO_CREATE: allocate cleared memory
 * @size: bytes, > 0, rounded up to the page size; out: the rounded size
 * @region: enum drm_genpu_region
 * @flags: DRM_GENPU_BO_*
 * @handle: out: GEM handle
 * @pad: 0
 * @mmap_offset: out: for mmap() on the file; 0 = cannot be mapped
 *
 * Errors: EINVAL; ENOMEM: the host is out of memory; ENOSPC: the device memory, or that part of it
 * which the CPU can access, is full; EDQUOT: a limit of the process's dmem cgroup.
 */
struct drm_genpu_bo_create {
	__u64 size;
	__u32 region;
	__u32 flags;
	__u32 handle;
	__u32 pad;
	__u64 mmap_offset;
};

/* The device never writes to it; a mapping with DRM_GENPU_VM_WRITE is refused. */
#define DRM_GENPU_USERPTR_READONLY	(1 << 0)

/**
 * struct drm_genpu_bo_userptr - DRM_IOCTL_GENPU_BO_USERPTR: make a BO of the caller's own memory
 * @addr: user address, a multiple of the page size
 * @size: bytes, > 0, a multiple of the page size
 * @flags: DRM_GENPU_USERPTR_*; without READONLY the memory must be writable
 * @handle: out: GEM handle
 *
 * The pages are pinned as long as the BO lives, and count against RLIMIT_MEMLOCK unless the caller
 * has CAP_IPC_LOCK. What the address space does with the range later (unmap, fork, exec) does not
 * change the BO. It has no mmap offset and cannot be exported.
 *
 * Errors: EINVAL; EFAULT the range is not mapped so, or cannot be pinned (memory of a device, a
 * file system that wants to know of writes); ENOMEM: RLIMIT_MEMLOCK, or the host is out of memory.
 */
struct drm_genpu_bo_userptr {
	__u64 addr;
	__u64 size;
	__u32 flags;
	__u32 handle;
};

/**
 * struct drm_genpu_bo_info - DRM_IOCTL_GENPU_BO_INFO
 * @handle: GEM handle
 * @region: out: enum drm_genpu_region; SYSTEM for the caller's own memory and for imported BOs
 * @size: out: bytes
 * @mmap_offset: out: for mmap() on the file; 0 = cannot be mapped through it
 *
 * Errors: ENOENT no such handle.
 */
struct drm_genpu_bo_info {
	__u32 handle;
	__u32 region;
	__u64 size;
	__u64 mmap_offset;
};

/**
 * struct drm_genpu_ctx_create - DRM_IOCTL_GENPU_CTX_CREATE: a new, empty address space
 * @flags: 0
 * @ctx_id: out
 *
 * Errors: EINVAL; ENOSPC the device has no context left.
 */
struct drm_genpu_ctx_create {
	__u32 flags;
	__u32 ctx_id;
};

/**
 * struct drm_genpu_ctx_destroy - DRM_IOCTL_GENPU_CTX_DESTROY
 * @ctx_id: context; its streams are destroyed as by STREAM_DESTROY, its graphs unloaded
 * @pad: 0
 *
 * Errors: EINVAL; ENOENT no such context.
 */
struct drm_genpu_ctx_destroy {
	__u32 ctx_id;
	__u32 pad;
};

enum drm_genpu_vm_op {
	DRM_GENPU_VM_MAP		= 1,
	DRM_GENPU_VM_UNMAP		= 2,
};

/* The device may write to the mapping. */
#define DRM_GENPU_VM_WRITE		(1 << 0)

/**
 * struct drm_genpu_vm_bind - DRM_IOCTL_GENPU_VM_BIND: map or unmap part of a BO
 * @ctx_id: context
 * @op: enum drm_genpu_vm_op
 * @flags: MAP: DRM_GENPU_VM_WRITE; UNMAP: 0
 * @handle: MAP: GEM handle; UNMAP: 0
 * @offset: MAP: bytes into the BO; UNMAP: 0
 * @va: address in the context
 * @size: bytes
 *
 * Offsets, addresses and sizes are multiples of the page size. A mapping keeps its BO alive. UNMAP
 * takes exactly one whole mapping, works at once, and never waits: work that is in flight either
 * still sees the memory, which is not reused before that work has ended, or faults.
 *
 * Errors: EINVAL; ENOENT no such context or BO, or UNMAP: no mapping at @va of @size; EEXIST MAP:
 * part of the range is mapped already; EACCES MAP: DRM_GENPU_VM_WRITE of a read-only BO; ENOMEM.
 */
struct drm_genpu_vm_bind {
	__u32 ctx_id;
	__u32 op;
	__u32 flags;
	__u32 handle;
	__u64 offset;
	__u64 va;
	__u64 size;
};

enum drm_genpu_priority {
	DRM_GENPU_PRIORITY_LOW		= 0,
	DRM_GENPU_PRIORITY_NORMAL	= 1,
	/** @DRM_GENPU_PRIORITY_HIGH: needs CAP_SYS_NICE */
	DRM_GENPU_PRIORITY_HIGH		= 2,
};

/*
 * After a failed job cancel everything that was submitted behind it and refuse more. Without this
 * flag the jobs behind a failed one run.
 */
#define DRM_GENPU_STREAM_STOP_ON_ERROR	(1 << 0)

/**
 * struct drm_genpu_stream_create - DRM_IOCTL_GENPU_STREAM_CREATE: a queue of the device
 * @ctx_id: context in which its tasks run
 * @priority: enum drm_genpu_priority
 * @flags: DRM_GENPU_STREAM_*
 * @ring_entries: tasks that the ring holds, a power of two; 0 = default
 * @timeout_ms: longest time that one job may take once it is at the head of the stream; 0 = default
 * @stream_id: out
 *
 * Errors: EINVAL; ENOENT no such context; EPERM priority; ENOSPC the device has no queue left;
 * ECANCELED the context is banned.
 */
struct drm_genpu_stream_create {
	__u32 ctx_id;
	__u32 priority;
	__u32 flags;
	__u32 ring_entries;
	__u32 timeout_ms;
	__u32 stream_id;
};

/**
 * struct drm_genpu_stream_destroy - DRM_IOCTL_GENPU_STREAM_DESTROY
 * @stream_id: stream; its unfinished jobs end with -ECANCELED
 * @pad: 0
 *
 * Errors: EINVAL; ENOENT no such stream.
 */
struct drm_genpu_stream_destroy {
	__u32 stream_id;
	__u32 pad;
};

enum drm_genpu_stream_status {
	/** @DRM_GENPU_STREAM_OK: no job failed since creation or the last CLEAR */
	DRM_GENPU_STREAM_OK		= 0,
	/** @DRM_GENPU_STREAM_FAULT: a job failed; @error says why */
	DRM_GENPU_STREAM_FAULT		= 1,
	/** @DRM_GENPU_STREAM_TIMEDOUT: a job took too long; the stream is dead */
	DRM_GENPU_STREAM_TIMEDOUT	= 2,
	/** @DRM_GENPU_STREAM_BANNED: its context is banned; the stream is dead */
	DRM_GENPU_STREAM_BANNED		= 3,
	/** @DRM_GENPU_STREAM_LOST: it could not be brought back after a reset; it is dead */
	DRM_GENPU_STREAM_LOST		= 4,
};

/* Forget a FAULT after reporting it; a stream that stopped on it takes jobs again. */
#define DRM_GENPU_STREAM_STATE_CLEAR	(1 << 0)

/**
 * struct drm_genpu_stream_state - DRM_IOCTL_GENPU_STREAM_STATE: progress and the first failure
 * @stream_id: stream
 * @flags: DRM_GENPU_STREAM_STATE_*
 * @status: out: enum drm_genpu_stream_status
 * @error: out: enum genpu_error of the failure
 * @submitted: out: number of the last job submitted
 * @completed: out: number of the last job that ended, in whatever way
 * @failed: out: number of the job that failed, 0 = none
 * @task: out: index of the failing task in its SUBMIT, GENPU_NONE = not known
 * @op: out: index of the failing operator in its program, or GENPU_NONE
 * @operand: out: index into the operator's operands, or GENPU_NONE
 * @access: out: enum genpu_access
 * @addr: out: context address of the failing access
 * @graph_id: out: graph of the failing task, 0 = none
 * @hangs: out: jobs of this stream that took too long
 *
 * Errors: EINVAL; ENOENT no such stream.
 */
struct drm_genpu_stream_state {
	__u32 stream_id;
	__u32 flags;
	__u32 status;
	__u32 error;
	__u64 submitted;
	__u64 completed;
	__u64 failed;
	__u32 task;
	__u32 op;
	__u32 operand;
	__u32 access;
	__u64 addr;
	__u32 graph_id;
	__u32 hangs;
};

/**
 * struct drm_genpu_graph_load - DRM_IOCTL_GENPU_GRAPH_LOAD: verify a program and keep it
 * @ctx_id: context
 * @flags: 0
 * @program: user pointer to the program
 * @size: bytes of the program
 * @const_va: address of its constants, GENPU_PROG_ALIGN aligned; 0 if it has none
 * @const_size: bytes of the constants
 * @workspace_size: out: bytes that a run needs
 * @graph_id: out
 * @error: out, also on failure: enum genpu_error
 * @error_offset: out, also on failure: byte in the program, or GENPU_NONE
 * @error_op: out, also on failure: operator, or GENPU_NONE
 * @error_operand: out, also on failure: operand or tensor, or GENPU_NONE
 * @pad: 0
 *
 * The program is copied; the constants must stay mapped and unchanged as long as the graph is
 * loaded. A device reset loads the graph again: if its constants are no longer mapped then, jobs
 * that use it fail with GENPU_ERR_PROGRAM.
 *
 * Errors: EINVAL a field here; ENOENT no such context; EBADMSG the device rejects the program, see
 * @error; EFAULT @program cannot be read, or the constants are not mapped; ENOSPC the device has no
 * program slot left; ENOMEM.
 */
struct drm_genpu_graph_load {
	__u32 ctx_id;
	__u32 flags;
	__u64 program;
	__u64 size;
	__u64 const_va;
	__u64 const_size;
	__u64 workspace_size;
	__u32 graph_id;
	__u32 error;
	__u32 error_offset;
	__u32 error_op;
	__u32 error_operand;
	__u32 pad;
};

/**
 * struct drm_genpu_graph_unload - DRM_IOCTL_GENPU_GRAPH_UNLOAD
 * @graph_id: graph; jobs that use it finish first, in the background
 * @pad: 0
 *
 * Errors: EINVAL; ENOENT no such graph.
 */
struct drm_genpu_graph_unload {
	__u32 graph_id;
	__u32 pad;
};

/* The job signals the syncobj; without this flag it waits for it. */
#define DRM_GENPU_SYNC_SIGNAL		(1 << 0)
/* The syncobj is a timeline; @point counts. */
#define DRM_GENPU_SYNC_TIMELINE		(1 << 1)

/**
 * struct drm_genpu_sync - a syncobj that a job waits for or signals
 * @handle: syncobj
 * @flags: DRM_GENPU_SYNC_*
 * @point: timeline point, > 0; 0 for a binary syncobj
 */
struct drm_genpu_sync {
	__u32 handle;
	__u32 flags;
	__u64 point;
};

#define DRM_GENPU_MAX_TASKS		256	/* of one job, and at most half of the ring */
#define DRM_GENPU_MAX_SYNCS		256	/* of one job */

/**
 * struct drm_genpu_submit - DRM_IOCTL_GENPU_SUBMIT: put one job at the end of a stream
 * @stream_id: stream
 * @flags: 0
 * @tasks: user pointer to struct genpu_task, with user opcodes; graph.program holds a graph id
 * @syncs: user pointer to struct drm_genpu_sync
 * @num_tasks: 1 .. DRM_GENPU_MAX_TASKS
 * @num_syncs: 0 .. DRM_GENPU_MAX_SYNCS
 * @seqno: out: number of the job in its stream, from 1
 *
 * The tasks run in order; the job ends with the last one, or with the first that fails. The call
 * may sleep until earlier jobs of the stream have made room.
 *
 * Errors: EINVAL a field, task or sync; ENOENT no such stream, graph or syncobj, or a syncobj to
 * wait for without a fence; EFAULT; ENOMEM; ECANCELED the stream is dead or stopped; EINTR.
 */
struct drm_genpu_submit {
	__u32 stream_id;
	__u32 flags;
	__u64 tasks;
	__u64 syncs;
	__u32 num_tasks;
	__u32 num_syncs;
	__u64 seqno;
};

/**
 * struct drm_genpu_wait - DRM_IOCTL_GENPU_WAIT: wait for a job and all before it
 * @stream_id: stream
 * @flags: 0
 * @seqno: number of a submitted job; 0 = the last one
 * @timeout_ns: absolute CLOCK_MONOTONIC; <= now only looks, S64_MAX waits for good
 * @status: out: enum drm_genpu_stream_status
 * @pad: 0
 *
 * 0 says that the jobs have ended, not that they succeeded: see @status and STREAM_STATE.
 *
 * Errors: EINVAL a field, or @seqno was never submitted; ENOENT no such stream; ETIME; EINTR.
 */
struct drm_genpu_wait {
	__u32 stream_id;
	__u32 flags;
	__u64 seqno;
	__s64 timeout_ns;
	__u32 status;
	__u32 pad;
};

#define DRM_IOCTL_GENPU_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_QUERY, struct drm_genpu_query)
#define DRM_IOCTL_GENPU_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_BO_CREATE, struct drm_genpu_bo_create)
#define DRM_IOCTL_GENPU_BO_INFO \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_BO_INFO, struct drm_genpu_bo_info)
#define DRM_IOCTL_GENPU_BO_USERPTR \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_BO_USERPTR, struct drm_genpu_bo_userptr)
#define DRM_IOCTL_GENPU_CTX_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_CTX_CREATE, struct drm_genpu_ctx_create)
#define DRM_IOCTL_GENPU_CTX_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_GENPU_CTX_DESTROY, struct drm_genpu_ctx_destroy)
#define DRM_IOCTL_GENPU_VM_BIND \
	DRM_IOW(DRM_COMMAND_BASE + DRM_GENPU_VM_BIND, struct drm_genpu_vm_bind)
#define DRM_IOCTL_GENPU_STREAM_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_STREAM_CREATE, struct drm_genpu_stream_create)
#define DRM_IOCTL_GENPU_STREAM_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_GENPU_STREAM_DESTROY, struct drm_genpu_stream_destroy)
#define DRM_IOCTL_GENPU_STREAM_STATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_STREAM_STATE, struct drm_genpu_stream_state)
#define DRM_IOCTL_GENPU_GRAPH_LOAD \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_GRAPH_LOAD, struct drm_genpu_graph_load)
#define DRM_IOCTL_GENPU_GRAPH_UNLOAD \
	DRM_IOW(DRM_COMMAND_BASE + DRM_GENPU_GRAPH_UNLOAD, struct drm_genpu_graph_unload)
#define DRM_IOCTL_GENPU_SUBMIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_SUBMIT, struct drm_genpu_submit)
#define DRM_IOCTL_GENPU_WAIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_GENPU_WAIT, struct drm_genpu_wait)

#if defined(__cplusplus)
}
#endif

#endif /* _GENPU_ACCEL_H_ */
