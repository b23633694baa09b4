// What this agent has measured of its own Moves, the base of the price it asks for one: kept over restarts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { AgentStatus } from '../protocols/agent-messages.ts';
import { writeDurably, type DurableWrite } from './records/durable-file.ts';

/** Newer Moves count at least 1 / this. */
const MEMORY_SAMPLES = 50;

const modelsSchema = z.strictObject({
  moveSamples: z.int().min(0),
  meanFreezeMs: z.number().min(0),
  meanBytesPerS: z.number().min(0),
});

export class MoveModels {
  readonly #file: string;
  readonly #write: DurableWrite;
  #models: AgentStatus['models'];

  /** Starts from nothing when the file is missing or damaged: it can be measured again. */
  constructor(stateRoot: string, write: DurableWrite = writeDurably) {
    this.#file = join(stateRoot, 'models.json');
    this.#write = write;
    this.#models = readModels(this.#file);
  }

  current(): AgentStatus['models'] {
    return this.#models;
  }

  /** A Move that was shipped: how long the service took to stop, and how fast its state went over. */
  async add(freezeMs: number, bytes: number, shipMs: number): Promise<void> {
    const { moveSamples, meanFreezeMs, meanBytesPerS } = this.#models;
    const weight = 1 / Math.min(moveSamples + 1, MEMORY_SAMPLES);
    const bytesPerS = (bytes / Math.max(1, shipMs)) * 1000;
    this.#models = {
      moveSamples: moveSamples + 1,
      meanFreezeMs: meanFreezeMs + (freezeMs - meanFreezeMs) * weight,
      meanBytesPerS: meanBytesPerS + (bytesPerS - meanBytesPerS) * weight,
    };
    await this.#write(this.#file, JSON.stringify(this.#models));
  }
}

function readModels(file: string): AgentStatus['models'] {
  try {
    return modelsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 };
  }
}
