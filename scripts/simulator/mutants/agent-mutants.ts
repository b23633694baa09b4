// Mistakes of agents.
import type { AgentEffect, AgentInput } from '../../../src/agent/machine/machine.ts';
import { whyTicketRefuses } from '../../../src/agent/machine/decide.ts';
import type { WorkloadRecord } from '../../../src/agent/records/workload-record.ts';
import { CHASSIS, sideOf } from '../tickets.ts';
import { agentEffects, wrapAgent, type Mutant } from './mutant.ts';

type DriverEffect = Extract<AgentEffect, { kind: 'driver' }>;

export const agentMutants: readonly (readonly [string, Mutant])[] = [
  [
    'floor-not-asked-after-boot',
    {
      text: 'an agent takes every boot for the one that floors were granted for',
      mutate: (sound) => ({
        ...sound,
        startAgent: (disk, settings, atMs) => sound.startAgent({ ...disk, grantedBoot: settings.boot }, settings, atMs),
      }),
    },
  ],
  [
    'grant-of-an-earlier-boot',
    {
      text: 'an agent takes a grant for whatever boot',
      mutate: wrapAgent(() => (step, state, input, settings) => {
        const taken = input.kind === 'floors' ? { ...input, boot: settings.boot } : input;
        return step(state, taken, settings);
      }),
    },
  ],
  [
    'ticket-not-checked',
    {
      text: 'an agent takes every ticket for a good one',
      mutate: (sound) => ({
        ...sound,
        openTicket: ({ move, workload, epoch, verb }, _opened, sled) => {
          const atSource = sideOf(verb) === 'source';
          return { chassis: CHASSIS, move, workload, epoch, from: atSource ? sled : '', to: atSource ? '' : sled };
        },
      }),
    },
  ],
  [
    'duplicate-command-acted-twice',
    { text: 'an agent does what a command asks for once more when it comes again', mutate: actedTwice() },
  ],
  [
    'lease-too-long',
    {
      text: 'a copy on probation lives ten times as long as it was told',
      mutate: agentEffects((effects) => effects.map(longer)),
    },
  ],
  [
    'abort-without-kill',
    {
      text: 'an agent takes a copy for dead that it has not killed',
      mutate: agentEffects((effects) => effects.map(spared)),
    },
  ],
  [
    'frozen-copy-starts-again',
    {
      text: 'an agent that is started again runs the copy that was frozen',
      mutate: (sound) => ({
        ...sound,
        startAgent: (disk, settings, atMs) =>
          sound.startAgent({ ...disk, records: disk.records.map(thawed) }, settings, atMs),
      }),
    },
  ],
];

function longer(effect: AgentEffect): AgentEffect {
  if (effect.kind !== 'driver' || effect.op.kind !== 'try') return effect;
  return { ...effect, op: { ...effect.op, leaseMs: effect.op.leaseMs * 10 } };
}

function spared(effect: AgentEffect): AgentEffect {
  if (effect.kind !== 'driver' || effect.op.kind !== 'kill') return effect;
  return { ...effect, op: { kind: 'clean', kept: Array.from({ length: 1000 }, (_, epoch) => epoch) } };
}

function thawed(record: WorkloadRecord): WorkloadRecord {
  const { role } = record;
  if (role.kind !== 'frozen' && role.kind !== 'shipped') return record;
  return { ...record, role: { kind: 'running', epoch: role.ownEpoch, spec: role.spec, process: null } };
}

/** What a command's driver did is done again when the command comes again. */
function actedTwice() {
  return wrapAgent(() => {
    const current = new Map<string, string>();
    const done = new Map<string, DriverEffect[]>();
    let tokens = 0;
    return (step, state, input, { sled, ...settings }) => {
      const next = step(state, input, { sled, ...settings });
      const again = input.kind === 'command' ? comesAgain(input, sled) : [];
      for (const effect of next.effects) {
        if (effect.kind !== 'driver') continue;
        const key = current.get(`${sled} ${effect.workload}`);
        if (key !== undefined) done.set(key, [...(done.get(key) ?? []), effect]);
      }
      return { state: next.state, effects: [...next.effects, ...again] };
    };

    function comesAgain(input: Extract<AgentInput, { kind: 'command' }>, sled: string): AgentEffect[] {
      const { claims, command } = input;
      if ('refused' in claims || whyTicketRefuses(claims, command, CHASSIS, sled) !== null) return [];
      const { move, verb, workload } = command;
      const key = `${sled} ${move} ${verb}`;
      current.set(`${sled} ${workload}`, key);
      return (done.get(key) ?? []).map((effect) => ({ ...effect, token: --tokens }));
    }
  });
}
