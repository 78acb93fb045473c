#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The recipe of a kernel made for genpu, see kernel.sh:
#
#   kernel-recipe.sh NAME DIRECTORY RELEASE
#
# Takes Debian's source of the lab's kernel RELEASE, adds the module's Kconfig to it, which selects
# what the module needs, configures only what kernels/*.config name, and builds it in the lab.
# Lines that begin with "STEP " tell ge-vm how far it is; all else is for the log.

set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=lab.sh
. "$here/lab.sh"

name=$1
dir=$2
base=$3
kernels=$cache/kernels
files=1350	# for the progress shown

step() { echo "STEP $*"; }
fail() { echo "FAIL $*"; exit 1; }
trap 'echo "FAIL the recipe stopped in line $LINENO"' ERR

# fetch_source VERSION PACKAGE: unpacks the source into $kernels/source-VERSION
#
# The lab keeps no lists of packages; these are apt's own, of the one suite, for this alone.
fetch_source()
{
	local version=$1 package=$2 temp=$kernels/source-$1.new options

	step "fetching the kernel's source"
	# The lab's recipe is a program; what it knows of this machine's apt is needed here too.
	eval "$(sed -n '/^apt_uris()/,/^}/p; /^sources()/,/^}/p' "$here/lab-recipe.sh")"
	rm -rf "$temp"
	mkdir -p "$temp"/{sources,lists/partial,archives/partial,tree}
	sources "$(apt_uris | awk '$1 == "main" { print $2; exit }')" "$(apt_uris | awk '$1 == "security" { print $2; exit }')" \
		>"$temp/sources/debian.sources"
	options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$temp/sources" -o "Dir::State::lists=$temp/lists"
		-o "Dir::Cache=$temp" -o "APT::Sandbox::User=root" -o "Acquire::Languages=none")
	apt-get "${options[@]}" update
	# Should the archive have moved on since the lab was made, what it has now will do.
	(cd "$temp" && { apt-get "${options[@]}" download "$package=$version" || apt-get "${options[@]}" download "$package"; })
	step "unpacking it"
	# Headers of registers and boards' descriptions, which are half of it
	dpkg-deb --fsys-tarfile "$temp/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" | xz -dc -T2 |
		tar -x -C "$temp/tree" --strip-components=1 --exclude='*/drivers/gpu/drm/amd/include/*' \
			--exclude='*/arch/*/boot/dts/*' --exclude='*/Documentation/*/*'
	mkdir -p "$temp/tree/drivers/accel/genpu"
	sed -i '/^endif/i source "drivers/accel/genpu/Kconfig"' "$temp/tree/drivers/accel/Kconfig"
	mv "$temp/tree" "$kernels/source-$version"
	rm -rf "$temp"
}

# in_lab COMMAND ...: with the directory as /run/kernels/NAME
in_lab()
{
	(
		# shellcheck disable=SC2034 # lab_exec's
		lab_bind="$dir=/run/kernels/$name
$kernels/$source=/run/kernels/$source"
		lab_exec "$@"
	)
}

compile()
{
	local line n=0

	in_lab make -C "/run/kernels/$name/build" -j$(($(nproc) + 1)) KBUILD_BUILD_USER=genpu KBUILD_BUILD_HOST=lab \
		bzImage modules 2>&1 |
		while IFS= read -r line; do
			echo "$line"
			[[ $line != '  '[CA][CS]' '* ]] || ((++n % 50)) || step "compiling, $n files of about $files"
		done
}

lab_use
series=$(echo "$base" | cut -d. -f1,2)
# shellcheck disable=SC2016 # expanded by dpkg-query
version=$(chroot "$tree" dpkg-query -W -f '${Version}' "linux-headers-$base")
source=source-$version
[[ -d $kernels/$source ]] || fetch_source "$version" "linux-source-$series"

step "configuring"
mkdir -p "$dir/build" "$dir/install"
echo "$source" >"$dir/source"
cp "$top/driver/Kconfig" "$kernels/$source/drivers/accel/genpu/Kconfig"
cat "$here/kernels/base.config" "$here/kernels/$name.config" | grep '^CONFIG_' | sort >"$dir/wanted"
in_lab make -C "/run/kernels/$source" "O=/run/kernels/$name/build" "KCONFIG_ALLCONFIG=/run/kernels/$name/wanted" allnoconfig
missing=$(grep '^CONFIG_' "$dir/build/.config" | sort | comm -23 "$dir/wanted" -)
[[ -z $missing ]] || fail "the kernel $base does not have: $(xargs <<<"$missing")"

step "compiling"
compile
step "tidying"
in_lab make -s -C "/run/kernels/$name/build" kernelrelease | tail -n 1 >"$dir/release"
release=$(<"$dir/release")
cp "$dir/build/arch/x86/boot/bzImage" "$dir/bzImage"
in_lab make -s -C "/run/kernels/$name/build" "INSTALL_MOD_PATH=/run/kernels/$name/install" DEPMOD=true modules_install
ln -sfn "/run/kernels/$name/build" "$dir/install/lib/modules/$release/build"
in_lab depmod -b "/run/kernels/$name/install" "$release"
# What modules are built with stays: headers, scripts, Module.symvers, objtool.
find "$dir/build" \( -path "$dir/build/scripts" -o -path "$dir/build/tools" \) -prune -o \
	-type f \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux*' ! -name 'vmlinux.symvers' \) -exec rm -f {} +
