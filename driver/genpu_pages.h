/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_PAGES_H_
#define _GENPU_PAGES_H_

struct genpu_bo;
struct genpu_device;
struct page;

int genpu_pages_alloc(struct genpu_device *gdev, struct genpu_bo *bo);
void genpu_pages_free(struct genpu_device *gdev, struct genpu_bo *bo);
int genpu_pages_map(struct genpu_device *gdev, struct genpu_bo *bo);
void genpu_pages_unmap(struct genpu_device *gdev, struct genpu_bo *bo);
struct page **genpu_pages_array(const struct genpu_bo *bo);

#endif /* _GENPU_PAGES_H_ */
