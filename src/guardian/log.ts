// The guardian's own log: one JSON object a line, with level, time and msg, as the other processes write it.

export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, msg: string, data?: Readonly<Record<string, unknown>>) => void;

export function jsonLog(write: (line: string) => void, wall: () => Date): Log {
  return (level, msg, data = {}) => {
    write(`${JSON.stringify({ level, time: wall().toISOString(), name: 'guardian', msg, ...data })}\n`);
  };
}
