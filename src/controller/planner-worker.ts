// The planner's thread: one request at a time, an instance in, a plan or the speeds of not moving out.
import { parentPort } from 'node:worker_threads';
import { describeError } from '../core/errors.ts';
import { stayingPut } from '../placement/staying.ts';
import { planAndStay } from './planner-answer.ts';
import type { PlannerReply, PlannerRequest } from './planner-client.ts';

const now = () => performance.now();

function answer(request: PlannerRequest): PlannerReply {
  const { id } = request;
  try {
    if (request.kind === 'stay') return { kind: 'stayed', id, stay: stayingPut(request.instance) };
    return { kind: 'planned', id, planned: planAndStay(request, now) };
  } catch (error) {
    return { kind: 'failed', id, error: describeError(error) };
  }
}

parentPort?.on('message', (request: PlannerRequest) => parentPort?.postMessage(answer(request)));
