/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi_table.h - the layout of everything that crosses a border, written down once.
 *
 * STRUCT(name, size) and FIELD(struct, field, offset, size), in bytes. These numbers are what
 * binaries and devices in the field were built with: a new field appends a line and changes the
 * size of its structure, no other line ever changes.
 */
#ifndef _ABI_TABLE_H_
#define _ABI_TABLE_H_

#define ABI_TABLE(STRUCT, FIELD) \
	STRUCT(drm_genpu_device_info, 72) \
	FIELD(drm_genpu_device_info, isa_version, 0, 4) \
	FIELD(drm_genpu_device_info, caps, 4, 4) \
	FIELD(drm_genpu_device_info, memory_size, 8, 8) \
	FIELD(drm_genpu_device_info, va_start, 16, 8) \
	FIELD(drm_genpu_device_info, va_end, 24, 8) \
	FIELD(drm_genpu_device_info, max_streams, 32, 4) \
	FIELD(drm_genpu_device_info, max_contexts, 36, 4) \
	FIELD(drm_genpu_device_info, max_graphs, 40, 4) \
	FIELD(drm_genpu_device_info, compute_units, 44, 4) \
	FIELD(drm_genpu_device_info, copy_units, 48, 4) \
	FIELD(drm_genpu_device_info, page_size, 52, 4) \
	FIELD(drm_genpu_device_info, min_ring, 56, 4) \
	FIELD(drm_genpu_device_info, max_ring, 60, 4) \
	FIELD(drm_genpu_device_info, default_timeout_ms, 64, 4) \
	FIELD(drm_genpu_device_info, max_timeout_ms, 68, 4) \
	STRUCT(drm_genpu_memory_info, 16) \
	FIELD(drm_genpu_memory_info, total, 0, 8) \
	FIELD(drm_genpu_memory_info, free, 8, 8) \
	STRUCT(drm_genpu_time_info, 16) \
	FIELD(drm_genpu_time_info, device_ns, 0, 8) \
	FIELD(drm_genpu_time_info, monotonic_ns, 8, 8) \
	STRUCT(drm_genpu_query, 16) \
	FIELD(drm_genpu_query, query, 0, 4) \
	FIELD(drm_genpu_query, size, 4, 4) \
	FIELD(drm_genpu_query, data, 8, 8) \
	STRUCT(drm_genpu_bo_create, 32) \
	FIELD(drm_genpu_bo_create, size, 0, 8) \
	FIELD(drm_genpu_bo_create, region, 8, 4) \
	FIELD(drm_genpu_bo_create, flags, 12, 4) \
	FIELD(drm_genpu_bo_create, handle, 16, 4) \
	FIELD(drm_genpu_bo_create, pad, 20, 4) \
	FIELD(drm_genpu_bo_create, mmap_offset, 24, 8) \
	STRUCT(drm_genpu_bo_info, 24) \
	FIELD(drm_genpu_bo_info, handle, 0, 4) \
	FIELD(drm_genpu_bo_info, region, 4, 4) \
	FIELD(drm_genpu_bo_info, size, 8, 8) \
	FIELD(drm_genpu_bo_info, mmap_offset, 16, 8) \
	STRUCT(drm_genpu_ctx_create, 8) \
	FIELD(drm_genpu_ctx_create, flags, 0, 4) \
	FIELD(drm_genpu_ctx_create, ctx_id, 4, 4) \
	STRUCT(drm_genpu_ctx_destroy, 8) \
	FIELD(drm_genpu_ctx_destroy, ctx_id, 0, 4) \
	FIELD(drm_genpu_ctx_destroy, pad, 4, 4) \
	STRUCT(drm_genpu_vm_bind, 40) \
	FIELD(drm_genpu_vm_bind, ctx_id, 0, 4) \
	FIELD(drm_genpu_vm_bind, op, 4, 4) \
	FIELD(drm_genpu_vm_bind, flags, 8, 4) \
	FIELD(drm_genpu_vm_bind, handle, 12, 4) \
	FIELD(drm_genpu_vm_bind, offset, 16, 8) \
	FIELD(drm_genpu_vm_bind, va, 24, 8) \
	FIELD(drm_genpu_vm_bind, size, 32, 8) \
	STRUCT(drm_genpu_stream_create, 24) \
	FIELD(drm_genpu_stream_create, ctx_id, 0, 4) \
	FIELD(drm_genpu_stream_create, priority, 4, 4) \
	FIELD(drm_genpu_stream_create, flags, 8, 4) \
	FIELD(drm_genpu_stream_create, ring_entries, 12, 4) \
	FIELD(drm_genpu_stream_create, timeout_ms, 16, 4) \
	FIELD(drm_genpu_stream_create, stream_id, 20, 4) \
	STRUCT(drm_genpu_stream_destroy, 8) \
	FIELD(drm_genpu_stream_destroy, stream_id, 0, 4) \
	FIELD(drm_genpu_stream_destroy, pad, 4, 4) \
	STRUCT(drm_genpu_stream_state, 72) \
	FIELD(drm_genpu_stream_state, stream_id, 0, 4) \
	FIELD(drm_genpu_stream_state, flags, 4, 4) \
	FIELD(drm_genpu_stream_state, status, 8, 4) \
	FIELD(drm_genpu_stream_state, error, 12, 4) \
	FIELD(drm_genpu_stream_state, submitted, 16, 8) \
	FIELD(drm_genpu_stream_state, completed, 24, 8) \
	FIELD(drm_genpu_stream_state, failed, 32, 8) \
	FIELD(drm_genpu_stream_state, task, 40, 4) \
	FIELD(drm_genpu_stream_state, op, 44, 4) \
	FIELD(drm_genpu_stream_state, operand, 48, 4) \
	FIELD(drm_genpu_stream_state, access, 52, 4) \
	FIELD(drm_genpu_stream_state, addr, 56, 8) \
	FIELD(drm_genpu_stream_state, graph_id, 64, 4) \
	FIELD(drm_genpu_stream_state, hangs, 68, 4) \
	STRUCT(drm_genpu_graph_load, 72) \
	FIELD(drm_genpu_graph_load, ctx_id, 0, 4) \
	FIELD(drm_genpu_graph_load, flags, 4, 4) \
	FIELD(drm_genpu_graph_load, va, 8, 8) \
	FIELD(drm_genpu_graph_load, size, 16, 8) \
	FIELD(drm_genpu_graph_load, const_va, 24, 8) \
	FIELD(drm_genpu_graph_load, const_size, 32, 8) \
	FIELD(drm_genpu_graph_load, workspace_size, 40, 8) \
	FIELD(drm_genpu_graph_load, graph_id, 48, 4) \
	FIELD(drm_genpu_graph_load, error, 52, 4) \
	FIELD(drm_genpu_graph_load, error_offset, 56, 4) \
	FIELD(drm_genpu_graph_load, error_op, 60, 4) \
	FIELD(drm_genpu_graph_load, error_operand, 64, 4) \
	FIELD(drm_genpu_graph_load, pad, 68, 4) \
	STRUCT(drm_genpu_graph_unload, 8) \
	FIELD(drm_genpu_graph_unload, graph_id, 0, 4) \
	FIELD(drm_genpu_graph_unload, pad, 4, 4) \
	STRUCT(drm_genpu_sync, 16) \
	FIELD(drm_genpu_sync, handle, 0, 4) \
	FIELD(drm_genpu_sync, flags, 4, 4) \
	FIELD(drm_genpu_sync, point, 8, 8) \
	STRUCT(drm_genpu_submit, 40) \
	FIELD(drm_genpu_submit, stream_id, 0, 4) \
	FIELD(drm_genpu_submit, flags, 4, 4) \
	FIELD(drm_genpu_submit, tasks, 8, 8) \
	FIELD(drm_genpu_submit, syncs, 16, 8) \
	FIELD(drm_genpu_submit, num_tasks, 24, 4) \
	FIELD(drm_genpu_submit, num_syncs, 28, 4) \
	FIELD(drm_genpu_submit, seqno, 32, 8) \
	STRUCT(drm_genpu_wait, 32) \
	FIELD(drm_genpu_wait, stream_id, 0, 4) \
	FIELD(drm_genpu_wait, flags, 4, 4) \
	FIELD(drm_genpu_wait, seqno, 8, 8) \
	FIELD(drm_genpu_wait, timeout_ns, 16, 8) \
	FIELD(drm_genpu_wait, status, 24, 4) \
	FIELD(drm_genpu_wait, pad, 28, 4) \
	STRUCT(genpu_doorbell, 24) \
	FIELD(genpu_doorbell, tail, 0, 8) \
	FIELD(genpu_doorbell, notify, 8, 8) \
	FIELD(genpu_doorbell, wake, 16, 4) \
	FIELD(genpu_doorbell, reserved, 20, 4) \
	STRUCT(genpu_event, 16) \
	FIELD(genpu_event, value, 0, 8) \
	FIELD(genpu_event, info, 8, 4) \
	FIELD(genpu_event, queue, 12, 2) \
	FIELD(genpu_event, type, 14, 1) \
	FIELD(genpu_event, phase, 15, 1) \
	STRUCT(genpu_queue_status, 64) \
	FIELD(genpu_queue_status, completed, 0, 8) \
	FIELD(genpu_queue_status, time, 8, 8) \
	FIELD(genpu_queue_status, state, 16, 4) \
	FIELD(genpu_queue_status, error, 20, 4) \
	FIELD(genpu_queue_status, task, 24, 8) \
	FIELD(genpu_queue_status, addr, 32, 8) \
	FIELD(genpu_queue_status, op, 40, 4) \
	FIELD(genpu_queue_status, operand, 44, 4) \
	FIELD(genpu_queue_status, access, 48, 4) \
	FIELD(genpu_queue_status, reserved, 52, 12) \
	STRUCT(genpu_task, 64) \
	FIELD(genpu_task, op, 0, 1) \
	FIELD(genpu_task, flags, 1, 1) \
	FIELD(genpu_task, reserved, 2, 2) \
	FIELD(genpu_task, cookie, 4, 4) \
	FIELD(genpu_task, graph.program, 8, 4) \
	FIELD(genpu_task, graph.num_args, 12, 4) \
	FIELD(genpu_task, graph.args, 16, 8) \
	FIELD(genpu_task, graph.workspace, 24, 8) \
	FIELD(genpu_task, graph.workspace_size, 32, 8) \
	FIELD(genpu_task, graph.stamps, 40, 8) \
	FIELD(genpu_task, graph.reserved, 48, 16) \
	FIELD(genpu_task, copy.dst, 8, 8) \
	FIELD(genpu_task, copy.src, 16, 8) \
	FIELD(genpu_task, copy.bytes, 24, 8) \
	FIELD(genpu_task, copy.rows, 32, 4) \
	FIELD(genpu_task, copy.reserved, 36, 4) \
	FIELD(genpu_task, copy.dst_pitch, 40, 8) \
	FIELD(genpu_task, copy.src_pitch, 48, 8) \
	FIELD(genpu_task, copy.stamps, 56, 8) \
	FIELD(genpu_task, fill.dst, 8, 8) \
	FIELD(genpu_task, fill.bytes, 16, 8) \
	FIELD(genpu_task, fill.pattern, 24, 8) \
	FIELD(genpu_task, fill.width, 32, 4) \
	FIELD(genpu_task, fill.reserved, 36, 4) \
	FIELD(genpu_task, fill.stamps, 40, 8) \
	FIELD(genpu_task, fill.reserved2, 48, 16) \
	FIELD(genpu_task, signal.addr, 8, 8) \
	FIELD(genpu_task, signal.value, 16, 8) \
	FIELD(genpu_task, signal.kind, 24, 4) \
	FIELD(genpu_task, signal.reserved, 28, 4) \
	FIELD(genpu_task, signal.reserved2, 32, 32) \
	FIELD(genpu_task, wait.addr, 8, 8) \
	FIELD(genpu_task, wait.value, 16, 8) \
	FIELD(genpu_task, wait.cond, 24, 4) \
	FIELD(genpu_task, wait.reserved, 28, 4) \
	FIELD(genpu_task, wait.reserved2, 32, 32) \
	FIELD(genpu_task, timestamp.addr, 8, 8) \
	FIELD(genpu_task, timestamp.reserved, 16, 48) \
	FIELD(genpu_task, ctx.ctx, 8, 4) \
	FIELD(genpu_task, ctx.reserved, 12, 4) \
	FIELD(genpu_task, ctx.root, 16, 8) \
	FIELD(genpu_task, ctx.reserved2, 24, 40) \
	FIELD(genpu_task, tlb.ctx, 8, 4) \
	FIELD(genpu_task, tlb.reserved, 12, 4) \
	FIELD(genpu_task, tlb.va, 16, 8) \
	FIELD(genpu_task, tlb.size, 24, 8) \
	FIELD(genpu_task, tlb.reserved2, 32, 32) \
	FIELD(genpu_task, queue.queue, 8, 4) \
	FIELD(genpu_task, queue.ctx, 12, 4) \
	FIELD(genpu_task, queue.ring, 16, 8) \
	FIELD(genpu_task, queue.status, 24, 8) \
	FIELD(genpu_task, queue.head, 32, 8) \
	FIELD(genpu_task, queue.ring_shift, 40, 4) \
	FIELD(genpu_task, queue.priority, 44, 4) \
	FIELD(genpu_task, queue.vector, 48, 4) \
	FIELD(genpu_task, queue.reserved, 52, 4) \
	FIELD(genpu_task, queue.reserved2, 56, 8) \
	FIELD(genpu_task, program.program, 8, 4) \
	FIELD(genpu_task, program.ctx, 12, 4) \
	FIELD(genpu_task, program.va, 16, 8) \
	FIELD(genpu_task, program.size, 24, 8) \
	FIELD(genpu_task, program.const_va, 32, 8) \
	FIELD(genpu_task, program.const_size, 40, 8) \
	FIELD(genpu_task, program.reserved, 48, 16) \
	FIELD(genpu_task, raw, 8, 56) \
	STRUCT(genpu_admin_status, 32) \
	FIELD(genpu_admin_status, cookie, 0, 4) \
	FIELD(genpu_admin_status, error, 4, 4) \
	FIELD(genpu_admin_status, offset, 8, 4) \
	FIELD(genpu_admin_status, op, 12, 4) \
	FIELD(genpu_admin_status, operand, 16, 4) \
	FIELD(genpu_admin_status, reserved, 20, 4) \
	FIELD(genpu_admin_status, value, 24, 8) \
	STRUCT(genpu_prog_header, 128) \
	FIELD(genpu_prog_header, magic, 0, 8) \
	FIELD(genpu_prog_header, version, 8, 4) \
	FIELD(genpu_prog_header, checksum, 12, 4) \
	FIELD(genpu_prog_header, size, 16, 8) \
	FIELD(genpu_prog_header, const_size, 24, 8) \
	FIELD(genpu_prog_header, workspace_size, 32, 8) \
	FIELD(genpu_prog_header, num_inputs, 40, 4) \
	FIELD(genpu_prog_header, num_outputs, 44, 4) \
	FIELD(genpu_prog_header, num_tensors, 48, 4) \
	FIELD(genpu_prog_header, num_ops, 52, 4) \
	FIELD(genpu_prog_header, num_operands, 56, 4) \
	FIELD(genpu_prog_header, num_posts, 60, 4) \
	FIELD(genpu_prog_header, tensors, 64, 4) \
	FIELD(genpu_prog_header, ops, 68, 4) \
	FIELD(genpu_prog_header, operands, 72, 4) \
	FIELD(genpu_prog_header, posts, 76, 4) \
	FIELD(genpu_prog_header, attrs, 80, 4) \
	FIELD(genpu_prog_header, attrs_size, 84, 4) \
	FIELD(genpu_prog_header, strings, 88, 4) \
	FIELD(genpu_prog_header, strings_size, 92, 4) \
	FIELD(genpu_prog_header, reserved, 96, 32) \
	STRUCT(genpu_tensor, 88) \
	FIELD(genpu_tensor, dtype, 0, 1) \
	FIELD(genpu_tensor, rank, 1, 1) \
	FIELD(genpu_tensor, base, 2, 1) \
	FIELD(genpu_tensor, reserved, 3, 1) \
	FIELD(genpu_tensor, arg, 4, 4) \
	FIELD(genpu_tensor, name, 8, 4) \
	FIELD(genpu_tensor, reserved2, 12, 4) \
	FIELD(genpu_tensor, offset, 16, 8) \
	FIELD(genpu_tensor, dims, 24, 32) \
	FIELD(genpu_tensor, strides, 56, 32) \
	STRUCT(genpu_op, 32) \
	FIELD(genpu_op, opcode, 0, 2) \
	FIELD(genpu_op, num_in, 2, 2) \
	FIELD(genpu_op, num_out, 4, 2) \
	FIELD(genpu_op, num_posts, 6, 2) \
	FIELD(genpu_op, operands, 8, 4) \
	FIELD(genpu_op, posts, 12, 4) \
	FIELD(genpu_op, attrs, 16, 4) \
	FIELD(genpu_op, attrs_size, 20, 4) \
	FIELD(genpu_op, name, 24, 4) \
	FIELD(genpu_op, reserved, 28, 4) \
	STRUCT(genpu_post, 16) \
	FIELD(genpu_post, type, 0, 2) \
	FIELD(genpu_post, kind, 2, 2) \
	FIELD(genpu_post, tensor, 4, 4) \
	FIELD(genpu_post, alpha, 8, 4) \
	FIELD(genpu_post, beta, 12, 4) \
	STRUCT(genpu_attr_unary, 16) \
	FIELD(genpu_attr_unary, kind, 0, 4) \
	FIELD(genpu_attr_unary, alpha, 4, 4) \
	FIELD(genpu_attr_unary, beta, 8, 4) \
	FIELD(genpu_attr_unary, reserved, 12, 4) \
	STRUCT(genpu_attr_binary, 8) \
	FIELD(genpu_attr_binary, kind, 0, 4) \
	FIELD(genpu_attr_binary, reserved, 4, 4) \
	STRUCT(genpu_attr_conv, 56) \
	FIELD(genpu_attr_conv, spatial, 0, 4) \
	FIELD(genpu_attr_conv, groups, 4, 4) \
	FIELD(genpu_attr_conv, strides, 8, 12) \
	FIELD(genpu_attr_conv, dilations, 20, 12) \
	FIELD(genpu_attr_conv, pads_begin, 32, 12) \
	FIELD(genpu_attr_conv, pads_end, 44, 12) \
	STRUCT(genpu_attr_matmul, 8) \
	FIELD(genpu_attr_matmul, alpha, 0, 4) \
	FIELD(genpu_attr_matmul, beta, 4, 4) \
	STRUCT(genpu_attr_pool, 72) \
	FIELD(genpu_attr_pool, kind, 0, 4) \
	FIELD(genpu_attr_pool, spatial, 4, 4) \
	FIELD(genpu_attr_pool, kernel, 8, 12) \
	FIELD(genpu_attr_pool, strides, 20, 12) \
	FIELD(genpu_attr_pool, dilations, 32, 12) \
	FIELD(genpu_attr_pool, pads_begin, 44, 12) \
	FIELD(genpu_attr_pool, pads_end, 56, 12) \
	FIELD(genpu_attr_pool, reserved, 68, 4) \
	STRUCT(genpu_attr_reduce, 8) \
	FIELD(genpu_attr_reduce, kind, 0, 4) \
	FIELD(genpu_attr_reduce, axes, 4, 4) \
	STRUCT(genpu_attr_softmax, 8) \
	FIELD(genpu_attr_softmax, axis, 0, 4) \
	FIELD(genpu_attr_softmax, log, 4, 4) \
	STRUCT(genpu_attr_norm, 8) \
	FIELD(genpu_attr_norm, axis, 0, 4) \
	FIELD(genpu_attr_norm, epsilon, 4, 4) \
	STRUCT(genpu_attr_gather, 8) \
	FIELD(genpu_attr_gather, axis, 0, 4) \
	FIELD(genpu_attr_gather, reserved, 4, 4) \
	STRUCT(genpu_attr_pad, 40) \
	FIELD(genpu_attr_pad, mode, 0, 4) \
	FIELD(genpu_attr_pad, value, 4, 4) \
	FIELD(genpu_attr_pad, begin, 8, 32) \
	STRUCT(genpu_attr_fill, 8) \
	FIELD(genpu_attr_fill, bits, 0, 8)

#endif /* _ABI_TABLE_H_ */
