// A sweep of the guardian's own code on an emulated BMC, beside a C program that makes the same transfers, in one boot.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ColdslotError } from '../../src/core/errors.ts';
import { NOT_HERE, quietest, type SweepTimes } from '../../test/emulated/bmc/sweep-times.ts';
import { figure, type BenchPlace, type Figure, type Measurement } from './figure.ts';

const MOST = 1.5;

export const bmcSweep: Measurement = {
  text: `a sweep on an emulated AST2600 beside C; wanted: ≤ ${MOST}, gate 2`,
  run: async ({ root }: BenchPlace): Promise<readonly Figure[]> => {
    const script = 'test/emulated/bmc/sweep-beside-c.ts'; // reads its files beside itself, so it is not in the bundle
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const [status] = (await once(child, 'close')) as [number | null];
    if (status === NOT_HERE) return [];
    if (status !== 0) throw new ColdslotError('failed', 'bmc-sweep', 'was not measured', 'see the lines above');
    const times = JSON.parse(text) as SweepTimes;
    const { oursMs, cMs, ratio } = quietest(times);
    return [
      figure('bmc-sweep', oursMs, 'ms', cMs),
      figure('bmc-sweep-beside-c', ratio, '×', MOST),
      figure('bmc-sweep-cpu', times.cpuMs, 'ms'),
    ];
  },
};
