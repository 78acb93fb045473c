// SPDX-License-Identifier: MIT
#include <linux/pci_regs.h>
#include <string.h>

#include <drm/genpu_isa.h>

#include "pci_config.h"

#define CAP_PM		0x40
#define PM_D0		0
#define PM_D3HOT	3
#define CAP_EXPRESS	0x48
#define CAP_MSIX	0x90

#define LINK_SPEED	PCI_EXP_LNKSTA_CLS_8_0GB
#define LINK_WIDTH	(16 << 4)

static void put16(u8 *p, u32 off, u16 v)
{
	memcpy(p + off, &v, sizeof(v));
}

static void put32(u8 *p, u32 off, u32 v)
{
	memcpy(p + off, &v, sizeof(v));
}

static u16 get16(const u8 *p, u32 off)
{
	u16 v;

	memcpy(&v, p + off, sizeof(v));
	return v;
}

static void init_bar(struct pci_config *cfg, unsigned int bar, u64 size, u32 flags)
{
	u32 off = PCI_BASE_ADDRESS_0 + bar * 4;

	put32(cfg->data, off, flags);
	put32(cfg->writable, off, ~(size - 1));
	if (flags & PCI_BASE_ADDRESS_MEM_TYPE_64)
		put32(cfg->writable, off + 4, ~(size - 1) >> 32);
}

static void init_pm(struct pci_config *cfg)
{
	u8 *d = cfg->data + CAP_PM;

	d[PCI_CAP_LIST_ID] = PCI_CAP_ID_PM;
	d[PCI_CAP_LIST_NEXT] = CAP_EXPRESS;
	put16(d, PCI_PM_PMC, 3);
	put16(cfg->writable, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
}

/*
 * The link fields matter although there is no link: a root port's "link active" is computed from
 * them, and Linux waits for that after a bus reset.
 */
static void init_express(struct pci_config *cfg)
{
	u8 *d = cfg->data + CAP_EXPRESS;
	u8 *w = cfg->writable + CAP_EXPRESS;

	d[PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	d[PCI_CAP_LIST_NEXT] = CAP_MSIX;
	put16(d, PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	put32(d, PCI_EXP_DEVCAP, 1 | PCI_EXP_DEVCAP_EXT_TAG | PCI_EXP_DEVCAP_RBER |
	      PCI_EXP_DEVCAP_FLR);
	put16(w, PCI_EXP_DEVCTL, 0x7fff);
	put32(d, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS_8_0GB | LINK_WIDTH);
	put16(w, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB |
	      PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
	put16(d, PCI_EXP_LNKSTA, LINK_SPEED | LINK_WIDTH | PCI_EXP_LNKSTA_SLC);
	put32(d, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS);
	put16(w, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_COMP_TMOUT_DIS);
	put32(d, PCI_EXP_LNKCAP2, PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB |
	      PCI_EXP_LNKCAP2_SLS_8_0GB);
	put16(d, PCI_EXP_LNKCTL2, LINK_SPEED);
	put16(w, PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS);
}

static void init_msix(struct pci_config *cfg, unsigned int vectors)
{
	u8 *d = cfg->data + CAP_MSIX;

	d[PCI_CAP_LIST_ID] = PCI_CAP_ID_MSIX;
	put16(d, PCI_MSIX_FLAGS, vectors - 1);
	put32(d, PCI_MSIX_TABLE, GENPU_MSIX_TABLE | GENPU_BAR_REGS);
	put32(d, PCI_MSIX_PBA, GENPU_MSIX_PBA | GENPU_BAR_REGS);
	put16(cfg->writable, CAP_MSIX + PCI_MSIX_FLAGS,
	      PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
}

void pci_config_init(struct pci_config *cfg, u64 doorbells, u64 memory, unsigned int vectors)
{
	u8 *d = cfg->data;

	memset(cfg, 0, sizeof(*cfg));
	put16(d, PCI_VENDOR_ID, GENPU_PCI_VENDOR);
	put16(d, PCI_DEVICE_ID, GENPU_PCI_DEVICE);
	put16(d, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put32(d, PCI_CLASS_REVISION, GENPU_PCI_CLASS << 8 | 1);
	put16(d, PCI_SUBSYSTEM_VENDOR_ID, GENPU_PCI_VENDOR);
	put16(d, PCI_SUBSYSTEM_ID, GENPU_PCI_DEVICE);
	d[PCI_CAPABILITY_LIST] = CAP_PM;
	put16(cfg->writable, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
	      PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	cfg->writable[PCI_CACHE_LINE_SIZE] = 0xff;
	cfg->writable[PCI_INTERRUPT_LINE] = 0xff;

	init_bar(cfg, GENPU_BAR_REGS, GENPU_REGS_SIZE, 0);
	init_bar(cfg, GENPU_BAR_DOORBELLS, doorbells, PCI_BASE_ADDRESS_MEM_TYPE_64);
	init_bar(cfg, GENPU_BAR_MEMORY, memory,
		 PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH);
	init_pm(cfg);
	init_express(cfg);
	init_msix(cfg, vectors);
}

bool pci_config_bus_master(const struct pci_config *cfg)
{
	return get16(cfg->data, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static u8 power_state(const struct pci_config *cfg)
{
	return get16(cfg->data, CAP_PM + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK;
}

static void set_power_state(struct pci_config *cfg, u8 state)
{
	u16 ctrl = get16(cfg->data, CAP_PM + PCI_PM_CTRL);

	put16(cfg->data, CAP_PM + PCI_PM_CTRL, (ctrl & ~PCI_PM_CTRL_STATE_MASK) | state);
}

bool pci_config_powered(const struct pci_config *cfg)
{
	return power_state(cfg) == PM_D0;
}

u32 pci_config_write(struct pci_config *cfg, u32 off, const u8 *buf, u32 len)
{
	const u32 flr = CAP_EXPRESS + PCI_EXP_DEVCTL + 1;
	bool master = pci_config_bus_master(cfg);
	u8 power = power_state(cfg);
	u32 i, did = 0;

	for (i = 0; i < len; i++) {
		u8 w = cfg->writable[off + i];

		cfg->data[off + i] = (cfg->data[off + i] & ~w) | (buf[i] & w);
	}
	if (off <= flr && flr - off < len && (buf[flr - off] & (PCI_EXP_DEVCTL_BCR_FLR >> 8)))
		did |= PCI_CONFIG_FLR;
	/* there is no D1 and no D2 */
	if (power_state(cfg) != PM_D0 && power_state(cfg) != PM_D3HOT)
		set_power_state(cfg, power);
	if (power_state(cfg) != power)
		did |= PCI_CONFIG_POWER;
	if (pci_config_bus_master(cfg) != master)
		did |= PCI_CONFIG_BUS_MASTER;
	return did;
}

void pci_config_reset(struct pci_config *cfg)
{
	u32 i;

	for (i = 0; i < PCI_CONFIG_SIZE; i++)
		cfg->data[i] &= ~cfg->writable[i];
	put16(cfg->data, CAP_EXPRESS + PCI_EXP_LNKCTL2, LINK_SPEED);
}
