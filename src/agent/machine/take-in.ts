// What comes in from others: commands of the controller, transfers of other agents.
import type { AgentCommand } from '../../protocols/agent-messages.ts';
import type { TicketClaims } from '../../protocols/ticket.ts';
import { tellAnswer } from './answers.ts';
import { whyTicketRefuses } from './decide.ts';
import { advance, enqueue } from './job.ts';
import type { AgentInput } from './machine.ts';
import type { Local, Task } from './state.ts';
import { newLocal, type Turn } from './turn.ts';

type Claims = TicketClaims | { readonly refused: string };

export function takeCommand(turn: Turn, input: Extract<AgentInput, { kind: 'command' }>): void {
  const { command, claims, atMs, wallMs } = input;
  if (turn.state.ending !== null) return; // the next agent is asked again
  if (!isSettled(turn, command.workload)) return drop(turn, command);
  const refused = whyRefused(turn, claims, command);
  if (refused !== null || 'refused' in claims) return tellAnswer(turn, command, 'failed', refused);
  if (command.verb === 'query') return tellAnswer(turn, command, 'done', null);
  const local = known(turn, command.workload);
  if (isUnderWay(local, command)) return; // its answer is on the way
  if (command.verb === 'abort' || command.verb === 'resume') interrupt(turn, local.id, command.move);
  enqueue(turn, local.id, { kind: 'command', command, from: claims.from, atMs, wallMs, cancelled: false });
}

/** Whether its floor of this boot is known, or becomes so before anything that is enqueued now. */
function isSettled(turn: Turn, id: string): boolean {
  return turn.state.granted && turn.find(id)?.floor.kind !== 'unknown';
}

function drop(turn: Turn, command: AgentCommand): void {
  if (turn.state.dropped === 0)
    turn.log('warn', `${command.verb} of ${command.workload} came before the floors of this boot; it is not answered`);
  turn.change({ dropped: turn.state.dropped + 1 });
}

function whyRefused(
  turn: Turn,
  claims: Claims,
  command: Pick<AgentCommand, 'move' | 'workload' | 'epoch' | 'verb'>,
): string | null {
  if ('refused' in claims) return claims.refused;
  return whyTicketRefuses(claims, command, turn.settings.chassis, turn.settings.sled);
}

function known(turn: Turn, id: string): Local {
  return turn.find(id) ?? turn.put(newLocal(id, null, { kind: 'durable' }));
}

function isUnderWay(local: Local, { move, verb }: AgentCommand): boolean {
  const same = (task: Task) => task.kind === 'command' && task.command.move === move && task.command.verb === verb;
  return (local.job !== null && same(local.job.task)) || local.queue.some(same);
}

/** Makes a verb of this Move that takes long (ship, thaw), or its incoming transfer, give up. Null: of any Move. */
export function interrupt(turn: Turn, id: string, move: string | null): void {
  const concerns = (task: Task) => move === null || (task.kind === 'command' && task.command.move === move);
  const { job, queue, incoming } = turn.local(id);
  const told = queue.map((task) => (task.kind === 'command' && concerns(task) ? { ...task, cancelled: true } : task));
  turn.patch(id, { queue: told });
  if (incoming !== null && (move === null || incoming.offer.move === move))
    turn.emit({ kind: 'cancel', token: incoming.token });
  if (job === null || job.cancelled || !concerns(job.task)) return;
  turn.patch(id, { job: { ...job, cancelled: true } });
  const waiting = job.steps[job.next]?.kind;
  if (job.token !== null && (waiting === 'try' || waiting === 'send')) turn.emit({ kind: 'cancel', token: job.token });
}

export function takeOffer(turn: Turn, input: Extract<AgentInput, { kind: 'offer' }>): void {
  const { token, offer, claims } = input;
  const refuse = (error: string) =>
    turn.emit({ kind: 'admit', token, answer: { kind: 'refuse', error: `sled ${turn.settings.sled}: ${error}` } });
  if (turn.state.ending !== null) return refuse('its agent ends');
  if (!isSettled(turn, offer.workload)) return refuse('waits for its floors since it was started; try again');
  const refused = whyRefused(turn, claims, { ...offer, verb: 'stage' });
  if (refused !== null) return refuse(refused);
  enqueue(turn, known(turn, offer.workload).id, { kind: 'offer', token, offer });
}

export function takeReceived(turn: Turn, input: Extract<AgentInput, { kind: 'received' }>): void {
  const { token, bytes, digest } = input;
  if (turn.state.ending !== null) return turn.emit({ kind: 'bulk-done', token, error: 'its agent ends' });
  const local = turn.locals().find((each) => each.incoming?.token === token);
  if (local !== undefined) enqueue(turn, local.id, { kind: 'received', token, bytes, digest });
}

/** The transfer is over, or the sender has gone before it was let in. */
export function offerEnded(turn: Turn, token: number): void {
  for (const { id, incoming, queue, job } of turn.locals()) {
    const kept = queue.filter((task) => task.kind !== 'offer' || task.token !== token);
    if (kept.length < queue.length) turn.patch(id, { queue: kept });
    if (job?.task.kind === 'offer' && job.task.token === token) turn.patch(id, { job: { ...job, cancelled: true } });
    if (incoming?.token !== token) continue;
    turn.patch(id, { incoming: null });
    if (job?.task.kind === 'offer') advance(turn, id);
  }
}
