/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * genpu_isa.h - what the NPU understands: registers, page tables, queues, tasks and programs.
 *
 * This is the ABI between the device and everything that talks to it. The driver fills queues and
 * page tables, userspace writes tasks and programs, the device executes them. The meaning of every
 * field, with ordering rules and reset values, is in Documentation/hardware.rst.
 *
 * All fields are little-endian and naturally aligned, no structure has holes. Fields and bits that
 * are called reserved must be zero; the device rejects what it does not know.
 */
#ifndef _GENPU_ISA_H_
#define _GENPU_ISA_H_

#include <linux/types.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* --- PCI function ------------------------------------------------------------------------- */

#define GENPU_PCI_VENDOR		0x1234
#define GENPU_PCI_DEVICE		0x6e70
#define GENPU_PCI_CLASS			0x120000	/* processing accelerator */

#define GENPU_BAR_REGS			0	/* 64 KiB, registers and the MSI-X table */
#define GENPU_BAR_DOORBELLS		2	/* 64-bit, one page a queue */
#define GENPU_BAR_MEMORY		4	/* 64-bit prefetchable, window onto device memory */

#define GENPU_REGS_SIZE			0x10000
#define GENPU_MSIX_TABLE		0xc000	/* in BAR 0 */
#define GENPU_MSIX_PBA			0xd000	/* in BAR 0 */

/* --- Registers, BAR 0. 32-bit accesses; LO and HI pairs may be accessed as one 64-bit word --- */

#define GENPU_REG_MAGIC			0x000	/* RO GENPU_MAGIC */
#define GENPU_REG_VERSION		0x004	/* RO major << 16 | minor of this interface */
#define GENPU_REG_CAPS			0x008	/* RO GENPU_CAP_* */
#define GENPU_REG_NUM_QUEUES		0x00c	/* RO queues, the admin queue 0 included */
#define GENPU_REG_NUM_CONTEXTS		0x010	/* RO contexts: valid ids are 1 .. n */
#define GENPU_REG_NUM_PROGRAMS		0x014	/* RO programs: valid ids are 1 .. n */
#define GENPU_REG_NUM_VECTORS		0x018	/* RO MSI-X vectors and event queues */
#define GENPU_REG_VA_BITS		0x01c	/* RO width of a context's addresses */
#define GENPU_REG_COMPUTE_UNITS		0x020	/* RO graphs that can run at once */
#define GENPU_REG_COPY_UNITS		0x024	/* RO copies and fills that can run at once */
#define GENPU_REG_MEM_SIZE_LO		0x028	/* RO bytes of device memory */
#define GENPU_REG_MEM_SIZE_HI		0x02c

#define GENPU_REG_CTRL			0x040	/* RW GENPU_CTRL_* */
#define GENPU_REG_STATUS		0x044	/* RO GENPU_STATUS_* */
#define GENPU_REG_FATAL			0x048	/* RO enum genpu_error of the fatal state */
#define GENPU_REG_RESETS		0x04c	/* RO resets since power-on, FLR included */
#define GENPU_REG_KICK			0x050	/* WO queue number: look at the doorbells again */

#define GENPU_REG_ADMIN_RING_LO		0x060	/* RW DMA address of the admin ring */
#define GENPU_REG_ADMIN_RING_HI		0x064
#define GENPU_REG_ADMIN_STATUS_LO	0x068	/* RW DMA address of struct genpu_admin_status[] */
#define GENPU_REG_ADMIN_STATUS_HI	0x06c
#define GENPU_REG_ADMIN_SHIFT		0x070	/* RW log2 of the entries of both */

/* Telemetry: reading these never disturbs work. */
#define GENPU_REG_TIME_LO		0x080	/* RO device time, ns; reading LO latches HI */
#define GENPU_REG_TIME_HI		0x084
#define GENPU_REG_COMPUTE_BUSY_LO	0x088	/* RO ns all compute units were busy, summed */
#define GENPU_REG_COMPUTE_BUSY_HI	0x08c
#define GENPU_REG_COPY_BUSY_LO		0x090	/* RO ns all copy units were busy, summed */
#define GENPU_REG_COPY_BUSY_HI		0x094
#define GENPU_REG_CLOCK_MHZ		0x098	/* RO current core clock */
#define GENPU_REG_TEMP_MC		0x09c	/* RO signed millidegrees Celsius */
#define GENPU_REG_POWER_MW		0x0a0	/* RO milliwatts */
#define GENPU_REG_MEM_CE		0x0a4	/* RO corrected memory errors */
#define GENPU_REG_MEM_UE		0x0a8	/* RO uncorrected memory errors */
#define GENPU_REG_FAULTS		0x0ac	/* RO queues stopped by a fault since reset */
#define GENPU_REG_TEMP_MAX_MC		0x0b0	/* RO temperature at which it slows down */
#define GENPU_REG_POWER_MAX_MW		0x0b4	/* RO milliwatts that it is built for */
#define GENPU_REG_ENERGY_LO		0x0b8	/* RO microjoules used since power-on */
#define GENPU_REG_ENERGY_HI		0x0bc

/* Event queue of MSI-X vector v; all three take effect at CTRL.ENABLE. */
#define GENPU_REG_EQ(v)			(0x100 + (v) * 16)
#define GENPU_EQ_BASE_LO		0x0	/* RW DMA address of struct genpu_event[] */
#define GENPU_EQ_BASE_HI		0x4
#define GENPU_EQ_SHIFT			0x8	/* RW log2 of its entries, 0 = not in use */

#define GENPU_MAGIC			0x55504e47	/* "GNPU" */
#define GENPU_VERSION			0x00010001
#define GENPU_MAX_VECTORS		32

#define GENPU_CAP_EMULATED		(1u << 0)	/* software model: no silicon behind it */
#define GENPU_CAP_FAULT_INJECTION	(1u << 1)	/* a control channel can provoke faults */

#define GENPU_CTRL_ENABLE		(1u << 0)	/* process queues */
#define GENPU_CTRL_RESET		(1u << 1)	/* write 1: device reset, clears itself */

#define GENPU_STATUS_READY		(1u << 0)	/* enabled and processing */
#define GENPU_STATUS_RESETTING		(1u << 1)
#define GENPU_STATUS_FATAL		(1u << 2)	/* only a device reset helps; see FATAL */

/* --- Doorbell page, BAR 2 + queue * GENPU_DOORBELL_STRIDE ---------------------------------- */

#define GENPU_DOORBELL_STRIDE		4096

/**
 * struct genpu_doorbell - first bytes of a queue's doorbell page, shared memory
 * @tail: written by the host: tasks ever put into the ring, free-running
 * @notify: written by the host: post an event when the completed count reaches this, 0 = never
 * @wake: written by the device: 1 = it sleeps, so a new @tail must be followed by a write of the
 *        queue's number to GENPU_REG_KICK
 * @reserved: zero
 */
struct genpu_doorbell {
	__u64 tail;
	__u64 notify;
	__u32 wake;
	__u32 reserved;
};

/* --- Page tables: 4 levels of 512 entries, 4 KiB pages, 2 MiB leaves at level 1 -------------- */

#define GENPU_VA_BITS			48
#define GENPU_PAGE_SHIFT		12
#define GENPU_PAGE_SIZE			(1u << GENPU_PAGE_SHIFT)
#define GENPU_PT_LEVELS			4
#define GENPU_PT_SHIFT			9
#define GENPU_PT_ENTRIES		(1u << GENPU_PT_SHIFT)

#define GENPU_PTE_VALID			(1ull << 0)
#define GENPU_PTE_WRITE			(1ull << 1)	/* leaves only */
#define GENPU_PTE_SYSTEM		(1ull << 2)	/* DMA address, else device memory */
#define GENPU_PTE_LEAF			(1ull << 3)	/* maps memory; else points to a table */
#define GENPU_PTE_ADDR			0x000ffffffffff000ull

/* --- Events --------------------------------------------------------------------------------- */

enum genpu_event_type {
	GENPU_EVENT_COMPLETE	= 1,	/* @queue reached its notify count; @value = completed */
	GENPU_EVENT_FAULT	= 2,	/* @queue stopped; @info = genpu_error, @value = task */
	GENPU_EVENT_ADMIN	= 3,	/* admin task @value is done, its status is written */
	GENPU_EVENT_DEVICE	= 4,	/* device state; @info = enum genpu_device_event */
};

enum genpu_device_event {
	GENPU_DEVICE_FATAL	= 1,	/* the device stopped; @value = enum genpu_error */
	GENPU_DEVICE_THERMAL	= 2,	/* temperature crossed a limit; @value = millidegrees */
	GENPU_DEVICE_MEMORY	= 3,	/* memory error counters moved; @value = address */
};

/**
 * struct genpu_event - entry of an event queue, written by the device
 * @value: see enum genpu_event_type
 * @info: see enum genpu_event_type
 * @queue: queue that the event is about
 * @type: enum genpu_event_type
 * @phase: 1 in the first lap over the ring, then 0, 1, ...; an entry is new when its phase is the
 *         expected one. @info .. @phase are written last, as one 64-bit store.
 */
struct genpu_event {
	__u64 value;
	__u32 info;
	__u16 queue;
	__u8  type;
	__u8  phase;
};

/* --- Errors --------------------------------------------------------------------------------- */

enum genpu_error {
	GENPU_OK			= 0,
	/* a task */
	GENPU_ERR_OPCODE		= 1,	/* unknown task, or one not allowed in this queue */
	GENPU_ERR_RESERVED		= 2,	/* a reserved field or flag is not zero */
	GENPU_ERR_ALIGN			= 3,	/* an address or size has the wrong alignment */
	GENPU_ERR_PAGE_FAULT		= 4,	/* an address is not mapped, or not writable */
	GENPU_ERR_BUS			= 5,	/* a page table points to no memory */
	GENPU_ERR_PROGRAM		= 6,	/* no such program in the queue's context */
	GENPU_ERR_ARGS			= 7,	/* wrong number of arguments */
	GENPU_ERR_WORKSPACE		= 8,	/* workspace smaller than the program's */
	GENPU_ERR_INDEX			= 9,	/* an index tensor points outside of its data */
	GENPU_ERR_ENGINE		= 10,	/* an operator failed inside the engine */
	GENPU_ERR_ABORTED		= 11,	/* stopped by a reset */
	GENPU_ERR_MEMORY		= 12,	/* uncorrected memory error */
	GENPU_ERR_RANGE			= 13,	/* an address range leaves the address space */
	/* an admin task */
	GENPU_ERR_CONTEXT		= 32,	/* context id out of range, in use, or not there */
	GENPU_ERR_QUEUE			= 33,	/* queue id out of range, in use, or not there */
	GENPU_ERR_BUSY			= 34,	/* the context still has queues or programs */
	GENPU_ERR_NO_MEMORY		= 35,	/* the device is out of internal memory */
	GENPU_ERR_VALUE			= 36,	/* a field is out of range */
	/* a program that does not verify; offset, operator and operand say where */
	GENPU_ERR_PROG_TRUNCATED	= 64,	/* shorter than its header says */
	GENPU_ERR_PROG_MAGIC		= 65,	/* not a program */
	GENPU_ERR_PROG_VERSION		= 66,	/* written for another version */
	GENPU_ERR_PROG_CHECKSUM		= 67,	/* contents do not match the checksum */
	GENPU_ERR_PROG_HEADER		= 68,	/* a header field is out of range */
	GENPU_ERR_PROG_TENSOR		= 69,	/* a tensor record is inconsistent */
	GENPU_ERR_PROG_OPCODE		= 70,	/* unknown operator */
	GENPU_ERR_PROG_OPERAND		= 71,	/* operand missing or of a wrong kind */
	GENPU_ERR_PROG_TYPE		= 72,	/* the operator does not take this data type */
	GENPU_ERR_PROG_SHAPE		= 73,	/* dimensions do not fit together */
	GENPU_ERR_PROG_ATTR		= 74,	/* an attribute is out of range */
	GENPU_ERR_PROG_CONST		= 75,	/* constants missing or smaller than declared */
	GENPU_ERR_PROG_UNSUPPORTED	= 76,	/* valid, but beyond what this device can do */
};

enum genpu_access {
	GENPU_ACCESS_READ	= 0,
	GENPU_ACCESS_WRITE	= 1,
};

/* No operator, operand or program offset: the error is not about one. */
#define GENPU_NONE			0xffffffffu

/* --- Queue status --------------------------------------------------------------------------- */

enum genpu_queue_state {
	GENPU_QUEUE_RUNNING	= 1,	/* takes tasks */
	GENPU_QUEUE_FAULTED	= 2,	/* stopped at @task until QUEUE_RESET */
};

/**
 * struct genpu_queue_status - one per queue in system memory, written by the device
 * @completed: tasks retired, free-running; written after all effects of those tasks are visible
 * @time: device time in ns at which @completed was written
 * @state: enum genpu_queue_state
 * @error: enum genpu_error, why the queue stopped
 * @task: free-running number of the task that failed
 * @addr: context address of the failing access
 * @op: index of the operator in its program, or GENPU_NONE
 * @operand: index into the operator's operands (inputs, then outputs), or GENPU_NONE
 * @access: enum genpu_access
 * @reserved: zero
 *
 * The fields from @error on are written before @state becomes FAULTED and stay until QUEUE_RESET.
 */
struct genpu_queue_status {
	__u64 completed;
	__u64 time;
	__u32 state;
	__u32 error;
	__u64 task;
	__u64 addr;
	__u32 op;
	__u32 operand;
	__u32 access;
	__u32 reserved[3];
};

/* --- Tasks: 64 bytes each -------------------------------------------------------------------- */

#define GENPU_TASK_SIZE			64

enum genpu_task_op {
	GENPU_TASK_NOP			= 0,
	GENPU_TASK_GRAPH		= 1,	/* run a program */
	GENPU_TASK_COPY			= 2,
	GENPU_TASK_FILL			= 3,
	GENPU_TASK_SIGNAL		= 4,	/* write or add to a 64-bit word */
	GENPU_TASK_WAIT			= 5,	/* hold the queue until a 64-bit word fits */
	GENPU_TASK_TIMESTAMP		= 6,	/* write the device time to a 64-bit word */

	/* admin queue only */
	GENPU_ADMIN_CTX_CREATE		= 64,
	GENPU_ADMIN_CTX_DESTROY		= 65,
	GENPU_ADMIN_CTX_RESET		= 66,	/* reset all its queues */
	GENPU_ADMIN_TLB_INVALIDATE	= 67,
	GENPU_ADMIN_QUEUE_CREATE	= 68,
	GENPU_ADMIN_QUEUE_DESTROY	= 69,
	GENPU_ADMIN_QUEUE_RESET		= 70,	/* abort, forget the fault, go on at a given task */
	GENPU_ADMIN_PROGRAM_LOAD	= 71,
	GENPU_ADMIN_PROGRAM_UNLOAD	= 72,
	GENPU_ADMIN_MEM_COPY		= 73,	/* physical memory, for the host's own ends */
	GENPU_ADMIN_MEM_FILL		= 74,
};

enum genpu_signal_op {
	GENPU_SIGNAL_SET		= 0,
	GENPU_SIGNAL_ADD		= 1,	/* atomic */
};

enum genpu_wait_cond {
	GENPU_WAIT_GE			= 0,	/* unsigned word >= value */
	GENPU_WAIT_EQ			= 1,
	GENPU_WAIT_NE			= 2,
	GENPU_WAIT_AND			= 3,	/* word & value != 0 */
};

/* Flags of MEM_COPY and MEM_FILL: the address is a DMA address, not an offset in device memory. */
#define GENPU_MEM_DST_SYSTEM		(1u << 0)
#define GENPU_MEM_SRC_SYSTEM		(1u << 1)

#define GENPU_MEM_MAX_BYTES		(64ull << 20)	/* of one MEM_COPY or MEM_FILL */

/**
 * struct genpu_task - what a queue executes
 * @op: enum genpu_task_op
 * @flags: reserved, zero
 * @reserved: zero
 * @cookie: the submitter's; the device ignores it (tasks) or returns it (admin tasks)
 *
 * Addresses are context addresses unless called DMA. Every address of a 64-bit word is 8-byte
 * aligned. @stamps, where not 0, is the address of two 64-bit words that receive the device time
 * at which the task started and ended.
 */
struct genpu_task {
	__u8  op;
	__u8  flags;
	__u16 reserved;
	__u32 cookie;
	union {
		/**
		 * @graph: run @program with @num_args addresses read from the table at @args
		 * (inputs in order, then outputs), and @workspace of @workspace_size bytes,
		 * 64-byte aligned.
		 */
		struct {
			__u32 program;
			__u32 num_args;
			__u64 args;
			__u64 workspace;
			__u64 workspace_size;
			__u64 stamps;
			__u64 reserved[2];
		} graph;
		/**
		 * @copy: @rows rows of @bytes; a row starts @dst_pitch and @src_pitch bytes after
		 * the one before (ignored for one row). Source and destination must not overlap.
		 */
		struct {
			__u64 dst;
			__u64 src;
			__u64 bytes;
			__u32 rows;
			__u32 reserved;
			__u64 dst_pitch;
			__u64 src_pitch;
			__u64 stamps;
		} copy;
		/** @fill: repeat the low @width (1, 2, 4, 8) bytes of @pattern over @bytes */
		struct {
			__u64 dst;
			__u64 bytes;
			__u64 pattern;
			__u32 width;
			__u32 reserved;
			__u64 stamps;
			__u64 reserved2[2];
		} fill;
		/** @signal: after the effects of all earlier tasks; @kind is genpu_signal_op */
		struct {
			__u64 addr;
			__u64 value;
			__u32 kind;
			__u32 reserved;
			__u64 reserved2[4];
		} signal;
		/** @wait: @cond is enum genpu_wait_cond */
		struct {
			__u64 addr;
			__u64 value;
			__u32 cond;
			__u32 reserved;
			__u64 reserved2[4];
		} wait;
		/** @timestamp: write the device time in ns to @addr */
		struct {
			__u64 addr;
			__u64 reserved[6];
		} timestamp;

		/** @ctx: CTX_CREATE (@root: DMA address of a table), CTX_DESTROY, CTX_RESET */
		struct {
			__u32 ctx;
			__u32 reserved;
			__u64 root;
			__u64 reserved2[5];
		} ctx;
		/** @tlb: forget translations of [@va, @va + @size), @size 0 = all of @ctx */
		struct {
			__u32 ctx;
			__u32 reserved;
			__u64 va;
			__u64 size;
			__u64 reserved2[4];
		} tlb;
		/**
		 * @queue: CREATE takes all fields: @ring is the DMA address of 1 << @ring_shift
		 * tasks, @status that of struct genpu_queue_status, @priority 0 (lowest) .. 3,
		 * @vector the event queue. @head is the free-running number of the task to begin
		 * (CREATE) or to go on with (RESET, takes only @queue and this). DESTROY takes
		 * @queue.
		 */
		struct {
			__u32 queue;
			__u32 ctx;
			__u64 ring;
			__u64 status;
			__u64 head;
			__u32 ring_shift;
			__u32 priority;
			__u32 vector;
			__u32 reserved;
			__u64 reserved2;
		} queue;
		/**
		 * @program: LOAD reads @size bytes of a program at @va and its constants at
		 * @const_va in @ctx, verifies and keeps it as @program. UNLOAD takes @program.
		 */
		struct {
			__u32 program;
			__u32 ctx;
			__u64 va;
			__u64 size;
			__u64 const_va;
			__u64 const_size;
			__u64 reserved[2];
		} program;
		/**
		 * @mem: MEM_COPY @bytes from @src to @dst, or MEM_FILL @bytes at @dst with the
		 * 64-bit word @src; contiguous memory, all multiples of 8, @bytes at most
		 * GENPU_MEM_MAX_BYTES. @flags: GENPU_MEM_*
		 */
		struct {
			__u64 dst;
			__u64 src;
			__u64 bytes;
			__u32 flags;
			__u32 reserved;
			__u64 reserved2[3];
		} mem;
		/** @raw: all of it */
		__u64 raw[7];
	};
};

/**
 * struct genpu_admin_status - result of admin task n, at index n modulo the ring's entries
 * @cookie: copied from the task
 * @error: enum genpu_error
 * @offset: PROGRAM_LOAD: byte offset in the program, or GENPU_NONE
 * @op: PROGRAM_LOAD: operator index, or GENPU_NONE
 * @operand: PROGRAM_LOAD: operand or tensor index, or GENPU_NONE
 * @value: PROGRAM_LOAD: workspace bytes on success; otherwise the address of a page fault
 * @reserved: zero
 */
struct genpu_admin_status {
	__u32 cookie;
	__u32 error;
	__u32 offset;
	__u32 op;
	__u32 operand;
	__u32 reserved;
	__u64 value;
};

/* --- Programs --------------------------------------------------------------------------------
 *
 *	header | tensors | operators | operands | post-operations | attributes | strings
 *
 * in any order after the header, each section 8-byte aligned and inside of @size. A program is
 * position-independent: tensors lie in the constants, in the workspace or in an argument.
 */

#define GENPU_PROG_MAGIC		0x474f525055504e47ull	/* "GNPUPROG" */
#define GENPU_PROG_VERSION		0x00010001		/* major << 16 | minor */
#define GENPU_PROG_ALIGN		64	/* of constants, workspace, and their tensors */
#define GENPU_PROG_MAX_SIZE		(64u << 20)
#define GENPU_PROG_MAX_TENSORS		65536
#define GENPU_PROG_MAX_OPS		65536
#define GENPU_PROG_MAX_ARGS		1024
#define GENPU_MAX_RANK			8
#define GENPU_MAX_OPERANDS		256	/* of one operator */
#define GENPU_MAX_POSTS			16	/* of one operator */

/**
 * struct genpu_prog_header - start of a program
 * @magic: GENPU_PROG_MAGIC
 * @version: GENPU_PROG_VERSION
 * @checksum: CRC-32 (IEEE 802.3, as zlib) of the whole program with this field zero
 * @size: bytes of the whole program
 * @const_size: bytes of constants that go with it
 * @workspace_size: bytes of workspace that a run needs
 * @num_inputs: arguments 0 .. num_inputs - 1
 * @num_outputs: arguments after the inputs
 * @num_tensors: struct genpu_tensor records at @tensors
 * @num_ops: struct genpu_op records at @ops, in order of execution
 * @num_operands: __u32 tensor indices at @operands
 * @num_posts: struct genpu_post records at @posts
 * @tensors: byte offset
 * @ops: byte offset
 * @operands: byte offset
 * @posts: byte offset
 * @attrs: byte offset
 * @attrs_size: bytes
 * @strings: byte offset of NUL-terminated names; offset 0 in it is the empty string
 * @strings_size: bytes
 * @reserved: zero
 */
struct genpu_prog_header {
	__u64 magic;
	__u32 version;
	__u32 checksum;
	__u64 size;
	__u64 const_size;
	__u64 workspace_size;
	__u32 num_inputs;
	__u32 num_outputs;
	__u32 num_tensors;
	__u32 num_ops;
	__u32 num_operands;
	__u32 num_posts;
	__u32 tensors;
	__u32 ops;
	__u32 operands;
	__u32 posts;
	__u32 attrs;
	__u32 attrs_size;
	__u32 strings;
	__u32 strings_size;
	__u32 reserved[8];
};

/*
 * Numbers as in ge::DataType, those from 64 on of our own. Integers of four bits lie in a byte
 * each, extended by their sign or by zeros. Tensors of float8 and of four bits can be moved and
 * converted.
 */
enum genpu_dtype {
	GENPU_DT_F32	= 0,
	GENPU_DT_F16	= 1,
	GENPU_DT_I8	= 2,
	GENPU_DT_I32	= 3,
	GENPU_DT_U8	= 4,
	GENPU_DT_I16	= 6,
	GENPU_DT_U16	= 7,
	GENPU_DT_U32	= 8,
	GENPU_DT_I64	= 9,
	GENPU_DT_U64	= 10,
	GENPU_DT_F64	= 11,
	GENPU_DT_BOOL	= 12,
	GENPU_DT_BF16	= 27,
	GENPU_DT_I4	= 29,
	GENPU_DT_F8E5M2	= 35,
	GENPU_DT_F8E4M3FN = 36,
	GENPU_DT_U4	= 64,
	GENPU_DT_F8E4M3FNUZ = 65,
	GENPU_DT_F8E5M2FNUZ = 66,
};

enum genpu_base {
	GENPU_BASE_CONST	= 0,
	GENPU_BASE_WORKSPACE	= 1,
	GENPU_BASE_ARG		= 2,	/* @arg: inputs first, then outputs */
};

/**
 * struct genpu_tensor - a view of memory
 * @dtype: enum genpu_dtype
 * @rank: 0 (scalar) .. GENPU_MAX_RANK
 * @base: enum genpu_base
 * @reserved: zero
 * @arg: argument index for GENPU_BASE_ARG, else zero
 * @name: offset in the strings, 0 = none
 * @reserved2: zero
 * @offset: bytes from the base to element 0; a multiple of the element size
 * @dims: extent of each dimension, zero beyond @rank; 0 = an empty tensor
 * @strides: distance of neighbours in each dimension, in elements, zero beyond @rank. Any value for
 *           something that is only read, 0 repeats; elements of something that is written must not
 *           share memory.
 *
 * Several records may view the same memory. All elements lie inside of the constants or workspace;
 * for an argument the span [offset, last element] is what the run may touch.
 */
struct genpu_tensor {
	__u8  dtype;
	__u8  rank;
	__u8  base;
	__u8  reserved;
	__u32 arg;
	__u32 name;
	__u32 reserved2;
	__u64 offset;
	__u32 dims[GENPU_MAX_RANK];
	__u32 strides[GENPU_MAX_RANK];
};

/**
 * struct genpu_op - an operator of a program
 * @opcode: enum genpu_opcode
 * @num_in: input operands
 * @num_out: output operands
 * @num_posts: post-operations, applied in order to output 0 before it is stored
 * @operands: index of the first entry in the operands: inputs, then outputs. An optional input
 *            that is absent is GENPU_NONE.
 * @posts: index of the first post-operation
 * @attrs: byte offset of the opcode's attributes in the attribute section
 * @attrs_size: their size; zero for opcodes without
 * @name: offset in the strings
 * @reserved: zero
 */
struct genpu_op {
	__u16 opcode;
	__u16 num_in;
	__u16 num_out;
	__u16 num_posts;
	__u32 operands;
	__u32 posts;
	__u32 attrs;
	__u32 attrs_size;
	__u32 name;
	__u32 reserved;
};

enum genpu_opcode {
	GENPU_OP_COPY		= 1,	/* y = x, converted to y's type; same dims */
	GENPU_OP_UNARY		= 2,	/* genpu_attr_unary; x -> y */
	GENPU_OP_BINARY		= 3,	/* genpu_attr_binary; a, b -> y; dims of 1 broadcast */
	GENPU_OP_CONV		= 4,	/* genpu_attr_conv; x[N,C,...], w[O,C/g,...], b[O]? -> y */
	GENPU_OP_MATMUL		= 5,	/* genpu_attr_matmul; a[..,M,K], b[..,K,N], c? -> y */
	GENPU_OP_POOL		= 6,	/* genpu_attr_pool; x[N,C,...] -> y */
	GENPU_OP_REDUCE		= 7,	/* genpu_attr_reduce; x -> y, reduced dims are 1 in y */
	GENPU_OP_SOFTMAX	= 8,	/* genpu_attr_softmax; x -> y */
	GENPU_OP_LAYERNORM	= 9,	/* genpu_attr_norm; x, scale?, bias? -> y */
	GENPU_OP_BATCHNORM	= 10,	/* genpu_attr_norm; x, scale, bias, mean, var -> y */
	GENPU_OP_GATHER		= 11,	/* genpu_attr_gather; data, indices -> y */
	GENPU_OP_PAD		= 12,	/* genpu_attr_pad; x -> y */
	GENPU_OP_FILL		= 13,	/* genpu_attr_fill; -> y */
	GENPU_OP_SELECT		= 14,	/* bool c, a, b -> y = c ? a : b; dims of 1 broadcast */
	GENPU_OP_GATHER_ELEMENTS = 15,	/* genpu_attr_gather; data, indices -> y */
	GENPU_OP_GATHER_ND	= 16,	/* genpu_attr_gather_nd; data, indices[..,K] -> y */
	GENPU_OP_SCATTER_ELEMENTS = 17,	/* genpu_attr_scatter; data, indices, updates -> y */
	GENPU_OP_SCATTER_ND	= 18,	/* genpu_attr_scatter; data, indices[..,K], updates -> y */
	GENPU_OP_TOPK		= 19,	/* genpu_attr_topk; x -> y, indices along the axis */
	GENPU_OP_SCAN		= 20,	/* genpu_attr_scan; x -> y, sums of all before */
	GENPU_OP_INTERPOLATE	= 21,	/* genpu_attr_interpolate; x, indices[O,T], w[O,T] -> y */
	GENPU_OP_DECONV		= 22,	/* genpu_attr_conv; x[N,C,..], w[C,O/g,..], b[O]? -> y */
	GENPU_OP_LRN		= 23,	/* genpu_attr_lrn; x[N,C,..] -> y */
	GENPU_OP_GRID_SAMPLE	= 24,	/* genpu_attr_grid; x[N,C,..], grid[N,..,spatial] -> y */
	GENPU_OP_ROI_ALIGN	= 25,	/* genpu_attr_roi; x[N,C,H,W], rois[R,4], batch[R] -> y */
	GENPU_OP_NMS		= 26,	/* genpu_attr_nms; boxes[N,B,4], scores[N,C,B] -> y[M,3] */
	GENPU_OP_NONZERO	= 27,	/* x -> y, where x is not 0 */
	GENPU_OP_COMPRESS	= 28,	/* genpu_attr_compress; x, bool c[C] -> y */
};

/* For GENPU_OP_UNARY and unary post-operations; alpha and beta are 0 where not named. */
enum genpu_unary {
	GENPU_UNARY_RELU	= 1,
	GENPU_UNARY_LEAKY_RELU	= 2,	/* x < 0 ? alpha x : x */
	GENPU_UNARY_CLIP	= 3,	/* min(max(x, alpha), beta) */
	GENPU_UNARY_SIGMOID	= 4,
	GENPU_UNARY_TANH	= 5,
	GENPU_UNARY_HARDSIGMOID	= 6,	/* max(0, min(1, alpha x + beta)) */
	GENPU_UNARY_HARDSWISH	= 7,	/* x max(0, min(1, alpha x + beta)) */
	GENPU_UNARY_SQRT	= 8,
	GENPU_UNARY_EXP		= 9,
	GENPU_UNARY_LOG		= 10,
	GENPU_UNARY_ERF		= 11,
	GENPU_UNARY_ABS		= 12,
	GENPU_UNARY_NEG		= 13,
	GENPU_UNARY_FLOOR	= 14,
	GENPU_UNARY_CEIL	= 15,
	GENPU_UNARY_ROUND	= 16,	/* half to even */
	GENPU_UNARY_RECIPROCAL	= 17,
	GENPU_UNARY_LINEAR	= 18,	/* alpha x + beta */
	GENPU_UNARY_SWISH	= 19,	/* x sigmoid(alpha x) */
	GENPU_UNARY_ELU		= 20,	/* x < 0 ? alpha (exp(x) - 1) : x */
	GENPU_UNARY_GELU_ERF	= 21,
	GENPU_UNARY_GELU_TANH	= 22,
	GENPU_UNARY_SOFTPLUS	= 23,
	GENPU_UNARY_MISH	= 24,
	GENPU_UNARY_NOT		= 25,	/* bool */
	GENPU_UNARY_POW		= 26,	/* alpha x ** beta */
	GENPU_UNARY_SIN		= 27,
	GENPU_UNARY_COS		= 28,
	GENPU_UNARY_TAN		= 29,
	GENPU_UNARY_ASIN	= 30,
	GENPU_UNARY_ACOS	= 31,
	GENPU_UNARY_ATAN	= 32,
	GENPU_UNARY_SINH	= 33,
	GENPU_UNARY_COSH	= 34,
	GENPU_UNARY_ASINH	= 35,
	GENPU_UNARY_ACOSH	= 36,
	GENPU_UNARY_ATANH	= 37,
	GENPU_UNARY_SIGN	= 38,	/* -1, 0 or 1; NaN stays; also integers */
	GENPU_UNARY_TRUNC	= 39,	/* towards zero */
	GENPU_UNARY_BITNOT	= 40,	/* integers */
};

/* For GENPU_OP_BINARY and binary post-operations. */
enum genpu_binary {
	GENPU_BINARY_ADD	= 1,
	GENPU_BINARY_SUB	= 2,
	GENPU_BINARY_MUL	= 3,
	GENPU_BINARY_DIV	= 4,	/* integers: towards zero; by zero gives 0 */
	GENPU_BINARY_POW	= 5,
	GENPU_BINARY_MIN	= 6,
	GENPU_BINARY_MAX	= 7,
	GENPU_BINARY_EQ		= 8,	/* from here on y is bool */
	GENPU_BINARY_NE		= 9,
	GENPU_BINARY_LT		= 10,
	GENPU_BINARY_LE		= 11,
	GENPU_BINARY_GT		= 12,
	GENPU_BINARY_GE		= 13,
	GENPU_BINARY_AND	= 14,	/* bool only */
	GENPU_BINARY_OR		= 15,
	GENPU_BINARY_XOR	= 16,
	/* from here on y has the type of a and b again */
	GENPU_BINARY_MOD	= 17,	/* remainder, sign of b; integers: by zero gives 0 */
	GENPU_BINARY_FMOD	= 18,	/* remainder, sign of a; integers: by zero gives 0 */
	GENPU_BINARY_BITAND	= 19,	/* from here on integers only */
	GENPU_BINARY_BITOR	= 20,
	GENPU_BINARY_BITXOR	= 21,
	GENPU_BINARY_SHL	= 22,	/* unsigned; by the width or more gives 0 */
	GENPU_BINARY_SHR	= 23,	/* unsigned; by the width or more gives 0 */
};

enum genpu_post_type {
	GENPU_POST_UNARY	= 1,	/* y = unary(y) */
	GENPU_POST_BINARY	= 2,	/* y = binary(y, tensor), tensor broadcasts to y */
};

/**
 * struct genpu_post - a step applied to an operator's float output before it is stored
 * @type: enum genpu_post_type
 * @kind: enum genpu_unary or enum genpu_binary (arithmetic ones only)
 * @tensor: tensor index for GENPU_POST_BINARY, else GENPU_NONE; same rank as the output
 * @alpha: of a unary
 * @beta: of a unary
 */
struct genpu_post {
	__u16 type;
	__u16 kind;
	__u32 tensor;
	float alpha;
	float beta;
};

struct genpu_attr_unary {
	__u32 kind;		/* enum genpu_unary */
	float alpha;
	float beta;
	__u32 reserved;
};

struct genpu_attr_binary {
	__u32 kind;		/* enum genpu_binary */
	__u32 reserved;
};

#define GENPU_MAX_SPATIAL	3

/*
 * Spatial values are in the order of the tensor's dimensions; unused ones are zero. x and w of CONV
 * may be int8 or uint8, also one of each; b and y are int32 then.
 */
struct genpu_attr_conv {
	__u32 spatial;		/* 1 .. 3, rank - 2 */
	__u32 groups;
	__u32 strides[GENPU_MAX_SPATIAL];
	__u32 dilations[GENPU_MAX_SPATIAL];	/* 1 = dense */
	__u32 pads_begin[GENPU_MAX_SPATIAL];
	__u32 pads_end[GENPU_MAX_SPATIAL];
};

/*
 * y = alpha a b + beta c; batch dims of a and b broadcast; c broadcasts to y. a and b may be int8
 * or uint8, also one of each; c and y are int32 then.
 */
struct genpu_attr_matmul {
	float alpha;
	float beta;
};

enum genpu_pool {
	GENPU_POOL_MAX		= 1,
	GENPU_POOL_AVG		= 2,	/* padding is not counted */
	GENPU_POOL_AVG_PAD	= 3,	/* padding is counted */
	GENPU_POOL_ARGMAX	= 4,	/* y is int64: index of the maximum in x's spatial dims */
};

/*
 * Output extents may exceed what the padded input gives (rounding up); taps beyond the input plus
 * padding are never counted.
 */
struct genpu_attr_pool {
	__u32 kind;		/* enum genpu_pool */
	__u32 spatial;
	__u32 kernel[GENPU_MAX_SPATIAL];
	__u32 strides[GENPU_MAX_SPATIAL];
	__u32 dilations[GENPU_MAX_SPATIAL];
	__u32 pads_begin[GENPU_MAX_SPATIAL];
	__u32 pads_end[GENPU_MAX_SPATIAL];
	__u32 reserved;
};

enum genpu_reduce {
	GENPU_REDUCE_SUM	= 1,
	GENPU_REDUCE_MEAN	= 2,
	GENPU_REDUCE_MAX	= 3,
	GENPU_REDUCE_MIN	= 4,
	GENPU_REDUCE_PROD	= 5,
	GENPU_REDUCE_L1		= 6,
	GENPU_REDUCE_L2		= 7,
	GENPU_REDUCE_SUMSQ	= 8,
};

struct genpu_attr_reduce {
	__u32 kind;		/* enum genpu_reduce */
	__u32 axes;		/* bit mask of dimensions, not empty */
};

struct genpu_attr_softmax {
	__u32 axis;
	__u32 log;		/* 1 = log-softmax */
};

/* BATCHNORM: x and y are [N,C,...], all others [C] */
struct genpu_attr_norm {
	__u32 axis;		/* LAYERNORM: first normalised dim; BATCHNORM: zero */
	float epsilon;
};

/* y dims = data[:axis] + indices + data[axis+1:]; negative indices count from the end */
struct genpu_attr_gather {
	__u32 axis;
	__u32 reserved;
};

enum genpu_pad {
	GENPU_PAD_CONSTANT	= 1,
	GENPU_PAD_REFLECT	= 2,
	GENPU_PAD_EDGE		= 3,
	GENPU_PAD_WRAP		= 4,
};

struct genpu_attr_pad {
	__u32 mode;		/* enum genpu_pad */
	float value;		/* GENPU_PAD_CONSTANT, converted to the type */
	__u32 begin[GENPU_MAX_RANK];	/* y dim - x dim - begin is added at the end */
};

struct genpu_attr_fill {
	__u64 bits;		/* the element's bytes, low ones first */
};

/* indices are int32 or int64 [batch dims, .., K]; negative ones count from the end */
struct genpu_attr_gather_nd {
	__u32 batch;		/* leading dims that data and indices share */
	__u32 reserved;
};

enum genpu_scatter {
	GENPU_SCATTER_SET	= 0,	/* of several updates of one element the last one stays */
	GENPU_SCATTER_ADD	= 1,
	GENPU_SCATTER_MUL	= 2,
	GENPU_SCATTER_MIN	= 3,
	GENPU_SCATTER_MAX	= 4,
};

/* y is data with updates put, or joined, to the elements that the indices name */
struct genpu_attr_scatter {
	__u32 kind;		/* enum genpu_scatter */
	__u32 axis;		/* SCATTER_ELEMENTS; else zero */
};

/* y is int64; the k of y's dims best elements along the axis, the best one first */
struct genpu_attr_topk {
	__u32 axis;
	__u32 smallest;		/* 1 = the smallest are the best */
	__u32 last;		/* 1 = of equal ones the one with the highest index comes first */
	__u32 reserved;
};

struct genpu_attr_scan {
	__u32 axis;
	__u32 reverse;		/* 1 = from the end */
	__u32 exclusive;	/* 1 = without the element itself */
	__u32 reserved;
};

/* y[.., o, ..] = sum over t of w[o, t] x[.., indices[o, t], ..]; int32 indices, float32 w */
struct genpu_attr_interpolate {
	__u32 axis;
	__u32 reserved;
};

/* y = x / (k + alpha / size * sum of x^2 over size channels around) ** beta */
struct genpu_attr_lrn {
	__u32 size;
	float alpha;
	float beta;
	float k;
};

enum genpu_sample {
	GENPU_SAMPLE_NEAREST	= 1,	/* half to even */
	GENPU_SAMPLE_LINEAR	= 2,
	GENPU_SAMPLE_CUBIC	= 3,	/* a = -0.75; two spatial dims only */
};

enum genpu_border {
	GENPU_BORDER_ZEROS	= 1,
	GENPU_BORDER_EDGE	= 2,
	GENPU_BORDER_REFLECT	= 3,
};

/* grid: coordinates from -1 to 1, that of the last spatial dim first */
struct genpu_attr_grid {
	__u32 mode;		/* enum genpu_sample */
	__u32 border;		/* enum genpu_border */
	__u32 align_corners;	/* 1 = -1 and 1 are the centres of the first and last element */
	__u32 reserved;
};

/* rois: x1, y1, x2, y2; batch: int64 image of each */
struct genpu_attr_roi {
	__u32 max;		/* 1 = maximum of the samples, else their mean */
	__u32 samples;		/* in each direction of a bin, 0 = as many as it has elements */
	float scale;		/* of the coordinates */
	float offset;		/* subtracted from the scaled coordinates */
};

/*
 * y: int64 rows of image, class, box, the best of each class first, in the order of images and
 * classes; rows beyond those selected are -1.
 */
struct genpu_attr_nms {
	__u32 max_boxes;	/* of one class of one image */
	__u32 center;		/* 1 = a box is centre x, y, width, height; else y, x, y, x */
	float iou;		/* boxes that overlap a better one by more are left out */
	float score;		/* so are those that do not score more */
	__u32 use_score;	/* 0 = @score is not looked at */
	__u32 reserved;
};

/*
 * NONZERO: y is int64 [rank of x, elements of x]; COMPRESS: as x with the axis as long as c, or
 * with axis GENPU_NONE all of x's elements [elements]. What n elements are found is written
 * densely to the front of y, as a tensor [rank, n] or with n in the axis; the rest of y is -1
 * (NONZERO) or 0.
 */
struct genpu_attr_compress {
	__u32 axis;
	__u32 reserved;
};

#if defined(__cplusplus)
}
#endif

#endif /* _GENPU_ISA_H_ */
