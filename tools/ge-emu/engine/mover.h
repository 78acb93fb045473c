/* SPDX-License-Identifier: MIT */
/*
 * mover.h - copies elements from one view to another of the same shape, converting their type
 */
#ifndef GE_EMU_ENGINE_MOVER_H
#define GE_EMU_ENGINE_MOVER_H

#include "internal.h"

/* @from must have the shape of @to, or broadcast to it. */
uint32_t mover_create(struct engine_program *p, const struct view *to, const struct view *from,
		      struct mover **mover);
void mover_destroy(struct mover *mover);

/* Without a run: when the program is created. */
uint32_t mover_run(const struct mover *mover, void *to, const void *from, struct run *run);

#endif /* GE_EMU_ENGINE_MOVER_H */
