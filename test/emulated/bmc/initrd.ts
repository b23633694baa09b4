// The machine's first and only file system: Debian's modules and busybox, Node, our bundle, and an /init that loads the
// drivers and then carries out what comes over the serial line.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cpioArchive, type ArchiveEntry } from '../machine/cpio.ts';
import type { BmcFiles } from './files.ts';

/** In an order in which they can be loaded; mdio-aspeed before the network's driver. */
const BOOT_MODULES = ['mdio-aspeed', 'i2c-aspeed', 'gpio-aspeed', 'i2c-dev', 'i2c-mux-pca954x', 'at24', 'ftgmac100'];
const HWMON_MODULES = ['lm75', 'tmp421', 'emc1403', 'max31785'];

const BUNDLES = ['guardian', 'guardian.cjs', 'controller.mjs', 'planner-worker.mjs'];

export const READY = '@@ready';

export interface InitrdContents {
  /** The bundles' folder. */
  readonly dist: string;
  /** Further files, by their place in the machine. */
  readonly more: readonly ArchiveEntry[];
  /** I2C devices that the device tree does not name, for the kernel's drivers: bus, name and address. */
  readonly devices: readonly string[];
}

export function writeInitrd(file: string, files: BmcFiles, contents: InitrdContents): void {
  const modules = files.kernel.moduleFiles([...BOOT_MODULES, ...HWMON_MODULES]);
  const entries: ArchiveEntry[] = [
    ...files.root,
    ...modules.map((from): ArchiveEntry => ({ kind: 'copy', name: `modules/${basename(from)}`, from })),
    ...BUNDLES.map((name): ArchiveEntry => {
      const runs = name === 'guardian'; // a command; the others are Node's
      return { kind: 'copy', name: `app/${name}`, from: join(contents.dist, name), runs };
    }),
    ...contents.more,
    ...['proc', 'sys', 'dev', 'run', 'tmp'].map((name): ArchiveEntry => ({ kind: 'folder', name })),
    {
      kind: 'file',
      name: 'init',
      contents: initScript(
        modules.map((from) => basename(from)),
        contents.devices,
      ),
      runs: true,
    },
  ];
  writeFileSync(file, cpioArchive(entries));
}

/** Each line that comes is a number and a command; what it printed is followed by a line with that number and its status. */
function initScript(modules: readonly string[], devices: readonly string[]): string {
  const named = devices.map((device) => {
    const [bus = '', name = '', address = ''] = device.split(' ');
    return `echo ${name} ${address} >/sys/bus/i2c/devices/i2c-${bus}/new_device`;
  });
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ UV_USE_IO_URING=0
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
exec </dev/ttyS4 >/dev/ttyS4 2>&1
stty -echo -onlcr
dmesg -n 1
for module in ${modules.join(' ')}; do insmod /modules/$module; done
${named.join('\n')}
ip link set lo up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
echo ${READY}
while IFS= read -r line; do
  ( eval "\${line#* }" ) </dev/null
  status=$?
  echo; echo "@@\${line%% *} $status"
done
`;
}
