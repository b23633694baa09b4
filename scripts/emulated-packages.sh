# Sourced by scripts/test: what the emulated suite needs beside npm's packages. Gets it once, by apt, when root runs it
# on Debian; else the tests are skipped and say so. Kernels are kept in the user's cache, outside the checkout.
emulated_cache=${XDG_CACHE_HOME:-$HOME/.cache}/coldslot
. scripts/emulated-arm-packages.sh

# Drivers of Debian's source that its x86 kernel is built without.
oracle_extra_modules=(
  ina2xx ina238 ina3221 max31790 max31730 max6620 tmp108 tmp464 tmp513 adc128d818 emc2305 sbtsi_temp
  pmbus/pmbus_core pmbus/pmbus pmbus/adm1275 pmbus/max31785 pmbus/mp5023
  pmbus/isl68137 pmbus/lm25066 pmbus/pli1209bc pmbus/xdpe12284
)

setup_emulated() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "coldslot: not root on Debian, so nothing is installed for the emulated suite; it uses what is there" >&2
    return
  fi
  mkdir -p "$emulated_cache"
  (
    flock 9 # two suites started at once install once
    status=0
    { oracle_programs && oracle_kernel; } || status=1
    setup_bmc || status=1
    exit $status
  ) 9>"$emulated_cache/lock" >&2 || echo "coldslot: the emulated suite lacks what the lines above say" >&2
}

quiet_apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }

apt_install() {
  echo "coldslot: installing $*"
  quiet_apt install -y --no-install-recommends "$@" || { quiet_apt update && quiet_apt install -y --no-install-recommends "$@"; }
}

oracle_programs() {
  local absent=()
  command -v qemu-system-x86_64 >/dev/null || absent+=(qemu-system-x86)
  command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1 || absent+=(busybox-static)
  command -v depmod >/dev/null || [ -x /sbin/depmod ] || absent+=(kmod)
  [ ${#absent[@]} = 0 ] || apt_install "${absent[@]}"
}

# Debian's kernel for x86 and the modules the tests load, in $emulated_cache/x86-kernel/{vmlinuz,lib/modules/RELEASE}.
oracle_kernel() {
  local target=$emulated_cache/x86-kernel image release work status=1
  [ "$(cat "$target/extra-modules" 2>/dev/null)" != "${oracle_extra_modules[*]}" ] || return 0
  image=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/ {print $2; exit}')
  [ -n "$image" ] || { quiet_apt update && image=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/ {print $2; exit}'); }
  [ -n "$image" ] || { echo "coldslot: apt knows no linux-image-amd64"; return 1; }
  release=${image#linux-image-}
  work=$(mktemp -d "$emulated_cache/kernel.XXXXXX")
  if unpack_kernel "$work" "$image" "$release" && build_extra_modules "$work" "$release" &&
    PATH=$PATH:/sbin:/usr/sbin depmod -b "$work/kernel" "$release"; then
    echo "${oracle_extra_modules[*]}" >"$work/kernel/extra-modules"
    rm -rf "$target" && mv "$work/kernel" "$target" && status=0
  fi
  rm -rf "$work"
  return $status
}

unpack_kernel() {
  local work=$1 image=$2 release=$3 version
  version=$(cut -d. -f1,2 <<<"$release")
  echo "coldslot: getting $image and the source of its hardware monitoring drivers"
  chmod 755 "$work"
  (cd "$work" && quiet_apt download "$image" "linux-source-$version" 2>/dev/null) ||
    { echo "coldslot: apt-get download $image linux-source-$version failed"; return 1; }
  mkdir "$work/kernel"
  dpkg-deb --fsys-tarfile "$work/$image"_*.deb | tar -x -C "$work/kernel" --wildcards "./boot/vmlinuz-$release" './lib/modules/*/modules.*' \
    './lib/modules/*/kernel/drivers/'{hwmon,i2c,virtio}'/*' './lib/modules/*/kernel/net/9p/*' \
    './lib/modules/*/kernel/fs/'{9p,netfs,fscache}'/*' || return 1
  mv "$work/kernel/boot/vmlinuz-$release" "$work/kernel/vmlinuz" && rmdir "$work/kernel/boot"
  dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb | tar -xO "./usr/src/linux-source-$version.tar.xz" |
    tar -xJ -C "$work" --strip-components=1 --wildcards "linux-source-$version/drivers/hwmon/*"
}

build_extra_modules() {
  local work=$1 release=$2 name objects=()
  [ -d "/usr/src/linux-headers-$release" ] || apt_install "linux-headers-$release" make || return 1
  mkdir "$work/extra"
  for name in "${oracle_extra_modules[@]}"; do
    cp "$work/drivers/hwmon/$name.c" "$work/extra/" || return 1
    objects+=("${name##*/}.o")
  done
  cp "$work/drivers/hwmon/"{,pmbus/}*.h "$work/extra/"
  echo "obj-m := ${objects[*]}" >"$work/extra/Makefile"
  if ! make -s -j"$(nproc)" -C "/usr/src/linux-headers-$release" M="$work/extra" modules >"$work/make.log" 2>&1; then
    tail -n 20 "$work/make.log"
    return 1
  fi
  install -D -m 644 -t "$work/kernel/lib/modules/$release/extra" "$work/extra/"*.ko
}
