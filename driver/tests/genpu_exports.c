// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests of genpu_kunit.ko call. Part of the module only where the kernel has KUnit.
 */
#include <kunit/visibility.h>

#include "genpu_bo.h"
#include "genpu_vm.h"

EXPORT_SYMBOL_IF_KUNIT(genpu_bo_add_extent);
EXPORT_SYMBOL_IF_KUNIT(genpu_bo_extent);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_address);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_fini);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_free_unused);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_init);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_map);
EXPORT_SYMBOL_IF_KUNIT(genpu_pt_unmap);
