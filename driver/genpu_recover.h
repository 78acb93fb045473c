/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENPU_RECOVER_H_
#define _GENPU_RECOVER_H_

struct work_struct;

void genpu_recover_work(struct work_struct *work);

#endif /* _GENPU_RECOVER_H_ */
