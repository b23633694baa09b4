// What the controller hears of sleds: their records, their answers, their questions after a boot, and what frames say of
// their power.
import type { AgentEvent, AgentStatus } from '../protocols/agent-messages.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import { answerTo } from './answer.ts';
import type { ControlEvent } from './control.ts';
import { feed } from './control-moves.ts';
import { watchedEnd, type Control, type SledHeard } from './control-state.ts';
import { log, momentOf, type Work } from './control-work.ts';
import { floorFor, floorsFor } from './floors.ts';
import { fold, type Ledger } from './ledger.ts';
import { sledAt, type SledPower } from './move.ts';
import { toRecord } from './move-record.ts';

/** The same boot is not answered again sooner: agents repeat their question every few seconds. */
const GRANT_EVERY_MS = 500;

/** A sled that sits where another was expected is believed when frames have shown it for so long. */
const REPLACED_MS = 5_000;

/** More sleds than any chassis has are not remembered. */
const MAX_SLEDS = 1_024;

const UNHEARD: SledHeard = { status: null, heardMs: -Infinity, granted: null };

export function heardOf({ sleds }: Control, sled: string): SledHeard {
  return sleds.get(sled) ?? UNHEARD;
}

function putSled(work: Work, sled: string, heard: SledHeard): void {
  const { control } = work;
  if (control.sleds.size >= MAX_SLEDS && !control.sleds.has(sled)) return;
  work.control = { ...control, sleds: new Map(control.sleds).set(sled, heard) };
}

/** An agent that has come online, or was started again, is told at once what is open with it. */
export function takeStatus(work: Work, status: AgentStatus, back: boolean | undefined): void {
  const heard = heardOf(work.control, status.sled);
  const before = heard.status;
  putSled(work, status.sled, { ...heard, status });
  const wasAway = before?.state !== 'online' || status.seq < before.seq; // `seq` begins anew with the process
  if (status.state !== 'online' || !(back ?? wasAway)) return;
  for (const [id, { state }] of work.control.moves) {
    for (const end of ['source', 'destination'] as const) {
      if (sledAt(state.move, end) === status.sled) feed(work, id, { kind: 'online', atMs: work.atMs, end });
    }
  }
}

export function takeAnswer(work: Work, event: AgentEvent): void {
  const live = work.control.moves.get(event.move);
  const answer = live === undefined ? null : answerTo(live.state.move, event, work.atMs);
  if (answer === null) return;
  putSled(work, event.sled, { ...heardOf(work.control, event.sled), heardMs: work.atMs });
  feed(work, event.move, answer);
}

/** Answers a sled that has booted. What is granted is never less than what is durable, or may be. */
export function takeAsk(work: Work, ask: FloorsAsk): void {
  const { atMs } = work;
  const heard = heardOf(work.control, ask.sled);
  const { granted } = heard;
  const isSame = granted?.boot === ask.boot;
  putSled(work, ask.sled, { ...heard, heardMs: atMs });
  if (isSame && atMs - granted.atMs < GRANT_EVERY_MS) return;
  const ledger = withUndos(work);
  const burnt = new Map(work.control.burnt);
  for (const asked of ask.workloads) {
    const floor = floorFor(ledger, ask.sled, { ...asked, floor: 0 });
    if (floor > (burnt.get(asked.id) ?? 0)) burnt.set(asked.id, floor);
    if (asked.epoch < floor && !isSame) {
      const what = asked.epoch === 0 ? 'it is configured there' : `its copy is at epoch ${asked.epoch}`;
      log(work, 'warn', `${ask.sled} may not start ${asked.id} below epoch ${floor}: ${what}`);
    }
  }
  putSled(work, ask.sled, { ...heard, heardMs: atMs, granted: { boot: ask.boot, atMs } });
  work.control = { ...work.control, burnt };
  work.effects.push({ kind: 'grant', sled: ask.sled, boot: ask.boot, floors: floorsFor(ledger, ask) });
}

/** With the undos that are on their way to the disk: a destination that boots now must not start what they undo. */
function withUndos(work: Work): Ledger {
  const moment = momentOf(work);
  let { ledger } = work.control;
  for (const { pending } of work.control.moves.values()) {
    for (const state of pending?.edges ?? []) {
      if (state.kind === 'undoing') ledger = fold(ledger, { kind: 'edge', move: toRecord(state, moment) });
    }
  }
  return ledger;
}

export function takeSlotPower(work: Work, event: Extract<ControlEvent, { kind: 'slot-power' }>): void {
  const { slot, sled, power, sinceMs } = event;
  const before = work.control.slots.get(slot);
  if (before !== undefined && before.sinceMs > sinceMs) return; // overtaken by a later reading
  const sledSinceMs = before?.sled === sled ? before.sledSinceMs : sinceMs;
  const seen = { sled, power, sinceMs, sledSinceMs };
  work.control = { ...work.control, slots: new Map(work.control.slots).set(slot, seen) };
  for (const id of work.control.moves.keys()) tellPower(work, id);
}

/** Tells a Move what is known of the power it waits for. */
export function tellPower(work: Work, id: string): void {
  const live = work.control.moves.get(id);
  const end = live === undefined ? null : watchedEnd(live.state);
  if (live === undefined || end === null) return;
  const found = powerAt(work.control, live.state.move[end === 'source' ? 'from' : 'to'], sledAt(live.state.move, end));
  if (found !== null) feed(work, id, { kind: 'power', atMs: work.atMs, end, ...found });
}

/** Where a sled is, and its power; null while frames have not told. A sled that spoke since then is not without power. */
function powerAt(control: Control, slot: number, sled: string): SledPower | null {
  const place = placeOf(control, slot, sled);
  if (place === null) return null;
  const spoke = heardOf(control, sled).heardMs >= place.sinceMs;
  return spoke && place.power === 'confirmed-off' ? { ...place, power: 'unknown' } : place;
}

function placeOf({ slots }: Control, slot: number, sled: string): SledPower | null {
  for (const [at, seen] of slots) {
    if (seen.sled === sled) return { slot: at, power: seen.power, sinceMs: seen.sinceMs };
  }
  const seen = slots.get(slot);
  if (seen === undefined) return null;
  if (seen.sled === null) return { slot, power: seen.power, sinceMs: seen.sinceMs };
  // another sled sits there; this one is in no slot, unless a later frame shows it in another
  const isSure = seen.sinceMs - seen.sledSinceMs >= REPLACED_MS;
  return { slot: null, power: isSure ? 'confirmed-off' : 'unknown', sinceMs: seen.sinceMs };
}
