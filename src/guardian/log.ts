// The guardian's own log: one JSON object a line, level and time in numbers as pino has them in the other processes.

export type LogLevel = 'info' | 'warn' | 'error';

const LEVEL_NUMBERS: Readonly<Record<LogLevel, number>> = { info: 30, warn: 40, error: 50 };

export type Log = (level: LogLevel, msg: string, data?: Readonly<Record<string, unknown>>) => void;

export function jsonLog(write: (line: string) => void, wall: () => Date): Log {
  return (level, msg, data = {}) => {
    write(
      `${JSON.stringify({ level: LEVEL_NUMBERS[level], time: wall().getTime(), name: 'guardian', msg, ...data })}\n`,
    );
  };
}
