// Bulk transfers that come in, between the listener and the machine: each is offered, let in or not, received, over.
import { ColdslotError } from '../../core/errors.ts';
import type { BulkHeader } from '../bulk/format.ts';
import type { Admission } from '../bulk/receiver.ts';
import type { BulkOffer, OfferAnswer } from '../machine/machine.ts';
import { DISK_RESERVE_BYTES, epochFolder, freeDiskBytes } from '../state-directory.ts';
import type { AgentContext } from './agent-context.ts';

/** What an entry costs on disk beside its bytes. */
const ENTRY_BYTES = 4096;

export interface TransferPorts {
  readonly offered: (token: number, offer: BulkOffer, header: BulkHeader) => void;
  readonly received: (token: number, bytes: number, digest: string) => void;
  readonly ended: (token: number) => void;
}

interface Transfer {
  readonly stop: AbortController;
  readonly answer: (answer: OfferAnswer) => void;
  /** Set while the record of what was received is being written. */
  done: ((error: string | null) => void) | null;
}

export class Transfers {
  readonly #context: AgentContext;
  readonly #ports: TransferPorts;
  readonly #transfers = new Map<number, Transfer>();
  #lastToken = 0;

  constructor(context: AgentContext, ports: TransferPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  /** Whether a transfer that announced itself may come in. @throws ColdslotError `refused` */
  async admit(header: BulkHeader): Promise<Admission> {
    const token = --this.#lastToken;
    const { move, workload, epoch } = header;
    const answer = await new Promise<OfferAnswer>((resolve) => {
      this.#transfers.set(token, { stop: new AbortController(), answer: resolve, done: null });
      this.#ports.offered(token, { move, workload, epoch }, header);
    });
    if (answer.kind === 'take') return this.#take(token, header);
    this.#transfers.delete(token);
    if (answer.kind === 'refuse') throw new Error(answer.error);
    return answer;
  }

  /** The machine's answer to an offer. */
  answer(token: number, answer: OfferAnswer): void {
    this.#transfers.get(token)?.answer(answer);
  }

  /** The record of what was received is durable, or why not. */
  done(token: number, error: string | null): void {
    this.#transfers.get(token)?.done?.(error);
  }

  cancel(token: number): void {
    this.#transfers.get(token)?.stop.abort();
  }

  async #take(token: number, header: BulkHeader): Promise<Admission> {
    const { config } = this.#context;
    const ended = () => {
      this.#transfers.delete(token);
      this.#ports.ended(token);
    };
    try {
      const freeBytes = await freeDiskBytes(config.stateRoot);
      const neededBytes = header.bytes + header.entries * ENTRY_BYTES + DISK_RESERVE_BYTES;
      if (neededBytes > freeBytes) {
        const why = `no disk room: ${neededBytes} bytes needed, ${freeBytes} free`;
        throw new ColdslotError('refused', `sled ${config.sled}`, why);
      }
    } catch (error) {
      ended();
      throw error;
    }
    const directory = epochFolder(config.stateRoot, header.workload, header.epoch);
    const signal = this.#transfers.get(token)?.stop.signal ?? AbortSignal.abort();
    const received = (bytes: number, digest: string) => this.#received(token, bytes, digest);
    return { kind: 'take', directory, signal, received, ended };
  }

  #received(token: number, bytes: number, digest: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const transfer = this.#transfers.get(token);
      if (transfer === undefined) return reject(new Error('the transfer is over'));
      transfer.done = (error) => (error === null ? resolve() : reject(new Error(error)));
      this.#ports.received(token, bytes, digest);
    });
  }
}
