// A process with nothing but the planner's client: its resident memory before the first plan and at the most while its
// thread makes plans of 48 slots with 480 workloads. The argument is the thread's module.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PlannerClient } from '../../../src/controller/planner-client.ts';
import { generateInstance } from '../../../test/placement/generate.ts';

export interface PlannerMemory {
  readonly idleMiB: number;
  readonly peakMiB: number;
}

const PLANS = 3;
const PLAN_S = 1;
const SETTLE_MS = 1000;
/** Of the order that a controller asks for; see planner-policy. */
const GAIN_J = 500;

/** VmRSS now, VmHWM at the most so far; proc(5). */
function statusMiB(name: 'VmRSS' | 'VmHWM'): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  if (match === null) throw new Error(`the kernel does not show ${name}`);
  return Number(match[1]) / 1024;
}

const instance = generateInstance({ seed: 1, slots: 48, workloads: 480 });
const client = new PlannerClient(pathToFileURL(process.argv[2] ?? ''));
await pause(SETTLE_MS);
const idleMiB = statusMiB('VmRSS');
for (let n = 0; n < PLANS; n++) await client.plan(instance, PLAN_S, GAIN_J);
const peakMiB = statusMiB('VmHWM');
await client.close();
process.send?.({ idleMiB, peakMiB } satisfies PlannerMemory);
