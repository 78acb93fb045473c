/* SPDX-License-Identifier: MIT */
/*
 * Error text. Functions inside libge return 0 or -errno and leave one sentence for the user that
 * names the object and what was expected; the edges (acl, ge) turn the number into their codes.
 */
#ifndef GE_BASE_ERROR_H
#define GE_BASE_ERROR_H

/**
 * ge_error - keep a message for this thread and return -@err
 * @err: positive errno
 * @fmt: printf format of one sentence, without a newline
 *
 * The message replaces the one before. Callers higher up may add context with ge_error_prefix().
 */
int ge_error(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** ge_error_prefix - put "prefix: " in front of this thread's message (e.g. the graph's name) */
void ge_error_prefix(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** ge_error_text - this thread's last message, never NULL; valid until the next call here */
const char *ge_error_text(void);

/** ge_error_take - as ge_error_text(), and forget it; NULL if there is none */
const char *ge_error_take(void);

/** ge_warn - a line on stderr, "libge: warning: ...", unless GE_LOG_LEVEL is "error" or "none" */
void ge_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
