/* SPDX-License-Identifier: MIT */
/*
 * pci_config.h - configuration space of the PCI function
 *
 * An Express endpoint with power management, Express (function level reset) and MSI-X
 * capabilities. Used by the transport's thread alone.
 */
#ifndef GE_EMU_PCI_CONFIG_H
#define GE_EMU_PCI_CONFIG_H

#include "util/types.h"

#define PCI_CONFIG_SIZE		4096

/**
 * struct pci_config - configuration space
 * @data: what a read gives
 * @writable: bits that a write changes
 */
struct pci_config {
	u8 data[PCI_CONFIG_SIZE];
	u8 writable[PCI_CONFIG_SIZE];
};

/* What a write asked for, as bits */
#define PCI_CONFIG_FLR		(1u << 0)
#define PCI_CONFIG_BUS_MASTER	(1u << 1)	/* the bit changed */
#define PCI_CONFIG_POWER	(1u << 2)	/* D0 became D3hot, or the other way round */

/**
 * pci_config_init() - state after power-on
 * @cfg: to fill
 * @doorbells: bytes of BAR 2, a power of two
 * @memory: bytes of BAR 4, a power of two
 * @vectors: MSI-X vectors
 */
void pci_config_init(struct pci_config *cfg, u64 doorbells, u64 memory, unsigned int vectors);

/** pci_config_write() - write @len bytes at @off, both in range; returns PCI_CONFIG_* bits */
u32 pci_config_write(struct pci_config *cfg, u32 off, const u8 *buf, u32 len);

/** pci_config_reset() - what a reset of the function does; addresses of BARs are lost, too */
void pci_config_reset(struct pci_config *cfg);

bool pci_config_bus_master(const struct pci_config *cfg);

/** pci_config_powered() - the power state is D0, not D3hot */
bool pci_config_powered(const struct pci_config *cfg);

#endif
