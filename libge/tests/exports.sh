#!/bin/sh
# SPDX-License-Identifier: MIT
#
# exports.sh LIBRARY INCLUDE: the library exports exactly what the public C headers declare.

lib=$1
include=$2
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# Function declarations: a name before "(" at the start of a declaration, comments taken out.
cat "$include"/acl/*.h "$include"/ge/ge.h |
	awk '{ gsub(/\/\*[^*]*\*\//, "") } /\/\*/ { c = 1 } !c && !/^[ \t]*#|typedef/ { print } /\*\// { c = 0 }' |
	grep -oE '(^|[ *])(acl[A-Z][A-Za-z0-9]*|acl[a-z]+[A-Z][A-Za-z0-9]*|ge_[a-z_0-9]+) *\(' |
	tr -d ' *(' | sort -u > "$tmp/declared"
nm -D --defined-only "$lib" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' |
	sort -u > "$tmp/exported"

echo 1..1
if diff "$tmp/declared" "$tmp/exported" > "$tmp/diff" && [ -s "$tmp/declared" ]; then
	echo "ok 1 - exports_are_what_headers_declare"
else
	sed 's/^</# declared, not exported:/;s/^>/# exported, not declared:/' "$tmp/diff"
	echo "not ok 1 - exports_are_what_headers_declare"
	exit 1
fi
