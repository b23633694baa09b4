// The thread in which `coldslot plan --instance` plans, so that the command can be interrupted meanwhile.
import { parentPort, workerData } from 'node:worker_threads';
import { makePlan } from '../placement/plan.ts';
import type { PlanTask } from './interruptible-plan.ts';

const { instance, seconds, seed, stop } = workerData as PlanTask;
const stopped = new Int32Array(stop);
const isStopped = () => Atomics.load(stopped, 0) !== 0;
parentPort?.postMessage(makePlan(instance, { seconds, seed, now: () => performance.now(), isStopped }));
