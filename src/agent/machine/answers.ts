// What is answered to a command: always from the durable record, so that a repeated command gets the same answer.
import type { AgentCommand, AgentEvent } from '../../protocols/agent-messages.ts';
import { endOf, recordWord, specOf, type WorkloadRecord } from '../records/workload-record.ts';
import type { Turn } from './turn.ts';

const MAX_ERROR_CHARS = 400;

export function tellAnswer(
  turn: Turn,
  command: AgentCommand,
  outcome: AgentEvent['outcome'],
  error: string | null,
  sentBytes: number | null = null,
): void {
  const record = turn.find(command.workload)?.record ?? null;
  const shipped = sentBytes === null ? shippedIn(record, command.move) : { bytes: sentBytes, digest: '' };
  const event = {
    move: command.move,
    workload: command.workload,
    epoch: command.epoch,
    verb: command.verb,
    deadline: command.deadline,
    ticket: command.ticket,
    sled: turn.settings.sled,
    outcome,
    error: error === null ? null : error.slice(0, MAX_ERROR_CHARS),
    spec: record === null ? null : specOf(record.role),
    bytes: shipped.bytes,
    digest: shipped.digest === '' ? null : shipped.digest,
    record: recordWord(record, command.move),
  };
  turn.emit({ kind: 'tell', event });
}

/** Bytes and digest of a Move, from its open role or from how it ended. */
function shippedIn(record: WorkloadRecord | null, move: string): { readonly bytes: number; readonly digest: string } {
  const role = record?.role;
  if (role !== undefined && 'digest' in role && role.move === move) return role;
  return endOf(record, move) ?? { bytes: 0, digest: '' };
}
