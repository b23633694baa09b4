// A QEMU machine that boots Debian's kernel, loads modules, and runs one Node script on this machine's own files: they
// are its root, read-only over 9p; only the folder of the script can be written to.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startChild } from '../../hwsim/child-process.ts';
import type { Kernel } from '../machine/kernel.ts';

export const QEMU = 'qemu-system-x86_64';
export const BUSYBOX = 'busybox';

const BOOT_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'i2c-dev'];
const ENDED = 'script ended with';

export interface MachineRun {
  /** A folder of the test's own; nothing else of this machine can be changed from inside. */
  readonly folder: string;
  /** Modules by name, and `options` for those that take some. */
  readonly modules: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Node's arguments. */
  readonly arguments: readonly string[];
  readonly deadlineMs: number;
}

/** Boots, runs the script to its end, and is gone. @throws with the console's text when the script does not end with 0 */
export async function runInMachine(kernel: Kernel, run: MachineRun): Promise<void> {
  const initrd = buildInitrd(kernel, run);
  const share = (path: string, tag: string, more: string) =>
    `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},security_model=none${more}`;
  const qemu = startChild(QEMU, [
    ...['-M', 'pc', '-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', '512', '-nodefaults', '-display', 'none'],
    ...['-no-reboot', '-serial', 'stdio', '-kernel', kernel.image, '-initrd', initrd],
    ...['-virtfs', share('/', 'host', ',readonly=on,multidevs=remap'), '-virtfs', share(run.folder, 'work', '')],
    '-append',
    'console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable random.trust_cpu=on net.ifnames=0',
  ]);
  const timer = setTimeout(() => void qemu.kill('SIGKILL'), run.deadlineMs);
  const how = await qemu.ended;
  clearTimeout(timer);
  if (how === 0 && qemu.text().includes(`${ENDED} 0`)) return;
  const why = how === 'SIGKILL' ? `was not done after ${run.deadlineMs / 1000} s` : `ended with ${how}`;
  throw new Error(`the machine ${why}; its console:\n${qemu.text()}`);
}

/** busybox, the modules, and a script that mounts, runs Node and powers off. */
function buildInitrd(kernel: Kernel, run: MachineRun): string {
  const tree = join(run.folder, 'initrd');
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'host']) mkdirSync(join(tree, name), { recursive: true });
  copyFileSync(programFile(BUSYBOX), join(tree, 'bin/busybox'));
  const loads = kernel.moduleFiles([...BOOT_MODULES, ...run.modules]).map((file) => {
    const name = basename(file);
    copyFileSync(file, join(tree, 'modules', name));
    return `insmod /modules/${name} ${run.options[basename(name, '.ko')] ?? ''}`;
  });
  writeFileSync(join(tree, 'init'), initScript(loads, run), { mode: 0o755 });
  const files = '. bin bin/busybox modules proc sys dev host init'.split(' ');
  const names = [
    ...files,
    ...kernel.moduleFiles([...BOOT_MODULES, ...run.modules]).map((file) => `modules/${basename(file)}`),
  ];
  const archive = spawnSync(programFile(BUSYBOX), ['cpio', '-o', '-H', 'newc'], {
    cwd: tree,
    input: `${names.join('\n')}\n`,
    maxBuffer: 2 ** 28,
  });
  if (archive.status !== 0) throw new Error(`cpio: ${archive.stderr.toString()}`);
  const file = join(run.folder, 'initrd.cpio');
  writeFileSync(file, archive.stdout);
  return file;
}

function initScript(loads: readonly string[], run: MachineRun): string {
  const quoted = [process.execPath, ...run.arguments].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
${loads.join('\n')}
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=262144 work '/host${run.folder}'
for name in proc sys dev; do mount --bind /$name /host/$name; done
UV_USE_IO_URING=0 chroot /host ${quoted.join(' ')}
echo ${ENDED} $?
poweroff -f
`;
}

/** Its path. @throws when it is not installed */
function programFile(name: string): string {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  if (found === '') throw new Error(`${name} is not installed`);
  return found;
}

/** For `skip`: what is missing, or null. */
export function missingPrograms(): readonly string[] {
  return [QEMU, BUSYBOX].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
}
