/* SPDX-License-Identifier: MIT */
/* log.h - messages on standard error, one line each */
#ifndef GE_EMU_LOG_H
#define GE_EMU_LOG_H

#include "types.h"

/* Set once by main() before any thread starts. */
extern bool log_verbose;

/* Something the person who runs the emulator must know. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What a guest did wrong, and milestones: only with --verbose, since a guest can cause many. */
void log_debug_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define log_debug(...)				\
	do {					\
		if (log_verbose)		\
			log_debug_line(__VA_ARGS__); \
	} while (0)

#endif
