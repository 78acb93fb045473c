// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the bus where the machine reports none, for selftests/buserror.c. Each step is one of
 * drivers/pci/pcie/err.c, or what the hardware does between them: "ADDRESS STEP" is written to the
 * parameter "step", and reading that gives what the driver answered last.
 *
 * A module of its own that knows nothing of the driver but its pci_driver, so it may stay while
 * the driver comes and goes.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/genpu_isa.h>

static pci_ers_result_t buserror_vote;

/* From the first report to the end of the recovery it is kept awake. */
static struct pci_dev *buserror_held;

static void buserror_hold(struct pci_dev *pdev)
{
	if (buserror_held)
		return;
	buserror_held = pci_dev_get(pdev);
	pm_runtime_get_sync(&pdev->dev);
}

static void buserror_release(void)
{
	if (buserror_held)
		pm_runtime_put(&buserror_held->dev);
	pci_dev_put(buserror_held);
	buserror_held = NULL;
}

/* The device neither answers nor reaches memory. */
static int buserror_cut(struct pci_dev *pdev)
{
	return pci_write_config_word(pdev, PCI_COMMAND, 0);
}

/* As a reset of the bus does it, which leaves nothing of the configuration. */
static int buserror_reset(struct pci_dev *pdev)
{
	int ret = __pci_reset_function_locked(pdev), reg;

	if (pdev->msix_cap)
		pci_write_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, 0);
	pci_write_config_word(pdev, PCI_COMMAND, 0);
	for (reg = PCI_BASE_ADDRESS_0; reg <= PCI_BASE_ADDRESS_5; reg += 4)
		pci_write_config_dword(pdev, reg, 0);
	return ret;
}

/* A device that is lost for good stays so, and its driver hears no more. */
static bool buserror_state(struct pci_dev *pdev, pci_channel_state_t state)
{
	if (pdev->error_state == pci_channel_io_perm_failure)
		return false;
	pdev->error_state = state;
	return true;
}

static int buserror_detected(struct pci_dev *pdev, const struct pci_error_handlers *handlers,
			     pci_channel_state_t error)
{
	buserror_vote = buserror_state(pdev, error) ? handlers->error_detected(pdev, error) :
						      PCI_ERS_RESULT_DISCONNECT;
	return 0;
}

static int buserror_step(struct pci_dev *pdev, const struct pci_error_handlers *handlers,
			 const char *step)
{
	if (!strcmp(step, "cut"))
		return buserror_cut(pdev);
	if (!strcmp(step, "reset"))
		return buserror_reset(pdev);
	if (!strcmp(step, "normal"))
		return buserror_detected(pdev, handlers, pci_channel_io_normal);
	if (!strcmp(step, "frozen"))
		return buserror_detected(pdev, handlers, pci_channel_io_frozen);
	/* Nobody reaches it from now on, and so must nobody the one that is emulated. */
	if (!strcmp(step, "permanent"))
		return buserror_cut(pdev) ?:
		       buserror_detected(pdev, handlers, pci_channel_io_perm_failure);
	/* A recovery that is given up. */
	if (!strcmp(step, "failed")) {
		buserror_vote = handlers->error_detected(pdev, pci_channel_io_perm_failure);
		return 0;
	}
	if (!buserror_state(pdev, pci_channel_io_normal))
		return -EIO;
	if (!strcmp(step, "slot_reset"))
		buserror_vote = handlers->slot_reset(pdev);
	else if (!strcmp(step, "resume"))
		handlers->resume(pdev);
	else
		return -EINVAL;
	return 0;
}

static bool buserror_is_one_of(const char *step, const char *const *steps)
{
	for (; *steps; steps++)
		if (!strcmp(step, *steps))
			return true;
	return false;
}

static int buserror_set(const char *text, const struct kernel_param *param)
{
	static const char *const first[] = { "normal", "frozen", "permanent", NULL };
	static const char *const last[] = { "resume", "failed", "permanent", NULL };
	struct pci_dev *pdev = NULL;
	char name[32], step[16];
	int ret = -ENODEV;

	if (sscanf(text, "%31s %15s", name, step) != 2)
		return -EINVAL;
	do {
		pdev = pci_get_device(GENPU_PCI_VENDOR, GENPU_PCI_DEVICE, pdev);
	} while (pdev && strcmp(pci_name(pdev), name));
	if (!pdev)
		return -ENODEV;

	if (buserror_is_one_of(step, first))
		buserror_hold(pdev);
	device_lock(&pdev->dev);
	if (pdev->driver && pdev->driver->err_handler)
		ret = buserror_step(pdev, pdev->driver->err_handler, step);
	device_unlock(&pdev->dev);
	if (buserror_is_one_of(step, last))
		buserror_release();
	pci_dev_put(pdev);
	return ret;
}

static int buserror_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%u\n", (__force u32)buserror_vote);
}

static const struct kernel_param_ops buserror_ops = {
	.set = buserror_set,
	.get = buserror_get,
};
module_param_cb(step, &buserror_ops, NULL, 0600);
MODULE_PARM_DESC(step, "address of a device, and what happens to it");

static int __init buserror_init(void)
{
	return 0;
}

static void __exit buserror_exit(void)
{
	buserror_release();
}

module_init(buserror_init);
module_exit(buserror_exit);

MODULE_DESCRIPTION("Errors of the bus, for tests of genpu");
MODULE_AUTHOR("genpu maintainers");
MODULE_LICENSE("GPL");
