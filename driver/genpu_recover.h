/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RECOVER_H_
#define _GENPU_RECOVER_H_

#include "genpu_restore.h"

struct genpu_stream;
struct work_struct;

bool genpu_recover_hold(struct genpu_stream *stream, enum genpu_blame blame);
void genpu_recover_release(struct genpu_stream *stream);
void genpu_recover_work(struct work_struct *work);

#endif /* _GENPU_RECOVER_H_ */
