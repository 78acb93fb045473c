/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genpu_genl.h - generic netlink with nothing but sockets: requests, dumps, multicast groups.
 */
#ifndef _GENPU_GENL_H_
#define _GENPU_GENL_H_

#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <drm/genpu_netlink.h>

#include "genpu_util.h"

#define GENL_BUFFER	32768
#define GENL_ATTRS	32

/**
 * struct genl - a netlink socket and the family that it talks to
 * @fd: socket
 * @family: number of the family
 * @jobs: number of the group "jobs"
 * @events: number of the group "events"
 * @seq: of the last request
 * @buffer: of the last answer
 */
struct genl {
	int fd;
	uint16_t family;
	uint32_t jobs;
	uint32_t events;
	uint32_t seq;
	uint8_t buffer[GENL_BUFFER] __attribute__((aligned(8)));
};

typedef void (*genl_fn)(const struct nlattr **attrs, void *data);

static inline const void *genl_data(const struct nlattr *attr)
{
	return (const uint8_t *)attr + NLA_HDRLEN;
}

/* genl_value() - an attribute of 4 or 8 bytes, UINT64_MAX if it is not there */
static inline uint64_t genl_value(const struct nlattr *attr)
{
	uint64_t wide;
	uint32_t value;

	if (!attr)
		return UINT64_MAX;
	if (attr->nla_len == NLA_HDRLEN + sizeof(wide)) {
		memcpy(&wide, genl_data(attr), sizeof(wide));
		return wide;
	}
	memcpy(&value, genl_data(attr), sizeof(value));
	return value;
}

static inline const char *genl_text(const struct nlattr *attr)
{
	return attr ? genl_data(attr) : "";
}

static inline void genl_parse(const void *from, size_t size, const struct nlattr **attrs)
{
	const struct nlattr *attr = from;

	memset(attrs, 0, GENL_ATTRS * sizeof(*attrs));
	while (size >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= size) {
		if ((attr->nla_type & NLA_TYPE_MASK) < GENL_ATTRS)
			attrs[attr->nla_type & NLA_TYPE_MASK] = attr;
		size -= NLA_ALIGN(attr->nla_len) > size ? size : NLA_ALIGN(attr->nla_len);
		attr = (const void *)((const uint8_t *)attr + NLA_ALIGN(attr->nla_len));
	}
}

/* genl_send() - a request with at most one attribute: type 0 is none */
static inline int genl_send(struct genl *genl, uint16_t family, uint8_t cmd, uint16_t flags,
			    uint16_t type, const void *value, uint16_t size)
{
	struct {
		struct nlmsghdr nl;
		struct genlmsghdr genl;
		struct nlattr attr;
		uint8_t value[64];
	} msg = {
		.nl = {
			.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN), .nlmsg_type = family,
			.nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = ++genl->seq,
		},
		.genl = { .cmd = cmd, .version = 1 },
		.attr = { .nla_len = NLA_HDRLEN + size, .nla_type = type },
	};

	if (type) {
		memcpy(msg.value, value, size);
		msg.nl.nlmsg_len += NLA_ALIGN(msg.attr.nla_len);
	}
	return send(genl->fd, &msg, msg.nl.nlmsg_len, 0) < 0 ? -errno : 0;
}

/**
 * genl_receive() - read an answer or event, or all answers of a dump
 * @genl: socket
 * @dump: go on to the message that ends a dump
 * @fn: called with the attributes of each message, may be NULL
 * @data: for @fn
 *
 * Return: number of messages, or the negative errno in an error message.
 */
static inline int genl_receive(struct genl *genl, bool dump, genl_fn fn, void *data)
{
	const struct nlattr *attrs[GENL_ATTRS];
	struct nlmsghdr *nl;
	int count = 0, error;
	ssize_t size;

	for (;;) {
		size = recv(genl->fd, genl->buffer, sizeof(genl->buffer), 0);
		if (size < 0)
			return -errno;
		for (nl = (void *)genl->buffer; NLMSG_OK(nl, (size_t)size);
		     nl = NLMSG_NEXT(nl, size)) {
			if (nl->nlmsg_type == NLMSG_ERROR || nl->nlmsg_type == NLMSG_DONE) {
				memcpy(&error, NLMSG_DATA(nl), sizeof(error));
				return error ?: count;
			}
			count++;
			genl_parse((uint8_t *)NLMSG_DATA(nl) + GENL_HDRLEN,
				   nl->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), attrs);
			if (fn)
				fn(attrs, data);
			if (!dump)
				return count;
		}
	}
}

/* genl_get() - ask for one device; with a minor of UINT32_MAX without naming it */
static inline int genl_get(struct genl *genl, uint8_t cmd, uint32_t minor, genl_fn fn, void *data)
{
	int ret = genl_send(genl, genl->family, cmd, 0, minor == UINT32_MAX ? 0 : 1, &minor,
			    sizeof(minor));

	return ret ?: genl_receive(genl, false, fn, data);
}

/* genl_dump() - ask for all; with a minor of UINT32_MAX without naming a device */
static inline int genl_dump(struct genl *genl, uint8_t cmd, uint32_t minor, genl_fn fn, void *data)
{
	int ret = genl_send(genl, genl->family, cmd, NLM_F_DUMP, minor == UINT32_MAX ? 0 : 1,
			    &minor, sizeof(minor));

	return ret ?: genl_receive(genl, true, fn, data);
}

static inline void genl_take_family(const struct nlattr **attrs, void *data)
{
	const struct nlattr *group[GENL_ATTRS], *groups[GENL_ATTRS];
	struct genl *genl = data;
	int i;

	genl->family = *(const uint16_t *)genl_data(attrs[CTRL_ATTR_FAMILY_ID]);
	if (!attrs[CTRL_ATTR_MCAST_GROUPS])
		return;
	genl_parse(genl_data(attrs[CTRL_ATTR_MCAST_GROUPS]),
		   attrs[CTRL_ATTR_MCAST_GROUPS]->nla_len - NLA_HDRLEN, groups);
	for (i = 0; i < GENL_ATTRS; i++) {
		if (!groups[i])
			continue;
		genl_parse(genl_data(groups[i]), groups[i]->nla_len - NLA_HDRLEN, group);
		if (!strcmp(genl_text(group[CTRL_ATTR_MCAST_GRP_NAME]), GENPU_MCGRP_JOBS))
			genl->jobs = genl_value(group[CTRL_ATTR_MCAST_GRP_ID]);
		if (!strcmp(genl_text(group[CTRL_ATTR_MCAST_GRP_NAME]), GENPU_MCGRP_EVENTS))
			genl->events = genl_value(group[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

/* genl_open_family() - a socket that knows a family; -ENOENT if there is none */
static inline int genl_open_family(struct genl *genl, const char *family)
{
	struct timeval patience = { .tv_sec = NPU_LONG / NSEC };
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int ret;

	memset(genl, 0, sizeof(*genl));
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl->fd < 0)
		return -errno;
	if (bind(genl->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	ret = genl_send(genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, CTRL_ATTR_FAMILY_NAME, family,
			strlen(family) + 1);
	if (!ret)
		ret = genl_receive(genl, false, genl_take_family, genl);
	return ret < 0 ? ret : 0;
}

static inline int genl_open(struct genl *genl)
{
	return genl_open_family(genl, GENPU_FAMILY_NAME);
}

static inline int genl_join(struct genl *genl, uint32_t group)
{
	return setsockopt(genl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ?
	       -errno : 0;
}

#endif /* _GENPU_GENL_H_ */
