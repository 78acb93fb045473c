// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "genpu", specified in Documentation/netlink/specs/genpu.yaml.
 *
 * Devices and telemetry are for everyone, as they would be in sysfs, so the family exists in every
 * network namespace. What tells about jobs of others is for CAP_NET_ADMIN in the initial user
 * namespace: the streams by GENL_ADMIN_PERM; the group "jobs" is sent to the initial network
 * namespace alone, since whoever owns another one has that capability there.
 */
#include <linux/pid.h>
#include <linux/pm_runtime.h>

#include <net/genetlink.h>

#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_stream.h"
#include "genpu_telemetry.h"

enum {
	GENPU_GROUP_EVENTS,
	GENPU_GROUP_JOBS,
};

static DEFINE_MUTEX(genpu_netlink_lock);	/* devices stay */
static DEFINE_XARRAY(genpu_netlink_devices);	/* by accel minor */

static int genpu_netlink_fill_device(struct sk_buff *skb, void *object)
{
	struct genpu_device *gdev = object;
	struct drm_genpu_memory_info info;

	genpu_mem_usage(gdev, &info);
	return nla_put_u32(skb, GENPU_A_DEVICE_MINOR, gdev->drm.accel->index) ?:
	       nla_put_string(skb, GENPU_A_DEVICE_NAME, dev_name(gdev->drm.accel->kdev)) ?:
	       nla_put_string(skb, GENPU_A_DEVICE_PCI_ADDRESS, dev_name(gdev->drm.dev)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_STATE, READ_ONCE(gdev->state)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_AWAKE, !pm_runtime_suspended(gdev->drm.dev)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_CAPS, gdev->caps) ?:
	       nla_put_uint(skb, GENPU_A_DEVICE_MEMORY_TOTAL, info.total) ?:
	       nla_put_uint(skb, GENPU_A_DEVICE_MEMORY_USED, info.total - info.free) ?:
	       nla_put_uint(skb, GENPU_A_DEVICE_WINDOW_TOTAL, info.window_total) ?:
	       nla_put_uint(skb, GENPU_A_DEVICE_WINDOW_USED,
			    info.window_total - info.window_free) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_MAX_STREAMS, gdev->num_queues - 1) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_STREAMS,
			   genpu_telemetry_count(&gdev->objects_lock, &gdev->streams)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_CONTEXTS,
			   genpu_telemetry_count(&gdev->objects_lock, &gdev->ctxs)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_RESETS, atomic_read(&gdev->resets)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_HANGS, atomic_read(&gdev->hangs)) ?:
	       nla_put_u32(skb, GENPU_A_DEVICE_FAULTS, atomic_read(&gdev->faults));
}

/* What the device does not tell at this moment is left out. */
static int genpu_netlink_fill_telemetry(struct sk_buff *skb, void *object)
{
	static const struct {
		u16 attr;
		u16 reg;
		bool wide;
	} regs[] = {
		{ GENPU_A_TELEMETRY_TIME, GENPU_REG_TIME_LO, true },
		{ GENPU_A_TELEMETRY_COMPUTE_BUSY, GENPU_REG_COMPUTE_BUSY_LO, true },
		{ GENPU_A_TELEMETRY_COPY_BUSY, GENPU_REG_COPY_BUSY_LO, true },
		{ GENPU_A_TELEMETRY_CLOCK, GENPU_REG_CLOCK_MHZ },
		{ GENPU_A_TELEMETRY_TEMPERATURE, GENPU_REG_TEMP_MC },
		{ GENPU_A_TELEMETRY_TEMPERATURE_MAX, GENPU_REG_TEMP_MAX_MC },
		{ GENPU_A_TELEMETRY_POWER, GENPU_REG_POWER_MW },
		{ GENPU_A_TELEMETRY_POWER_MAX, GENPU_REG_POWER_MAX_MW },
		{ GENPU_A_TELEMETRY_ENERGY, GENPU_REG_ENERGY_LO, true },
		{ GENPU_A_TELEMETRY_CORRECTED_ERRORS, GENPU_REG_MEM_CE },
		{ GENPU_A_TELEMETRY_UNCORRECTED_ERRORS, GENPU_REG_MEM_UE },
	};
	struct genpu_device *gdev = object;
	u64 value;
	int i, ret;

	ret = nla_put_u32(skb, GENPU_A_TELEMETRY_MINOR, gdev->drm.accel->index) ?:
	      nla_put_u32(skb, GENPU_A_TELEMETRY_COMPUTE_UNITS, gdev->compute_units) ?:
	      nla_put_u32(skb, GENPU_A_TELEMETRY_COPY_UNITS, gdev->copy_units);
	for (i = 0; i < ARRAY_SIZE(regs) && !ret; i++)
		if (!genpu_telemetry_read(gdev, regs[i].reg, regs[i].wide, &value))
			ret = regs[i].wide ? nla_put_uint(skb, regs[i].attr, value) :
					     nla_put_u32(skb, regs[i].attr, value);
	return ret;
}

static int genpu_netlink_fill_stream(struct sk_buff *skb, void *object)
{
	struct genpu_stream *stream = object;
	u64 submitted, ended = genpu_stream_ended(stream, &submitted);
	struct genpu_ctx *ctx = stream->ctx;
	struct drm_genpu_stream_state failure;
	u32 hangs;

	spin_lock_irq(&stream->fence_lock);
	failure = stream->failure;
	hangs = stream->hangs;
	spin_unlock_irq(&stream->fence_lock);

	return nla_put_u32(skb, GENPU_A_STREAM_MINOR, stream->gdev->drm.accel->index) ?:
	       nla_put_uint(skb, GENPU_A_STREAM_CLIENT, ctx->gfile->client_id) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_CONTEXT, ctx->id) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_STREAM, stream->id) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_QUEUE, stream->queue) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_PID, pid_vnr(ctx->pid)) ?:
	       nla_put_string(skb, GENPU_A_STREAM_COMM, ctx->comm) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_PRIORITY, stream->priority) ?:
	       nla_put_uint(skb, GENPU_A_STREAM_SUBMITTED, submitted) ?:
	       nla_put_uint(skb, GENPU_A_STREAM_ENDED, ended) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_STATUS, failure.status) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_ERROR, failure.error) ?:
	       nla_put_u32(skb, GENPU_A_STREAM_HANGS, hangs);
}

/* What the answer to a command tells of an object. */
static int (* const genpu_netlink_fill[])(struct sk_buff *skb, void *object) = {
	[GENPU_CMD_DEVICE_GET] = genpu_netlink_fill_device,
	[GENPU_CMD_STREAM_GET] = genpu_netlink_fill_stream,
	[GENPU_CMD_TELEMETRY_GET] = genpu_netlink_fill_telemetry,
};

static int genpu_netlink_answer(struct sk_buff *skb, const struct genl_info *info, int flags,
				void *object)
{
	void *header = __genlmsg_iput(skb, info, flags);
	int ret = header ? genpu_netlink_fill[info->genlhdr->cmd](skb, object) : -EMSGSIZE;

	if (ret)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return ret;
}

/* The device of a request, whose number is the same attribute in all of them. */
static struct genpu_device *genpu_netlink_device(const struct genl_info *info)
{
	struct genpu_device *gdev;

	lockdep_assert_held(&genpu_netlink_lock);

	if (GENL_REQ_ATTR_CHECK(info, GENPU_A_DEVICE_MINOR))
		return ERR_PTR(-EINVAL);
	gdev = xa_load(&genpu_netlink_devices, nla_get_u32(info->attrs[GENPU_A_DEVICE_MINOR]));
	if (!gdev)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[GENPU_A_DEVICE_MINOR],
				    "no such device");
	return gdev ?: ERR_PTR(-ENODEV);
}

static int genpu_netlink_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct genpu_device *gdev;
	int ret;

	if (!reply)
		return -ENOMEM;
	mutex_lock(&genpu_netlink_lock);
	gdev = genpu_netlink_device(info);
	ret = PTR_ERR_OR_ZERO(gdev) ?: genpu_netlink_answer(reply, info, 0, gdev);
	mutex_unlock(&genpu_netlink_lock);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

static int genpu_netlink_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct genpu_device *gdev;
	unsigned long minor;
	int ret;

	guard(mutex)(&genpu_netlink_lock);
	xa_for_each_start(&genpu_netlink_devices, minor, gdev, cb->args[0]) {
		ret = genpu_netlink_answer(skb, genl_info_dump(cb), NLM_F_MULTI, gdev);
		if (ret)
			return ret;
		cb->args[0] = minor + 1;
	}
	return 0;
}

/* By queue, so that a dump that is continued later neither misses nor repeats one that stays. */
static int genpu_netlink_stream_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct genpu_stream *stream;
	struct genpu_device *gdev;
	unsigned long queue;
	int ret;

	guard(mutex)(&genpu_netlink_lock);
	gdev = genpu_netlink_device(genl_info_dump(cb));
	if (IS_ERR(gdev))
		return PTR_ERR(gdev);
	/* The list holds what is complete, and its context; RCU what fails to become so. */
	guard(mutex)(&gdev->objects_lock);
	guard(rcu)();
	xa_for_each_start(&gdev->queues, queue, stream, cb->args[0]) {
		if (list_empty(&stream->object.link))
			continue;
		ret = genpu_netlink_answer(skb, genl_info_dump(cb), NLM_F_MULTI, stream);
		if (ret)
			return ret;
		cb->args[0] = queue + 1;
	}
	return 0;
}

static const struct nla_policy genpu_netlink_policy[] = {
	[GENPU_A_DEVICE_MINOR] = { .type = NLA_U32 },
};

static const struct genl_split_ops genpu_netlink_ops[] = {
	{
		.cmd = GENPU_CMD_DEVICE_GET, .flags = GENL_CMD_CAP_DO,
		.doit = genpu_netlink_get_doit,
		.policy = genpu_netlink_policy, .maxattr = GENPU_A_DEVICE_MINOR,
	}, {
		.cmd = GENPU_CMD_DEVICE_GET, .flags = GENL_CMD_CAP_DUMP,
		.dumpit = genpu_netlink_get_dumpit,
	}, {
		.cmd = GENPU_CMD_STREAM_GET, .flags = GENL_CMD_CAP_DUMP | GENL_ADMIN_PERM,
		.dumpit = genpu_netlink_stream_dumpit,
		.policy = genpu_netlink_policy, .maxattr = GENPU_A_STREAM_MINOR,
	}, {
		.cmd = GENPU_CMD_TELEMETRY_GET, .flags = GENL_CMD_CAP_DO,
		.doit = genpu_netlink_get_doit,
		.policy = genpu_netlink_policy, .maxattr = GENPU_A_TELEMETRY_MINOR,
	}, {
		.cmd = GENPU_CMD_TELEMETRY_GET, .flags = GENL_CMD_CAP_DUMP,
		.dumpit = genpu_netlink_get_dumpit,
	},
};

static const struct genl_multicast_group genpu_netlink_groups[] = {
	[GENPU_GROUP_EVENTS] = { .name = GENPU_MCGRP_EVENTS },
	[GENPU_GROUP_JOBS] = { .name = GENPU_MCGRP_JOBS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family genpu_netlink_family __ro_after_init = {
	.name = GENPU_FAMILY_NAME,
	.version = GENPU_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.split_ops = genpu_netlink_ops,
	.n_split_ops = ARRAY_SIZE(genpu_netlink_ops),
	.mcgrps = genpu_netlink_groups,
	.n_mcgrps = ARRAY_SIZE(genpu_netlink_groups),
};

static int genpu_netlink_fill_event(struct sk_buff *skb, struct genpu_device *gdev,
				    const struct genpu_notice *notice, u64 lost)
{
	int ret = nla_put_u32(skb, GENPU_A_EVENT_MINOR, gdev->drm.accel->index) ?:
		  nla_put_string(skb, GENPU_A_EVENT_PCI_ADDRESS, dev_name(gdev->drm.dev)) ?:
		  nla_put_u32(skb, GENPU_A_EVENT_KIND, notice->kind) ?:
		  nla_put_uint(skb, GENPU_A_EVENT_TIME, notice->time) ?:
		  (lost ? nla_put_uint(skb, GENPU_A_EVENT_LOST, lost) : 0);

	if (!ret && notice->reason)
		ret = nla_put_string(skb, GENPU_A_EVENT_REASON, notice->reason);
	switch (notice->kind) {
	case GENPU_NL_EVENT_FAULT:
	case GENPU_NL_EVENT_HANG:
		ret = ret ?: nla_put_u32(skb, GENPU_A_EVENT_STREAM, notice->stream) ?:
			     nla_put_uint(skb, GENPU_A_EVENT_JOB, notice->failure.failed) ?:
			     nla_put_u32(skb, GENPU_A_EVENT_TASK, notice->failure.task) ?:
			     nla_put_u32(skb, GENPU_A_EVENT_ERROR, notice->failure.error) ?:
			     nla_put_uint(skb, GENPU_A_EVENT_ADDRESS, notice->failure.addr);
		fallthrough;
	case GENPU_NL_EVENT_BAN:
		return ret ?: nla_put_uint(skb, GENPU_A_EVENT_CLIENT, notice->client) ?:
			      nla_put_u32(skb, GENPU_A_EVENT_CONTEXT, notice->context) ?:
			      nla_put_u32(skb, GENPU_A_EVENT_PID, notice->pid);
	case GENPU_NL_EVENT_THERMAL:
		return ret ?: nla_put_s32(skb, GENPU_A_EVENT_TEMPERATURE, notice->value);
	case GENPU_NL_EVENT_MEMORY_ERROR:
		return ret ?: nla_put_uint(skb, GENPU_A_EVENT_ADDRESS, notice->value);
	default:
		return ret;
	}
}

/**
 * genpu_netlink_tell() - tell those who listen
 * @gdev: device
 * @notice: what happened
 * @lost: so many notices before it were lost
 */
void genpu_netlink_tell(struct genpu_device *gdev, const struct genpu_notice *notice, u64 lost)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header = NULL;

	if (skb)
		header = genlmsg_put(skb, 0, 0, &genpu_netlink_family, 0, GENPU_CMD_EVENT);
	if (!header || genpu_netlink_fill_event(skb, gdev, notice, lost)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	/* That nobody listens is no error. */
	if (notice->kind <= GENPU_NL_EVENT_BAN)
		genlmsg_multicast_netns(&genpu_netlink_family, &init_net, skb, 0, GENPU_GROUP_JOBS,
					GFP_KERNEL);
	else
		genlmsg_multicast_allns(&genpu_netlink_family, skb, 0, GENPU_GROUP_EVENTS);
}

static void genpu_netlink_fini(void *data)
{
	struct genpu_device *gdev = data;

	genpu_notices_close(gdev);
	guard(mutex)(&genpu_netlink_lock);
	xa_erase(&genpu_netlink_devices, gdev->drm.accel->index);
}

/**
 * genpu_netlink_init() - show the device until the driver is unbound
 * @gdev: device, initialised
 *
 * Return: 0 or a negative errno.
 */
int genpu_netlink_init(struct genpu_device *gdev)
{
	int ret = xa_insert(&genpu_netlink_devices, gdev->drm.accel->index, gdev, GFP_KERNEL);

	return ret ?: devm_add_action_or_reset(gdev->drm.dev, genpu_netlink_fini, gdev);
}

MODULE_ALIAS_GENL_FAMILY(GENPU_FAMILY_NAME);
