#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The recipe of the lab: makes a Debian trixie tree in the given directory.
#
#   lab-recipe.sh DIRECTORY PACKAGES
#
# Everything is fetched from where this machine's own apt fetches Debian: the
# same archive, only another suite. Lines that begin with "STEP " tell ge-vm how
# far it is; all else is for the log.

set -euo pipefail

# Mounts made here stay here, and go with this process.
[[ ${GENPU_RECIPE_NS-} ]] || GENPU_RECIPE_NS=1 exec unshare -m --propagation private "$0" "$@"

root=$1
packages=$2
arch=amd64

step() { echo "STEP $*"; }
fail() { echo "FAIL $*"; exit 1; }
trap 'echo "FAIL the recipe stopped in line $LINENO"' ERR

# apt_uris: "security URI" and "main URI" for every Debian source of this
# machine, of both formats (sources.list lines and deb822 stanzas).
apt_uris()
{
	local etc=/etc/apt

	# shellcheck disable=SC2016 # the program is awk's
	{ find $etc/sources.list $etc/sources.list.d \( -name '*.list' -o -name '*.sources' \) 2>/dev/null || true; } |
	sort | xargs awk '
	function kind(uri, suite)
	{
		if (suite ~ /-security$|\/updates$/)
			print "security", uri
		else if (suite ~ /^(bookworm|trixie|forky|stable|testing|sid|unstable)(-updates|-backports)?$/)
			print "main", uri
	}
	function flush(	i, j, n, m, u, s)
	{
		if (types ~ /(^| )deb( |$)/ && enabled !~ /^(no|false|0)$/) {
			n = split(uris, u, " ")
			m = split(suites, s, " ")
			for (i = 1; i <= n; i++)
				for (j = 1; j <= m; j++)
					kind(u[i], s[j])
		}
		types = uris = suites = enabled = ""
	}
	FNR == 1 { flush() }
	/^[ \t]*#/ { next }
	FILENAME ~ /\.list$/ {
		sub(/\[[^]]*\]/, "")
		if ($1 == "deb")
			kind($2, $3)
		next
	}
	/^[ \t]*$/ { flush(); next }
	{
		key = tolower($0)
		value = $0
		sub(/^[^:]*:[ \t]*/, "", value)
		if (key ~ /^types:/)
			types = value
		else if (key ~ /^uris:/)
			uris = value
		else if (key ~ /^suites:/)
			suites = value
		else if (key ~ /^enabled:/)
			enabled = tolower(value)
	}
	END { flush() }
	' /dev/null
}

sources()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	printf 'Types: deb\nURIs: %s\nSuites: trixie trixie-updates trixie-backports\n' "$1"
	printf 'Components: main\nSigned-By: %s\n\n' "$keyring"
	printf 'Types: deb\nURIs: %s\nSuites: trixie-security\n' "$2"
	printf 'Components: main\nSigned-By: %s\n' "$keyring"
}

# What no one reads in a lab, and the drivers of hardware that no guest has.
dpkg_options()
{
	local path

	for path in doc man info locale lintian doc-base bash-completion; do
		echo "path-exclude=/usr/share/$path/*"
	done
	for path in drivers sound net fs; do
		echo "path-exclude=/usr/lib/modules/*/kernel/$path/*"
		echo "path-exclude=/lib/modules/*/kernel/$path/*"
	done
	for path in drivers/acpi drivers/base drivers/block/virtio drivers/block/loop drivers/char/hw_random \
		    drivers/char/virtio drivers/dma-buf drivers/firmware drivers/gpu/drm/drm \
		    drivers/gpu/drm/display drivers/gpu/drm/scheduler drivers/gpu/drm/ttm drivers/gpu/drm/vgem \
		    drivers/gpu/buddy drivers/gpu/drm/gpu drivers/gpu/tests \
		    drivers/hwmon/hwmon drivers/i2c/i2c drivers/i2c/algos drivers/iommu drivers/media/cec \
		    drivers/pci drivers/platform/x86/wmi drivers/platform/wmi drivers/thermal drivers/vfio drivers/video \
		    drivers/virt drivers/virtio fs/configfs fs/overlayfs fs/squashfs fs/nls; do
		echo "path-include=/usr/lib/modules/*/kernel/$path*"
		echo "path-include=/lib/modules/*/kernel/$path*"
	done
}

# newest_kernel SERIES: the newest stock kernel of a series, as uname -r says it
newest_kernel()
{
	chroot "$root" apt-cache pkgnames "linux-image-$1." |
		sed -n "s/^linux-image-\\([0-9.]*+deb[0-9.]*-$arch\\)\$/\\1/p" | sort -V | tail -n 1
}

# The kernel packages want something that makes initramfs images; ge-vm makes
# its own, so an empty package stands in.
no_initramfs()
{
	local dir=$root/tmp/no-initramfs

	mkdir -p "$dir/DEBIAN"
	cat > "$dir/DEBIAN/control" <<-END
	Package: genpu-no-initramfs
	Version: 1
	Architecture: all
	Maintainer: genpu <genpu@localhost>
	Provides: linux-initramfs-tool
	Description: stands in for a maker of initramfs images
	END
	chroot "$root" dpkg-deb -b /tmp/no-initramfs /tmp/no-initramfs.deb
}

# Only a few files of the kernel's source are needed.
kernel_sources()
{
	local top=linux-source-$1

	(cd "$root/tmp" && chroot "$root" sh -c "cd /tmp && apt-get download $top")
	dpkg-deb --fsys-tarfile "$root"/tmp/"$top"_*.deb | tar -xO "./usr/src/$top.tar.xz" | xz -dc -T2 |
		tar -x -C "$root/usr/src" --wildcards \
			"$top/tools/testing/selftests/*.h" "$top/tools/testing/selftests/lib.mk" \
			"$top/tools/testing/selftests/kselftest/*" "$top/tools/testing/selftests/run_kselftest.sh" \
			"$top/scripts/checkpatch.pl" "$top/scripts/spelling.txt" "$top/scripts/const_structs.checkpatch" \
			"$top/scripts/kernel-doc*" "$top/tools/docs/kernel-doc" "$top/scripts/checker-valid.sh" "$top/tools/lib/python/*"
	rm -f "$root"/tmp/"$top"_*.deb
	ln -sfn "$top" "$root/usr/src/linux-source"
	# The headers' own makefile asks for this before it runs sparse, but they lack it.
	cp "$root/usr/src/$top/scripts/checker-valid.sh" "$root"/usr/src/linux-headers-"$1".*-common/scripts/
}

uris=$(apt_uris)
main=$(echo "$uris" | awk '$1 == "main" { print $2; exit }')
security=$(echo "$uris" | awk '$1 == "security" { print $2; exit }')
[[ -n $main ]] || fail "this machine's apt has no source of Debian's main archive"
[[ -n $security ]] || fail "this machine's apt has no source of Debian's security archive"

aptopts=()
while IFS= read -r line; do
	aptopts+=("--aptopt=$line")
done < <(apt-config dump | grep -iE '^Acquire::(https?|ftp|Retries)(::|[ ])' || true)

tmp=$(mktemp -d)
cleanup()
{
	umount -l "$root/dev" "$root/proc" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
dpkg_options > "$tmp/dpkg"

step "base system and packages"
include=$(sed 's/#.*//; s/^src:.*//' "$packages" | xargs | tr ' ' ,)
sed -n 's,^src:\([^/]*\)/\(.*\),Package: src:\1\nPin: release n=\2\nPin-Priority: 900\n,p' "$packages" > "$tmp/pins"
sources "$main" "$security" |
	mmdebstrap --mode=root --variant=apt --arch=$arch --format=directory \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Retries "3"' "${aptopts[@]}" --dpkgopt="$tmp/dpkg" \
		--setup-hook="mkdir -p \"\$1\"/etc/apt/preferences.d && cp '$tmp/pins' \"\$1\"/etc/apt/preferences.d/suites" \
		--skip=cleanup/apt,cleanup/reproducible --include="$include" trixie "$root" -

step "kernels and their headers"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
old=$(newest_kernel 6.12)
new=$(newest_kernel 7.3)
[[ -n $new ]] || new=$(newest_kernel 7)
[[ -n $old ]] || fail "the security archive has no kernel 6.12"
[[ -n $new ]] || fail "trixie-backports has no kernel 7.3 or later"
no_initramfs
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	/tmp/no-initramfs.deb "linux-image-$old" "linux-headers-$old" "linux-image-$new" "linux-headers-$new"

step "kernel selftest headers and style checker"
series=$(echo "$new" | cut -d. -f1,2)
kernel_sources "$series"

step "tidying"
umount -l "$root/dev" "$root/proc"
{
	echo "kernel $(echo "$old" | cut -d. -f1,2) $old"
	echo "kernel $(echo "$new" | cut -d. -f1,2) $new"
} > "$root/etc/genpu-lab"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/tmp/* \
	"$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/sources.list \
	"$root"/etc/resolv.conf "$root"/usr/lib/python3/dist-packages/*/tests
echo lab > "$root/etc/hostname"
mkdir -p "$root/src/genpu" "$root/root" "$root/var/log" "$root/var/cache/apt"
rm -f "$root/etc/ld.so.cache"
chroot "$root" ldconfig
