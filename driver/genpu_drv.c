// SPDX-License-Identifier: GPL-2.0-only
/*
 * genpu: driver of an NPU, as a compute accelerator (/dev/accel/accel*).
 *
 * This file is the seam to the kernel: PCI driver, DRM driver, files, module. The layers below,
 * each calls down only: ioctls (bo, vm, ctx, stream, graph, job, state, query), queue and
 * recovery, reset, admin queue and events, device.
 */
#include <linux/module.h>

#include <drm/drm_accel.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include <net/genetlink.h>

#include "genpu_bo.h"
#include "genpu_ctx.h"
#include "genpu_device.h"
#include "genpu_drv.h"
#include "genpu_stream.h"
#include "genpu_telemetry.h"

static unsigned int genpu_timeout_ms = 10000;
module_param_named(timeout_ms, genpu_timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "Longest time of a job whose stream sets none, ms (default: 10000)");

unsigned int genpu_timeout_scale;
module_param_named(timeout_scale, genpu_timeout_scale, uint, 0444);
MODULE_PARM_DESC(timeout_scale, "What all timeouts of jobs are multiplied by (default: 0 = 1, emulated devices 3)");

unsigned int genpu_max_timeout_ms = 600000;
module_param_named(max_timeout_ms, genpu_max_timeout_ms, uint, 0444);
MODULE_PARM_DESC(max_timeout_ms, "Longest timeout that a stream may set, ms (default: 600000)");

unsigned int genpu_admin_timeout_ms = 20000;
module_param_named(admin_timeout_ms, genpu_admin_timeout_ms, uint, 0644);
MODULE_PARM_DESC(admin_timeout_ms, "Time in which the device must answer a command before it is reset, ms (default: 20000)");

struct workqueue_struct *genpu_sched_wq;
struct workqueue_struct *genpu_recovery_wq;
struct workqueue_struct *genpu_cleanup_wq;

unsigned int genpu_default_timeout_ms(void)
{
	return min(genpu_timeout_ms, READ_ONCE(genpu_max_timeout_ms));
}

/* Its numbers are all taken away by now, and without any an xarray holds no memory. */
static void genpu_file_release(struct kref *kref)
{
	kfree(container_of(kref, struct genpu_file, kref));
}

void genpu_file_put(struct genpu_file *gfile)
{
	kref_put(&gfile->kref, genpu_file_release);
}

/**
 * genpu_handle_add() - give an object that is complete a number
 * @ids: numbers of one kind
 * @handle: object; the number takes over the reference
 * @id: out: number, in the object
 * @told: out: the same for userspace, which may guess it and destroy the object at once
 *
 * Return: 0 or -ENOMEM.
 */
int genpu_handle_add(struct xarray *ids, struct genpu_handle *handle, u32 *id, u32 *told)
{
	int ret = xa_alloc(ids, id, NULL, xa_limit_31b, GFP_KERNEL_ACCOUNT);

	if (ret)
		return ret;
	*told = *id;
	xa_store(ids, *told, handle, GFP_KERNEL);
	return 0;
}

/**
 * genpu_handle_lookup() - find an object
 * @ids: numbers of one kind
 * @id: anything that userspace says
 *
 * Return: the object with a reference, or NULL.
 */
void *genpu_handle_lookup(struct xarray *ids, u32 id)
{
	struct genpu_handle *handle;

	xa_lock(ids);
	handle = xa_load(ids, id);
	if (handle)
		kref_get(&handle->kref);
	xa_unlock(ids);
	return handle;
}

/**
 * genpu_handle_take() - take an object's number away
 * @ids: numbers of one kind
 * @id: anything that userspace says
 *
 * Not xa_erase(): that would also free a number which is reserved for an object in the making, and
 * make 0, which is never one, a number that may be given away.
 *
 * Return: the object with the reference that the number held, or NULL.
 */
void *genpu_handle_take(struct xarray *ids, u32 id)
{
	struct genpu_handle *handle;

	xa_lock(ids);
	handle = xa_load(ids, id);
	if (handle)
		__xa_erase(ids, id);
	xa_unlock(ids);
	return handle;
}

/**
 * genpu_handle_take_next() - take the numbers of all objects away, one by one
 * @ids: numbers of one kind
 * @id: where to look from, 0 at first; moved on
 * @owner: only those of this context; NULL: all
 *
 * Return: as genpu_handle_take().
 */
void *genpu_handle_take_next(struct xarray *ids, unsigned long *id, const struct genpu_ctx *owner)
{
	struct genpu_handle *handle;

	xa_lock(ids);
	xa_for_each_start(ids, *id, handle, *id) {
		if (owner && handle->owner != owner)
			continue;
		__xa_erase(ids, *id);
		break;
	}
	xa_unlock(ids);
	return handle;
}

static int genpu_open(struct drm_device *drm, struct drm_file *file)
{
	struct genpu_file *gfile;

	gfile = kzalloc_obj(*gfile, GFP_KERNEL_ACCOUNT);
	if (!gfile)
		return -ENOMEM;
	kref_init(&gfile->kref);
	xa_init_flags(&gfile->ctxs, XA_FLAGS_ALLOC1);
	xa_init_flags(&gfile->streams, XA_FLAGS_ALLOC1);
	xa_init_flags(&gfile->graphs, XA_FLAGS_ALLOC1);
	gfile->client_id = file->client_id;
	file->driver_priv = gfile;
	return 0;
}

static void genpu_postclose(struct drm_device *drm, struct drm_file *file)
{
	genpu_ctx_close_all(to_genpu_file(file));
	genpu_file_put(to_genpu_file(file));
}

static void genpu_show_memory(struct drm_printer *p, struct drm_file *file)
{
	static const char * const names[] = {
		[DRM_GENPU_REGION_DEVICE] = "device",
		[DRM_GENPU_REGION_SYSTEM] = "system",
	};
	struct drm_memory_stats stats[ARRAY_SIZE(names)] = { };
	struct drm_gem_object *obj;
	u32 region;
	int id;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, obj, id) {
		struct drm_memory_stats *stat = &stats[genpu_bo_region(to_genpu_bo(obj))];

		if (obj->handle_count > 1)
			stat->shared += obj->size;
		else
			stat->private += obj->size;
		stat->resident += obj->size;
	}
	spin_unlock(&file->table_lock);

	for (region = DRM_GENPU_REGION_DEVICE; region < ARRAY_SIZE(names); region++)
		drm_print_memory_stats(p, &stats[region], DRM_GEM_OBJECT_RESIDENT, names[region]);
}

/*
 * The time of an engine includes that in which the job at the head of a stream waits for it. A job
 * that ends during the look is missed, so what was shown before is the least.
 */
static u64 genpu_file_engine_ns(struct genpu_file *gfile, enum genpu_engine engine)
{
	u64 ns = atomic64_read(&gfile->engine_ns[engine]);
	struct genpu_stream *stream;
	unsigned long id;
	s64 shown;

	xa_lock(&gfile->streams);
	xa_for_each(&gfile->streams, id, stream)
		ns += genpu_stream_engine_ns(stream, engine);
	xa_unlock(&gfile->streams);

	shown = atomic64_read(&gfile->engine_shown[engine]);
	while (shown < ns && !atomic64_try_cmpxchg(&gfile->engine_shown[engine], &shown, ns))
		;
	return max_t(u64, shown, ns);
}

static void genpu_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct genpu_device *gdev = to_genpu(file->minor->dev);
	struct genpu_file *gfile = to_genpu_file(file);

	drm_printf(p, "drm-engine-compute:\t%llu ns\ndrm-engine-capacity-compute:\t%u\n",
		   genpu_file_engine_ns(gfile, GENPU_ENGINE_COMPUTE), gdev->compute_units);
	drm_printf(p, "drm-engine-copy:\t%llu ns\ndrm-engine-capacity-copy:\t%u\n",
		   genpu_file_engine_ns(gfile, GENPU_ENGINE_COPY), gdev->copy_units);
	genpu_show_memory(p, file);
}

static const struct drm_ioctl_desc genpu_ioctls[] = {
	DRM_IOCTL_DEF_DRV(GENPU_QUERY, genpu_query_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_BO_CREATE, genpu_bo_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_BO_INFO, genpu_bo_info_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_BO_USERPTR, genpu_bo_userptr_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_CTX_CREATE, genpu_ctx_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_CTX_DESTROY, genpu_ctx_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_VM_BIND, genpu_vm_bind_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_STREAM_CREATE, genpu_stream_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_STREAM_DESTROY, genpu_stream_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_STREAM_STATE, genpu_stream_state_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_GRAPH_LOAD, genpu_graph_load_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_GRAPH_UNLOAD, genpu_graph_unload_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_SUBMIT, genpu_submit_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENPU_WAIT, genpu_wait_ioctl, 0),
};

/* From the first step of a removal on, which is some steps before DRM refuses. */
static bool genpu_gone(struct file *filp)
{
	struct drm_file *file = filp->private_data;

	return READ_ONCE(to_genpu(file->minor->dev)->state) == GENPU_STATE_DOWN;
}

static long genpu_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return genpu_gone(filp) ? -ENODEV : drm_ioctl(filp, cmd, arg);
}

#ifdef CONFIG_COMPAT
static long genpu_compat_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return genpu_gone(filp) ? -ENODEV : drm_compat_ioctl(filp, cmd, arg);
}
#else
#define genpu_compat_ioctl NULL
#endif

static const struct file_operations genpu_fops = {
	.owner = THIS_MODULE,
	.open = accel_open,
	.release = drm_release,
	.unlocked_ioctl = genpu_ioctl,
	.compat_ioctl = genpu_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = genpu_mmap_file,
	.show_fdinfo = drm_show_fdinfo,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

/*
 * 1.0: first version
 */
static const struct drm_driver genpu_driver = {
	.driver_features = DRIVER_GEM | DRIVER_COMPUTE_ACCEL | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.name = "genpu",
	.desc = "Neural processing unit",
	.major = GENPU_DRIVER_MAJOR,
	.minor = GENPU_DRIVER_MINOR,
	.fops = &genpu_fops,
	.open = genpu_open,
	.postclose = genpu_postclose,
	.ioctls = genpu_ioctls,
	.num_ioctls = ARRAY_SIZE(genpu_ioctls),
	.gem_prime_import = genpu_dmabuf_import,
	.gem_prime_import_sg_table = genpu_dmabuf_import_sgt,
	.show_fdinfo = genpu_show_fdinfo,
};

static int genpu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct genpu_device *gdev;
	int ret;

	gdev = devm_drm_dev_alloc(&pdev->dev, &genpu_driver, struct genpu_device, drm);
	if (IS_ERR(gdev))
		return PTR_ERR(gdev);
	gdev->pdev = pdev;
	pci_set_drvdata(pdev, gdev);
	genpu_debugfs_init(gdev);

	ret = genpu_device_init(gdev);
	if (!ret && IS_ENABLED(CONFIG_HWMON))
		ret = genpu_hwmon_init(gdev);
	if (!ret && IS_ENABLED(CONFIG_DRM_RAS))
		ret = genpu_ras_init(gdev);
	ret = ret ?: genpu_netlink_init(gdev);
	ret = ret ?: drm_dev_register(&gdev->drm, 0);
	if (ret) {
		genpu_device_fini(gdev);
		return dev_err_probe(&pdev->dev, ret, "genpu: device is not usable\n");
	}

	genpu_power_enable(gdev);

	drm_info(&gdev->drm, "%u MiB, %u queues, %u compute and %u copy units%s\n",
		 (u32)(gdev->memory.buddy.size >> 20), gdev->num_queues, gdev->compute_units,
		 gdev->copy_units, gdev->caps & GENPU_CAP_EMULATED ? ", emulated" : "");
	return 0;
}

/*
 * From here on ioctls fail with -ENODEV. First DMA ends, then all who wait for the device are let
 * go, then nobody is inside of the driver any more.
 */
static void genpu_remove(struct pci_dev *pdev)
{
	struct genpu_device *gdev = pci_get_drvdata(pdev);

	genpu_notice_device(gdev, GENPU_NL_EVENT_REMOVAL, NULL, 0);
	genpu_power_disable(gdev);
	pci_clear_master(pdev);
	genpu_reset_set_state(gdev, GENPU_STATE_DOWN);
	genpu_admin_down(gdev, -ENODEV);
	cancel_work_sync(&gdev->reset_work);
	genpu_admin_down(gdev, -ENODEV);
	drm_dev_unplug(&gdev->drm);
	genpu_mmap_unblock(gdev);
	genpu_device_fini(gdev);
}

static const struct pci_device_id genpu_pci_ids[] = {
	{ PCI_DEVICE(GENPU_PCI_VENDOR, GENPU_PCI_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, genpu_pci_ids);

static struct pci_driver genpu_pci_driver = {
	.name = "genpu",
	.id_table = genpu_pci_ids,
	.probe = genpu_probe,
	.remove = genpu_remove,
	.err_handler = &genpu_power_errors,
	.driver.pm = pm_ptr(&genpu_power_ops),
};

static void genpu_destroy_workqueues(void)
{
	/* In this order: recovery and schedulers queue cleanup, cleanup ends schedulers. */
	if (genpu_recovery_wq)
		destroy_workqueue(genpu_recovery_wq);
	if (genpu_cleanup_wq)
		destroy_workqueue(genpu_cleanup_wq);
	if (genpu_sched_wq)
		destroy_workqueue(genpu_sched_wq);
}

static int __init genpu_init(void)
{
	int ret = -ENOMEM;

	genpu_sched_wq = alloc_workqueue("genpu-sched", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	genpu_recovery_wq = alloc_workqueue("genpu-recovery", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	genpu_cleanup_wq = alloc_workqueue("genpu-cleanup", WQ_UNBOUND, 0);
	if (genpu_sched_wq && genpu_recovery_wq && genpu_cleanup_wq)
		ret = genl_register_family(&genpu_netlink_family);
	if (ret)
		goto err_wq;
	ret = pci_register_driver(&genpu_pci_driver);
	if (ret)
		goto err_netlink;
	return 0;

err_netlink:
	genl_unregister_family(&genpu_netlink_family);
err_wq:
	genpu_destroy_workqueues();
	return ret;
}

static void __exit genpu_exit(void)
{
	pci_unregister_driver(&genpu_pci_driver);
	genl_unregister_family(&genpu_netlink_family);
	genpu_destroy_workqueues();
}

module_init(genpu_init);
module_exit(genpu_exit);

MODULE_DESCRIPTION("Driver of the genpu neural processing unit");
MODULE_AUTHOR("genpu maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
