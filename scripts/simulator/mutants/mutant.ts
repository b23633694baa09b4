// A mutant: one plausible mistake, made by wrapping the sound machines. The runs must find every one of them.
import type { AgentEffect, AgentInput, AgentSettings } from '../../../src/agent/machine/machine.ts';
import type { ControlEffect, ControlEvent } from '../../../src/moves/control.ts';
import type { AgentState } from '../../../src/agent/machine/state.ts';
import type { AgentStep } from '../../../src/agent/machine/step.ts';
import type { Control } from '../../../src/moves/control-state.ts';
import type { ControlStep } from '../../../src/moves/control-step.ts';
import type { Machines, Mutate } from '../machines.ts';

export interface Mutant {
  /** What it does wrong. */
  readonly text: string;
  readonly mutate: Mutate;
}

/** The agent's step goes through this one, which lives as long as the run: all sleds go through the same. */
export function wrapAgent(
  wrap: () => (step: Machines['stepAgent'], state: AgentState, input: AgentInput, settings: AgentSettings) => AgentStep,
): Mutate {
  return (sound) => {
    const wrapped = wrap();
    return { ...sound, stepAgent: (state, input, settings) => wrapped(sound.stepAgent, state, input, settings) };
  };
}

export function wrapControl(
  wrap: () => (step: Machines['stepControl'], control: Control, event: ControlEvent) => ControlStep,
): Mutate {
  return (sound) => {
    const wrapped = wrap();
    return { ...sound, stepControl: (control, event) => wrapped(sound.stepControl, control, event) };
  };
}

/** Only what the agent wants done is changed, also when it starts. */
export function agentEffects(change: (effects: readonly AgentEffect[]) => readonly AgentEffect[]): Mutate {
  return (sound) => ({
    ...sound,
    startAgent: (...start) => {
      const { state, effects } = sound.startAgent(...start);
      return { state, effects: change(effects) };
    },
    stepAgent: (...step) => {
      const { state, effects } = sound.stepAgent(...step);
      return { state, effects: change(effects) };
    },
  });
}

export function controlEffects(change: (effects: readonly ControlEffect[]) => readonly ControlEffect[]): Mutate {
  return (sound) => ({
    ...sound,
    startControl: (start) => {
      const { control, effects } = sound.startControl(start);
      return { control, effects: change(effects) };
    },
    stepControl: (...step) => {
      const { control, effects } = sound.stepControl(...step);
      return { control, effects: change(effects) };
    },
  });
}
