// How node is started for each process of the running system: small where it stands for a machine that is.

const SMALL_YOUNG = '--max-semi-space-size=1';

/** Guardian and controller do without source maps, which stay in memory whole; names in their stacks are as written. */
export function nodeFlags(name: string): readonly string[] {
  if (name.endsWith('guardian')) return [SMALL_YOUNG]; // its sweep wants the optimising compiler as it is
  return name === 'controller' ? [SMALL_YOUNG, '--optimize-for-size'] : ['--enable-source-maps'];
}

/** One arena for all threads: glibc keeps what is free in each of them. */
export function nodeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, MALLOC_ARENA_MAX: '1' };
}
