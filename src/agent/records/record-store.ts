// One durable record for each workload, in `<stateRoot>/records/<id>.json`: a line with the checksum of what follows,
// then JSON. A torn or corrupt file is set aside and reported; its workload is then `unreadable`, never guessed.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ColdslotError } from '../../core/errors.ts';
import { checksumOf } from './checksum.ts';
import { writeDurably, type DurableWrite } from './durable-file.ts';
import { absentRecord, workloadRecordSchema, type WorkloadRecord } from './workload-record.ts';

export interface SetAside {
  readonly workload: string;
  readonly file: string;
  readonly reason: string;
}

export class RecordStore {
  readonly #folder: string;
  readonly #write: DurableWrite;
  readonly #records = new Map<string, WorkloadRecord>();
  readonly #writing = new Map<string, Promise<void>>();
  /** Files that could not be read when the store was opened. */
  readonly setAside: SetAside[] = [];

  private constructor(folder: string, write: DurableWrite) {
    this.#folder = folder;
    this.#write = write;
  }

  /** @throws ColdslotError `io` when the directory cannot be made, read or written */
  static async open(stateRoot: string, write: DurableWrite = writeDurably): Promise<RecordStore> {
    const folder = join(stateRoot, 'records');
    const store = new RecordStore(folder, write);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const entry of await readdir(folder)) {
        if (entry.endsWith('.json')) await store.#load(entry.slice(0, -'.json'.length));
      }
    } catch (error) {
      if (error instanceof ColdslotError) throw error;
      throw new ColdslotError('io', folder, `cannot be used: ${(error as Error).message}`, 'check stateRoot');
    }
    return store;
  }

  get(workload: string): WorkloadRecord | null {
    return this.#records.get(workload) ?? null;
  }

  all(): readonly WorkloadRecord[] {
    return [...this.#records.values()];
  }

  /** Durable when it resolves; until then, and when it fails, the old record stands. @throws ColdslotError `io` */
  put(record: WorkloadRecord): Promise<void> {
    return this.update(record.workload, () => record);
  }

  /** As put, of what `change` makes of the record that stands by then; null = leave it. Changes of one workload queue. */
  update(workload: string, change: (record: WorkloadRecord | null) => WorkloadRecord | null): Promise<void> {
    const before = this.#writing.get(workload) ?? Promise.resolve();
    const write = async () => {
      await before;
      const record = change(this.get(workload));
      if (record !== null) await this.#store(record);
    };
    const mine = write();
    this.#writing.set(
      workload,
      mine.catch(() => {}),
    );
    return mine;
  }

  async #store(record: WorkloadRecord): Promise<void> {
    const file = join(this.#folder, `${record.workload}.json`);
    const text = JSON.stringify(workloadRecordSchema.parse(record)); // what could not be read again is never written
    try {
      await this.#write(file, `${checksumOf(text)}\n${text}`);
    } catch (error) {
      const hint = 'make room on its disk or make it writable';
      throw new ColdslotError('io', file, `cannot be written: ${(error as Error).message}`, hint);
    }
    this.#records.set(record.workload, record);
  }

  async #load(workload: string): Promise<void> {
    const file = join(this.#folder, `${workload}.json`);
    const parsed = parseRecord(await readFile(file, 'utf8'), workload);
    if (typeof parsed !== 'string') {
      this.#records.set(workload, parsed);
      return;
    }
    const aside = `${file}.corrupt-${Date.now()}`;
    // The replacement goes first under another name, then takes the place: at no instant is there no record.
    const record: WorkloadRecord = { ...absentRecord(workload), role: { kind: 'unreadable', reason: parsed } };
    await copyAside(file, aside);
    await this.put(record);
    this.setAside.push({ workload, file: aside, reason: parsed });
  }
}

async function copyAside(file: string, aside: string): Promise<void> {
  await writeDurably(aside, await readFile(file, 'utf8'));
}

/** The record, or why it is none. */
function parseRecord(text: string, workload: string): WorkloadRecord | string {
  const end = text.indexOf('\n');
  if (end < 0) return 'it has no checksum line: torn';
  const body = text.slice(end + 1);
  if (text.slice(0, end) !== checksumOf(body)) return 'its checksum is wrong: torn or changed';
  const parsed = workloadRecordSchema.safeParse(JSON.parse(body));
  if (!parsed.success) return `it is not a record of this version: ${parsed.error.issues[0]?.message ?? ''}`;
  if (parsed.data.workload !== workload) return `it is of "${parsed.data.workload}"`;
  return parsed.data;
}
