// SPDX-License-Identifier: MIT
/*
 * ge-emu - the emulated NPU: a PCI function for a virtual machine, served over vfio-user
 *
 *	transport/	vfio-user, PCI configuration space, interrupts
 *	model/		the device, as Documentation/hardware.rst has it
 *	engine/		operators
 *
 * Each layer knows only the one below it.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "transport/control.h"
#include "transport/server.h"
#include "util/log.h"

#define VERSION		"1.1"
#define MEMORY_UNIT	(2ull << 20)
#define MAX_MEMORY	(1ull << 40)
#define MAX_UNITS	64

/**
 * struct options - command line
 * @socket: path
 * @control: path, NULL = none
 * @device: what the device is like
 */
struct options {
	const char *socket;
	const char *control;
	struct device_options device;
};

static const char usage[] =
"Usage: ge-emu --socket PATH [OPTION]...\n"
"Emulates a genpu NPU and serves it to one virtual machine over vfio-user.\n"
"\n"
"  --socket PATH       UNIX socket to listen on; must not exist\n"
"  --memory SIZE       device memory, with suffix K, M or G (2G)\n"
"  --window SIZE       how much of it the CPU can access, a power of two (all)\n"
"  --queues N          hardware queues, the admin queue included (2048)\n"
"  --workers N         programs that run at once (number of CPUs)\n"
"  --copy-workers N    copies that run at once (1)\n"
"  --control PATH      UNIX socket for provoking faults; must not exist\n"
"  --verbose           tell what the guest does wrong\n"
"  --help, --version\n"
"\n"
"Ends with status 0 when the virtual machine does, or on SIGTERM or SIGINT.\n";

static __attribute__((noreturn, format(printf, 1, 2))) void fail_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ge-emu: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\nge-emu: see ge-emu --help\n", stderr);
	va_end(ap);
	exit(2);
}

static u64 parse_number(const char *name, const char *arg, bool suffix, u64 min, u64 max)
{
	unsigned long long v;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (suffix && *end) {
		const char *units = "KMG", *u = strchr(units, *end);

		if (u) {
			shift = 10 * (u - units + 1);
			end++;
		}
	}
	if (errno || end == arg || *end || *arg == '-' || v > max >> shift || v << shift < min)
		fail_usage("--%s %s: expected a number from %llu to %llu", name, arg,
			   (unsigned long long)min, (unsigned long long)max);
	return v << shift;
}

static void parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "memory", required_argument, NULL, 'm' },
		{ "window", required_argument, NULL, 'W' },
		{ "queues", required_argument, NULL, 'q' },
		{ "workers", required_argument, NULL, 'w' },
		{ "copy-workers", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 'C' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int c;

	opt->socket = NULL;
	opt->control = NULL;
	opt->device = (struct device_options) {
		.memory = 2ull << 30,
		.queues = 2048,
		.vectors = GENPU_MAX_VECTORS,
		.compute_units = cpus < 1 ? 1 : cpus > MAX_UNITS ? MAX_UNITS : cpus,
		.copy_units = 1,
		.raise = server_raise,
	};
	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (c) {
		case 's':
			opt->socket = optarg;
			break;
		case 'm':
			opt->device.memory = parse_number("memory", optarg, true, MEMORY_UNIT,
							  MAX_MEMORY);
			if (opt->device.memory % MEMORY_UNIT)
				fail_usage("--memory %s: expected a multiple of 2M", optarg);
			break;
		case 'W':
			opt->device.window = parse_number("window", optarg, true, MEMORY_UNIT,
							  MAX_MEMORY);
			if (opt->device.window & (opt->device.window - 1))
				fail_usage("--window %s: expected a power of two", optarg);
			break;
		case 'q':
			opt->device.queues = parse_number("queues", optarg, false, 2, 65536);
			break;
		case 'w':
			opt->device.compute_units = parse_number("workers", optarg, false, 1,
								 MAX_UNITS);
			break;
		case 'c':
			opt->device.copy_units = parse_number("copy-workers", optarg, false, 1,
							      MAX_UNITS);
			break;
		case 'C':
			opt->control = optarg;
			opt->device.inject = true;
			break;
		case 'v':
			log_verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("ge-emu " VERSION);
			exit(0);
		default:
			fail_usage("bad arguments");
		}
	}
	if (optind < argc)
		fail_usage("unexpected argument: %s", argv[optind]);
	if (!opt->device.window)
		opt->device.window = roundup_pow2(opt->device.memory);
	if (opt->device.window > roundup_pow2(opt->device.memory))
		fail_usage("--window: expected no more than the memory");
	if (!opt->socket)
		fail_usage("--socket is missing");
}

/* Descriptor that becomes readable with the signals that end the program */
static int catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* before any thread is made, so that all have them blocked */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Waits for the client and serves it. */
static int serve(struct server *srv, const char *path, int stop_fd)
{
	int listen_fd, fd, ret;

	listen_fd = socket_listen(path);
	if (listen_fd < 0) {
		log_error("%s: cannot listen: %s", path, strerror(-listen_fd));
		return 1;
	}
	fd = socket_accept(listen_fd, stop_fd);
	close(listen_fd);
	unlink(path);
	if (fd < 0) {
		if (fd == -ECANCELED)
			return 0;
		log_error("%s: cannot accept: %s", path, strerror(-fd));
		return 1;
	}
	ret = server_run(srv, fd, stop_fd);
	close(fd);
	if (ret)
		log_error("%s: connection ended: %s", path, strerror(-ret));
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct server srv;
	struct control control;
	struct options opt;
	int stop_fd, ret;

	parse_options(argc, argv, &opt);
	stop_fd = catch_signals();
	if (stop_fd < 0) {
		log_error("signalfd: %s", strerror(errno));
		return 1;
	}
	irq_init(&srv.irq);
	opt.device.priv = &srv;
	ret = device_create(&opt.device, &srv.device);
	if (ret) {
		log_error("cannot make the device: %s", strerror(-ret));
		return 1;
	}
	pci_config_init(&srv.config, device_doorbell_size(srv.device),
			device_memory_size(srv.device), opt.device.vectors);
	/* before the other socket, which says that all is ready */
	ret = opt.control ? control_start(&control, &srv, opt.control) : 0;
	if (ret) {
		log_error("%s: cannot listen: %s", opt.control, strerror(-ret));
		device_destroy(srv.device);
		return 1;
	}
	ret = serve(&srv, opt.socket, stop_fd);
	if (opt.control)
		control_stop(&control);
	device_destroy(srv.device);
	return ret;
}
