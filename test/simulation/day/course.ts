// What runs in a chassis over a day, and how much of its cores each piece of work uses: services with a daily course, a
// night shift, bursts, a change of level, and jobs that start and end. Seeded; nobody who decides anything has a say.
import { seededRandom, type Random } from '../../../src/core/random.ts';
import { clamp } from '../../../src/core/units.ts';

export const DAY_S = 86_400;

/** The course is constant for so long. */
export const COURSE_STEP_S = 5;

export interface DayWorkload {
  readonly id: string;
  readonly startS: number;
  /** Beyond the day for a service. */
  readonly endS: number;
  /** Where it starts: an index into the chassis' slots; the next with room when that one is full. */
  readonly origin: number;
  readonly demand: { readonly cpu: number; readonly memoryGiB: number };
  /** What no planner is told. */
  readonly wattsPerCore: number;
  readonly moveCostJ: number;
  /** Cores in use, by step of COURSE_STEP_S from the beginning of the day. */
  readonly cores: Float32Array;
}

export interface CourseOptions {
  readonly seed: number;
  readonly slots: number;
  readonly lengthS: number;
  /** Second of the day at which it begins; 0 = 8 o'clock. */
  readonly fromS?: number;
}

const SERVICES_PER_SLOT = 4;
const JOBS_PER_SLOT_DAY = 5;
const SIZES = [
  { cores: 2, upTo: 0.3 },
  { cores: 4, upTo: 0.7 },
  { cores: 8, upTo: 0.9 },
] as const;
/** Services are busiest six hours after 8 o'clock, some of them twelve hours later. */
const BUSIEST_S = 6 * 3600;
const NIGHT_SHIFT = 0.2;
const BETWEEN_BURSTS_S = 3 * 3600;
const WANDER_S = 1200;

export function dayCourse({ seed, slots, lengthS, fromS = 0 }: CourseOptions): DayWorkload[] {
  const random = seededRandom(seed);
  const services = Array.from({ length: SERVICES_PER_SLOT * slots }, (_, i) =>
    service(random.fork(`service ${i}`), `svc-${i}`, slots, { lengthS, fromS }),
  );
  const count = Math.round((JOBS_PER_SLOT_DAY * slots * lengthS) / DAY_S);
  const jobs = Array.from({ length: count }, (_, i) => job(random.fork(`job ${i}`), `job-${i}`, slots, lengthS));
  return [...services, ...jobs];
}

/** Cores asked for: sizes come in powers of two, most of them small, as clouds sell them. */
function sizeOf(random: Random): number {
  const draw = random.next();
  return SIZES.find(({ upTo }) => draw < upTo)?.cores ?? 16;
}

interface Span {
  readonly lengthS: number;
  readonly fromS: number;
}

function service(random: Random, id: string, slots: number, span: Span): DayWorkload {
  const cpu = sizeOf(random);
  const mean = cpu * (0.35 + 0.3 * random.next());
  const swing = 0.25 + 0.3 * random.next();
  const isNightShift = random.next() < NIGHT_SHIFT;
  const peakS = BUSIEST_S + (isNightShift ? DAY_S / 2 : 0) + 5400 * random.gaussian();
  const level = { atS: span.lengthS * random.next(), factor: 0.7 + 0.6 * random.next() };
  const bursts = burstsOf(random.fork('bursts'), span.lengthS);
  const wander = random.fork('wander');
  const cores = new Float32Array(Math.ceil(span.lengthS / COURSE_STEP_S));
  const keep = Math.exp(-COURSE_STEP_S / WANDER_S);
  let drift = 0;
  for (let i = 0; i < cores.length; i++) {
    const atS = i * COURSE_STEP_S;
    drift = keep * drift + Math.sqrt(1 - keep * keep) * 0.1 * wander.gaussian();
    const daily = 1 + swing * Math.cos((2 * Math.PI * (span.fromS + atS - peakS)) / DAY_S);
    const burst = bursts.find(({ fromS, untilS }) => atS >= fromS && atS < untilS)?.factor ?? 1;
    const factor = daily * burst * (atS < level.atS ? 1 : level.factor) * (1 + drift);
    cores[i] = clamp(mean * factor, 0.05, cpu);
  }
  return {
    ...common(random, id, slots, cpu),
    startS: 0,
    endS: Infinity,
    cores,
  };
}

function burstsOf(random: Random, lengthS: number) {
  const bursts: { fromS: number; untilS: number; factor: number }[] = [];
  for (let atS = 0; ;) {
    atS += -Math.log(1 - random.next()) * BETWEEN_BURSTS_S;
    if (atS >= lengthS) return bursts;
    const untilS = atS + 300 + 1200 * random.next();
    bursts.push({ fromS: atS, untilS, factor: 1.5 + 0.8 * random.next() });
    atS = untilS;
  }
}

/** Uses nearly all it has asked for while it runs. */
function job(random: Random, id: string, slots: number, lengthS: number): DayWorkload {
  const cpu = sizeOf(random);
  const startS = Math.round(lengthS * random.next());
  const endS = startS + Math.round(1800 + 7200 * random.next());
  const use = cpu * (0.75 + 0.2 * random.next());
  const cores = new Float32Array(Math.ceil(lengthS / COURSE_STEP_S)).fill(use);
  return { ...common(random, id, slots, cpu), startS, endS, cores };
}

function common(random: Random, id: string, slots: number, cpu: number) {
  return {
    id,
    origin: random.int(slots),
    demand: { cpu, memoryGiB: cpu * (2 + random.int(3)) },
    wattsPerCore: 8 + 7 * random.next(),
    moveCostJ: 400 + 50 * random.int(9),
  };
}
