// How long our sweep takes on the emulated BMC beside a C program that makes the same transfers, as one line of JSON: for
// scripts/bench. Not a test: how fast an emulator is depends on what else its machine does.
import { bmcFiles } from './files.ts';
import { missingPrograms } from './machine.ts';
import { Rig } from './rig.ts';
import { NOT_HERE, SWEEPS, sweepBesideC } from './sweep-times.ts';

const LIFE_MS = 400_000;
const SLED = { manufacturer: 'Cold Works', model: 'CS-ARM', serial: 'SN-2600-01' };

const files = missingPrograms().length > 0 ? null : bmcFiles();
if (files === null) {
  process.stderr.write('coldslot: no emulated BMC here; scripts/test emulated installs what it needs, as root\n');
  process.exitCode = NOT_HERE;
} else {
  const rig = await Rig.start(files, SLED, LIFE_MS);
  try {
    await rig.sled1Present(true);
    await rig.sled2Present(true);
    process.stdout.write(`${JSON.stringify(await sweepBesideC(rig, SWEEPS))}\n`);
  } finally {
    await rig.end();
  }
}
