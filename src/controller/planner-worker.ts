// The planner's thread: one request at a time, an instance in, the best plan and the plan of not moving out.
import { parentPort } from 'node:worker_threads';
import { describeError } from '../core/errors.ts';
import { planAndStay } from './planner-answer.ts';
import type { PlannerReply, PlannerRequest } from './planner-client.ts';

const now = () => performance.now();

function answer(request: PlannerRequest): PlannerReply {
  const { id } = request;
  const stop = new Int32Array(request.stop);
  const isStopped = () => Atomics.load(stop, 0) !== 0;
  try {
    return { kind: 'planned', id, ...planAndStay(request, now, isStopped) };
  } catch (error) {
    return { kind: 'failed', id, error: describeError(error) };
  }
}

parentPort?.on('message', (request: PlannerRequest) => parentPort?.postMessage(answer(request)));
