/* SPDX-License-Identifier: MIT */
/*
 * acl.h - AscendCL: devices, contexts, streams, events and memory of the NPU.
 *
 * What holds for all of it:
 *  - Functions return ACL_SUCCESS or an error code; then aclGetRecentErrMsg() has a sentence.
 *  - All functions are thread safe.
 *  - Handles (streams, events, contexts) are numbers in a table: one that was destroyed gives
 *    ACL_ERROR_RT_INVALID_HANDLE wherever it is used. NULL gives ACL_ERROR_INVALID_PARAM, except
 *    that a NULL stream is the default stream of the current context.
 *  - Most calls need a current context in the calling thread (aclrtSetDevice(),
 *    aclrtSetCurrentContext()), else ACL_ERROR_RT_CONTEXT_NULL.
 */
#ifndef ACL_ACL_H
#define ACL_ACL_H

#include "acl_base.h"
#include "acl_rt.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * aclInit() - initialise acl
 * @configPath: a JSON file, or NULL or "" for none. {"defaultDevice": {"default_device": "0"}}
 *              makes that device current in threads that have not set one; other keys are accepted.
 *
 * Return: ACL_ERROR_REPEAT_INITIALIZE if it was initialised already; that still counts for
 * aclFinalizeReference() and may be ignored. ACL_ERROR_INVALID_FILE: cannot be read;
 * ACL_ERROR_PARSE_FILE: not JSON; ACL_ERROR_INVALID_PARAM: another configuration than before
 * aclFinalize().
 */
aclError aclInit(const char *configPath);

/**
 * aclFinalize() - undo aclInit(), however often it was called
 *
 * Destroys all contexts, streams, events and device memory of acl that are left. Memory from
 * aclrtMallocHost() stays until aclrtFreeHost().
 *
 * Return: ACL_ERROR_REPEAT_FINALIZE if acl was not initialised.
 */
aclError aclFinalize(void);

/**
 * aclFinalizeReference() - undo one aclInit(); the last one is aclFinalize()
 * @refCount: receives what is left; may be NULL
 */
aclError aclFinalizeReference(uint64_t *refCount);

/**
 * aclGetRecentErrMsg() - take the calling thread's last message
 *
 * Return: the text, valid until the next call here in this thread; NULL if there is none.
 */
const char *aclGetRecentErrMsg(void);

/** aclrtGetSocName() - name of the chip, e.g. for "ge.socVersion" */
const char *aclrtGetSocName(void);

/** aclrtGetVersion() - version of the interface that these headers follow */
aclError aclrtGetVersion(int32_t *majorVersion, int32_t *minorVersion, int32_t *patchVersion);

#ifdef __cplusplus
}
#endif

#endif
