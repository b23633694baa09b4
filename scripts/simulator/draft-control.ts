// @ts-nocheck draft
import { admit } from '../../src/controller/move-admission.ts';
import { answerTo } from '../../src/controller/move-answers.ts';
import { begin, step } from '../../src/moves/step.ts';
import { isFinished, isOpen, sledAt } from '../../src/moves/move.ts';
import { fromRecord, toRecord } from '../../src/moves/move-record.ts';
import { viewOfState } from '../../src/moves/move-view.ts';
import { fold, moveId, nextEpoch } from '../../src/moves/ledger.ts';
import { defaultPolicy } from '../../src/moves/policy.ts';

export function startControl({ ledger, atMs, wallMs }) {
  const c = {
    ledger,
    live: new Map(),
    statuses: new Map(),
    tokens: 0,
    last: ledger.lastMove,
    waiting: new Map(),
    reserved: new Map(),
    owners: new Map(),
  };
  const out = [];
  for (const record of [...ledger.closed, ...ledger.open.values()]) {
    const state = fromRecord(record, { nowMs: atMs, wallMs });
    if (record.state.kind === 'done') c.owners.set(record.workload, { sled: record.toSled, epoch: record.epoch });
    if (['committed', 'claimed', 'fenced'].includes(record.state.kind))
      c.owners.set(record.workload, { sled: record.toSled, epoch: record.epoch });
    if (isFinished(state)) continue;
    const live = { state, busy: false, inbox: [] };
    c.live.set(record.id, live);
    if (isOpen(state))
      c.reserved.set(record.id, { move: record.id, workload: record.workload, slot: record.to, demand: record.demand });
    feed(c, live, { kind: 'restart', atMs }, wallMs, out);
  }
  return { control: c, effects: out };
}
function feed(c, live, event, wallMs, out) {
  live.inbox.push(event);
  work(c, live, wallMs, out);
}
function work(c, live, wallMs, out) {
  while (!live.busy && live.inbox.length > 0) {
    const event = live.inbox.shift();
    const { state, effects } = step(live.state, event, defaultPolicy);
    live.state = state;
    convert(c, live, effects, event.atMs, wallMs, out);
    if (isFinished(state)) c.live.delete(state.move.id);
  }
}
function convert(c, live, effects, atMs, wallMs, out) {
  const { move } = live.state;
  const edges = effects
    .filter((e) => e.kind === 'journal')
    .map((e) => ({ kind: 'edge', move: toRecord(e.state, { nowMs: atMs, wallMs }) }));
  if (edges.length > 0) {
    const token = ++c.tokens;
    live.busy = true;
    c.waiting.set(token, { live, edges });
    out.push({ kind: 'append', token, entries: edges });
  }
  for (const e of effects) {
    if (e.kind === 'send') out.push({ kind: 'send', move, send: { ...e, leaseMs: e.verb === 'thaw' ? 60_000 : null } });
    if (e.kind === 'timer')
      (out.push({ kind: 'timer', timer: move.id, delayMs: e.delayMs }), (live.timerToken = e.token));
    if (e.kind === 'release') c.reserved.delete(move.id);
    if (e.kind === 'publish') out.push({ kind: 'publish', view: viewOfState(live.state, wallMs) });
  }
  live.pendingEffects = null;
}
export function stepControl(c, e) {
  const out = [];
  switch (e.kind) {
    case 'want': {
      try {
        const sit = {
          limits: { maxOpen: 4, maxPerSledPair: 1 },
          open: [...c.live.values()].filter((l) => isOpen(l.state)).map((l) => l.state.move),
          reservations: [...c.reserved.values()],
          status: (s) => c.statuses.get(s) ?? null,
        };
        const a = admit(e, sit);
        const id = moveId(++c.last);
        const epoch = nextEpoch(c.ledger, e.workload, a.epoch);
        const { token, kind, atMs, wallMs, ...req } = e;
        const { state, effects } = begin({ ...req, id, demand: a.demand, epoch }, e.atMs, defaultPolicy);
        const live = { state, busy: false, inbox: [] };
        c.live.set(id, live);
        c.reserved.set(id, { move: id, workload: e.workload, slot: e.to, demand: a.demand });
        convert(c, live, effects, e.atMs, e.wallMs, out);
      } catch (error) {
        out.push({ kind: 'refused', token: e.token, code: 'refused', why: error.message, hint: '' });
      }
      break;
    }
    case 'undo': {
      const live = c.live.get(e.move);
      if (live && isOpen(live.state)) feed(c, live, { kind: 'undo', atMs: e.atMs, why: e.why }, 0, out);
      break;
    }
    case 'answer': {
      const live = c.live.get(e.event.move);
      const a = live && answerTo(live.state.move, e.event, e.atMs);
      if (a) feed(c, live, a, 1.7e12, out);
      break;
    }
    case 'timer': {
      if (e.timer.startsWith('retry')) {
        const token = Number(e.timer.slice(5));
        const w = c.waiting.get(token);
        if (w) out.push({ kind: 'append', token, entries: w.edges });
        break;
      }
      const live = c.live.get(e.timer);
      if (live) feed(c, live, { kind: 'timer', atMs: e.atMs, token: live.timerToken }, e.wallMs, out);
      break;
    }
    case 'appended': {
      const w = c.waiting.get(e.token);
      if (!w) break;
      if (e.error !== null) {
        out.push({ kind: 'timer', timer: `retry${e.token}`, delayMs: 5000 });
        w.late = true;
        break;
      }
      c.waiting.delete(e.token);
      for (const edge of w.edges) {
        c.ledger = fold(c.ledger, edge);
        const m = edge.move;
        if (m.state.kind === 'committed') c.owners.set(m.workload, { sled: m.toSled, epoch: m.epoch });
        if (m.state.kind === 'planned') {
          if (!c.owners.has(m.workload))
            c.owners.set(m.workload, {
              sled: m.fromSled,
              epoch: c.statuses.get(m.fromSled)?.workloads.find((w) => w.id === m.workload)?.epoch ?? 1,
            });
        }
      }
      w.live.busy = false;
      if (w.late) w.live.inbox.unshift({ kind: 'restart', atMs: e.atMs });
      work(c, w.live, e.wallMs, out);
      break;
    }
    case 'status': {
      const before = c.statuses.get(e.status.sled);
      c.statuses.set(e.status.sled, e.status);
      if (e.status.state === 'online' && before?.state !== 'online')
        for (const live of [...c.live.values()])
          for (const end of ['source', 'destination'])
            if (sledAt(live.state.move, end) === e.status.sled)
              feed(c, live, { kind: 'online', atMs: e.atMs, end }, 0, out);
      break;
    }
    case 'asked': {
      const floors = {};
      for (const w of e.ask.workloads) {
        const open = [...c.live.values()].find((l) => isOpen(l.state) && l.state.move.workload === w.id);
        if (open) {
          const m = open.state.move;
          if (m.toSled === e.ask.sled) floors[w.id] = m.epoch;
          else if (m.fromSled === e.ask.sled)
            floors[w.id] = ['committed', 'claimed', 'fenced'].includes(open.state.kind) ? m.epoch : w.floor;
          else floors[w.id] = m.epoch;
        } else {
          const owner = c.owners.get(w.id);
          floors[w.id] =
            owner === undefined
              ? w.floor
              : owner.sled === e.ask.sled
                ? owner.epoch
                : (c.ledger.epochs.get(w.id) ?? 0) + 1;
        }
      }
      out.push({ kind: 'grant', sled: e.ask.sled, boot: e.ask.boot, floors });
    }
  }
  return { control: c, effects: out };
}
export const openMoves = (c) =>
  [...c.live.values()]
    .filter((l) => isOpen(l.state))
    .map((l) => ({ workload: l.state.move.workload, text: `${l.state.move.id} ${l.state.kind}` }));
export const reserved = (c) => [...c.reserved.values()].map((r) => ({ workload: r.workload, text: r.move }));
