// @ts-nocheck draft
import { decide, whyTicketRefuses } from '../../src/agent/mover/decide.ts';
import { absentRecord, keptEpochs, recordWord, specOf, withEnded } from '../../src/agent/records/workload-record.ts';

export function startAgent(disk, settings, atMs) {
  const a = {
    records: new Map(disk.records.map((r) => [r.workload, r])),
    tokens: 0,
    waits: new Map(),
    busy: new Map(),
    granted: disk.grantedBoot === settings.boot,
    hosted: new Set(),
    up: false,
  };
  const out = [];
  if (a.granted) recover(a, settings, out);
  else ask(a, settings, out);
  return { state: a, effects: out };
}
function ask(a, s, out) {
  const ids = new Set([...a.records.keys(), ...s.configured.map((c) => c.id)]);
  out.push({
    kind: 'ask-floors',
    ask: {
      kind: 'floors-ask',
      sled: s.sled,
      boot: s.boot,
      workloads: [...ids].map((id) => {
        const r = a.records.get(id);
        const role = r?.role ?? { kind: 'absent' };
        return { id, epoch: role.ownEpoch ?? role.epoch ?? 0, floor: r?.floor ?? 0, move: role.move ?? null };
      }),
    },
  });
  out.push({ kind: 'timer', timer: 'ask', delayMs: 3000 });
}
// tiny coroutine engine: task is a generator yielding effects wanting results
function run(a, id, gen, out) {
  const q = a.busy.get(id) ?? [];
  a.busy.set(id, q);
  q.push(gen);
  if (q.length === 1) adv(a, id, undefined, out);
}
function adv(a, id, value, out) {
  const q = a.busy.get(id);
  for (;;) {
    const gen = q[0];
    if (!gen) {
      a.busy.delete(id);
      return;
    }
    let r;
    if (!gen.started) {
      gen.started = gen.make();
      r = gen.started.next();
    } else r = gen.started.next(value);
    value = undefined;
    for (;;) {
      if (r.done) {
        q.shift();
        break;
      }
      const e = r.value;
      if (e.kind === 'write' || e.kind === 'driver' || e.kind === 'write-boot') {
        const token = ++a.tokens;
        a.waits.set(token, id);
        out.push({ ...e, token });
        gen.token = token;
        return;
      }
      out.push(e);
      r = gen.started.next();
    }
  }
}
const W = (record) => ({ kind: 'write', record });
const D = (workload, op) => ({ kind: 'driver', workload, op });
function* put(a, record) {
  const e = yield W(record);
  if (e !== null) throw new Error(e);
  a.records.set(record.workload, record);
  yield { kind: 'changed' };
}
function recover(a, s, out) {
  for (const c of s.configured)
    if (!a.records.has(c.id)) a.records.set(c.id, { ...absentRecord(c.id), floor: 0, fresh: c });
  for (const r of [...a.records.values()]) run(a, r.workload, { make: () => recoverOne(a, r.workload) }, out);
}
function* recoverOne(a, id) {
  for (let n = 0; n < 1000; n++) {
    try {
      let r = a.records.get(id);
      const role = r.role;
      if (r.fresh) {
        const { fresh, ...rest } = r;
        if (r.floor > 1) {
          a.records.set(id, rest);
          return;
        }
        yield* put(a, { ...rest, role: { kind: 'running', epoch: 1, spec: fresh, process: null } });
        yield* host(a, id);
      } else if (role.kind === 'running') {
        if (role.epoch < r.floor) {
          yield D(id, { kind: 'kill' });
          yield* put(a, { ...r, role: { kind: 'absent' } });
        } else yield* host(a, id);
      } else if (role.kind === 'freezing') {
        yield* put(a, {
          ...r,
          role: { kind: 'running', epoch: role.ownEpoch, spec: role.spec, process: role.process },
        });
        yield* host(a, id);
      } else if (role.kind === 'probation') {
        const k = yield D(id, { kind: 'kill' });
        if (k.kind === 'failed') throw new Error(k.error);
        const { kind, passed, process, thawed, ...sh } = role;
        yield* put(a, { ...r, role: { kind: 'received', ...sh, thawed: passed } });
      } else {
        const k = yield D(id, { kind: 'kill' });
        if (k.kind === 'failed') throw new Error(k.error);
        const low = (role.ownEpoch ?? role.epoch ?? 1e9) < r.floor;
        if (low) yield* put(a, { ...r, role: { kind: 'absent' } });
      }
      return;
    } catch (e) {
      /* again */
    }
  }
}
function* host(a, id) {
  for (let n = 0; n < 50; n++) {
    const { role } = a.records.get(id);
    const res = yield D(id, { kind: 'start', spec: role.spec, epoch: role.epoch, found: role.process });
    if (res.kind === 'started') {
      try {
        yield* put(a, { ...a.records.get(id), role: { ...role, process: res.process } });
      } catch {}
      return;
    }
  }
}
export function stepAgent(a, e, s) {
  const out = [];
  switch (e.kind) {
    case 'connected':
      if (!a.granted) ask(a, s, out);
      break;
    case 'floors':
      if (a.granted || e.boot !== s.boot || a.granting) break;
      a.granting = true;
      run(
        a,
        '*',
        {
          make: function* () {
            for (;;) {
              let bad = false;
              for (const [id, floor] of Object.entries(e.floors)) {
                const r = a.records.get(id) ?? absentRecord(id);
                if (floor <= r.floor && a.records.has(id)) continue;
                const fresh = !a.records.has(id) && s.configured.find((c) => c.id === id);
                if (floor === 0) continue;
                const next = { ...r, floor: Math.max(r.floor, floor) };
                const err = yield W(next);
                if (err !== null) {
                  bad = true;
                  continue;
                }
                a.records.set(id, fresh ? { ...next, fresh } : next);
              }
              if (bad) continue;
              const err = yield { kind: 'write-boot', boot: s.boot };
              if (err === null) break;
            }
            a.granted = true;
            const more = [];
            recover(a, s, more);
            for (const x of more) a.extra.push(x);
          },
        },
        out,
      );
      break;
    case 'timer':
      if (e.timer === 'ask' && !a.granted) ask(a, s, out);
      if (e.timer.startsWith('lease ')) {
        const id = e.timer.slice(6);
        run(
          a,
          id,
          {
            make: function* () {
              const r = a.records.get(id);
              if (r?.role.kind === 'probation') yield* recoverOne(a, id);
            },
          },
          out,
        );
      }
      break;
    case 'written':
    case 'driver': {
      const id = a.waits.get(e.token);
      a.waits.delete(e.token);
      if (id !== undefined) {
        a.extra = out;
        adv(a, id, e.kind === 'written' ? e.error : e.result, out);
      }
      break;
    }
    case 'process':
      break;
    case 'command': {
      const { command } = e;
      const tell = (outcome, error, more = {}) => ({
        kind: 'tell',
        event: {
          move: command.move,
          workload: command.workload,
          epoch: command.epoch,
          verb: command.verb,
          deadline: command.deadline,
          ticket: command.ticket,
          sled: s.sled,
          outcome,
          error,
          spec: null,
          bytes: 0,
          digest: null,
          record: recordWord(a.records.get(command.workload) ?? null, command.move),
          ...more,
        },
      });
      if (!a.granted) break;
      const bad = 'refused' in e.claims ? e.claims.refused : whyTicketRefuses(e.claims, command, s.chassis, s.sled);
      if (bad !== null) {
        out.push(tell('failed', bad));
        break;
      }
      if ((a.busy.get(command.workload)?.length ?? 0) > 1) break;
      const wall = e.wallMs;
      run(
        a,
        command.workload,
        {
          make: function* () {
            try {
              const more = yield* act(a, command, wall, s);
              yield tell('done', null, more);
            } catch (err) {
              yield tell('failed', err.message.slice(0, 300));
            }
          },
        },
        out,
      );
      break;
    }
    case 'offer': {
      const r = a.records.get(e.offer.workload);
      const ok =
        a.granted &&
        !('refused' in e.claims) &&
        e.claims.to === s.sled &&
        e.claims.move === e.offer.move &&
        e.claims.workload === e.offer.workload &&
        e.claims.epoch === e.offer.epoch;
      if (ok && (r?.role.kind === 'received' || r?.role.kind === 'probation') && r.role.move === e.offer.move)
        out.push({
          kind: 'admit',
          token: e.token,
          answer: { kind: 'have', bytes: r.role.bytes, digest: r.role.digest },
        });
      else if (ok && r?.role.kind === 'staged' && r.role.move === e.offer.move) {
        a.offer = e.offer;
        a['o' + e.token] = e.offer;
        out.push({ kind: 'admit', token: e.token, answer: { kind: 'take', epoch: e.offer.epoch } });
      } else out.push({ kind: 'admit', token: e.token, answer: { kind: 'refuse', error: 'no' } });
      break;
    }
    case 'received': {
      const offer = a['o' + e.token];
      run(
        a,
        offer.workload,
        {
          make: function* () {
            const r = a.records.get(offer.workload);
            if (r?.role.kind !== 'staged' || r.role.move !== offer.move) {
              yield { kind: 'bulk-done', token: e.token, error: 'not staged' };
              return;
            }
            const { move, epoch, from, spec } = r.role;
            try {
              yield* put(a, {
                ...r,
                role: { kind: 'received', move, epoch, from, spec, bytes: e.bytes, digest: e.digest, thawed: false },
              });
              yield { kind: 'bulk-done', token: e.token, error: null };
            } catch (x) {
              yield { kind: 'bulk-done', token: e.token, error: x.message };
            }
          },
        },
        out,
      );
      break;
    }
    case 'ending':
      out.push({ kind: 'ended' });
      break;
  }
  return { state: a, effects: out };
}
function* act(a, c, wall, s) {
  const id = c.workload;
  const rec = () => a.records.get(id) ?? absentRecord(id);
  if (c.verb === 'query') return { spec: specOf(rec().role) };
  const d = decide(a.records.get(id) ?? null, c, wall);
  if (d.kind === 'refuse') throw new Error(d.error);
  const role = rec().role;
  if (d.kind === 'done') return { bytes: role.bytes ?? 0, digest: role.digest ?? null };
  const need = (r) => {
    if (r.kind === 'failed' || r.kind === 'late') throw new Error(r.error ?? r.kind);
    return r;
  };
  const n = { bytes: 0, digest: '' };
  switch (d.act.kind) {
    case 'stage': {
      let used = 0;
      for (const r of a.records.values()) if (r.workload !== id) used += specOf(r.role)?.demand.cpu ?? 0;
      for (const r of a.records.values()) if (r.fresh && r.workload !== id) used += r.fresh.demand.cpu;
      for (const [other] of a.busy) if (other !== id && a.staging?.has(other)) used += a.staging.get(other);
      if (used + c.spec.demand.cpu > s.capacities.cpu) throw new Error('no room');
      (a.staging ??= new Map()).set(id, c.spec.demand.cpu);
      try {
        need(yield D(id, { kind: 'check', spec: c.spec }));
        need(yield D(id, { kind: 'kill' }));
        yield* put(a, { ...rec(), role: { kind: 'staged', move: c.move, epoch: c.epoch, from: 'x', spec: c.spec } });
        yield D(id, { kind: 'clean', kept: [] });
      } finally {
        a.staging.delete(id);
      }
      return {};
    }
    case 'freeze': {
      const own = role.ownEpoch ?? role.epoch;
      const src = { move: c.move, epoch: c.epoch, ownEpoch: own, spec: role.spec };
      yield* put(a, { ...rec(), role: { kind: 'freezing', ...src, process: role.process ?? null } });
      const r = yield D(id, { kind: 'stop', deadlineMs: role.spec.stopDeadlineMs });
      try {
        if (r.kind !== 'done') throw new Error(r.kind);
        yield* put(a, { ...rec(), role: { kind: 'frozen', ...src } });
      } catch (err) {
        yield* recoverOne(a, id);
        throw err;
      }
      return { spec: role.spec };
    }
    case 'ship': {
      const r = need(yield D(id, { kind: 'send', epoch: role.ownEpoch, command: c }));
      yield* put(a, { ...rec(), role: { ...role, kind: 'shipped', bytes: r.bytes, digest: r.digest } });
      return { bytes: r.bytes, digest: r.digest };
    }
    case 'thaw': {
      const { kind, passed, process, thawed, ...sh } = role;
      need(yield D(id, { kind: 'kill' }));
      yield* put(a, { ...rec(), role: { kind: 'probation', ...sh, process: null, passed: false } });
      const r = yield D(id, { kind: 'try', spec: role.spec, epoch: role.epoch, leaseMs: c.leaseMs });
      if (r.kind !== 'started') {
        yield* recoverOne(a, id);
        throw new Error(r.error ?? 'x');
      }
      try {
        yield* put(a, { ...rec(), role: { kind: 'probation', ...sh, process: r.process, passed: true } });
      } catch (e2) {
        yield* recoverOne(a, id);
        throw e2;
      }
      yield { kind: 'timer', timer: 'lease ' + id, delayMs: c.leaseMs };
      return { bytes: role.bytes, digest: role.digest };
    }
    case 'commit': {
      const end = { move: c.move, epoch: role.epoch, as: 'committed', bytes: role.bytes, digest: role.digest };
      yield* put(
        a,
        withEnded(
          rec(),
          end,
          { kind: 'running', epoch: role.epoch, spec: role.spec, process: role.process ?? null },
          role.epoch,
        ),
      );
      yield { kind: 'timer', timer: 'lease ' + id, delayMs: null };
      yield D(id, { kind: 'release', spec: role.spec, epoch: role.epoch, found: role.process ?? null });
      return { bytes: role.bytes, digest: role.digest };
    }
    case 'fence': {
      if (role.kind === 'running')
        yield* put(a, {
          ...rec(),
          role: {
            kind: 'freezing',
            move: c.move,
            epoch: c.epoch,
            ownEpoch: role.epoch,
            spec: role.spec,
            process: role.process,
          },
        });
      need(yield D(id, { kind: 'kill' }));
      yield* put(
        a,
        withEnded(rec(), { move: c.move, epoch: c.epoch, as: 'fenced', ...n }, { kind: 'absent' }, c.epoch),
      );
      yield D(id, { kind: 'clean', kept: [] });
      return {};
    }
    case 'abort':
      need(yield D(id, { kind: 'kill' }));
      yield* put(a, withEnded(rec(), { move: c.move, epoch: c.epoch, as: 'aborted', ...n }, { kind: 'absent' }));
      yield D(id, { kind: 'clean', kept: [] });
      return {};
    case 'resume':
      yield* put(
        a,
        withEnded(
          rec(),
          { move: c.move, epoch: c.epoch, as: 'resumed', ...n },
          { kind: 'running', epoch: role.ownEpoch, spec: role.spec, process: null },
        ),
      );
      yield* host(a, id);
      return {};
    case 'close':
      yield* put(a, withEnded(rec(), { move: c.move, epoch: c.epoch, as: d.act.as, ...n }, rec().role));
      return {};
  }
}
