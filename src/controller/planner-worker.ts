// The planner's thread: one request at a time, an instance in, the best plan and the plan of not moving out.
import { parentPort } from 'node:worker_threads';
import { describeError } from '../core/errors.ts';
import { makePlan } from '../placement/plan.ts';
import type { PlannerReply, PlannerRequest } from './planner-client.ts';

const now = () => performance.now();

function answer(request: PlannerRequest): PlannerReply {
  const { id, instance, seconds, seed, gainThresholdJ } = request;
  try {
    const plan = makePlan(instance, { seconds, seed, now, gainThresholdJ });
    const stay = makePlan({ ...instance, maxMoves: 0 }, { seconds: 0.05, seed, now });
    return { kind: 'planned', id, plan, stay };
  } catch (error) {
    return { kind: 'failed', id, error: describeError(error) };
  }
}

parentPort?.on('message', (request: PlannerRequest) => parentPort?.postMessage(answer(request)));
