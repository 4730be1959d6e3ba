// How busy the machine was: figures that were taken while others worked on it are of no use.

import { cpus, loadavg } from 'node:os';

export interface Load {
  /** Part of all processors' time that was spent, by anybody. From 0 to 1. */
  busy: number;
  /** The system's mean of the last minute. */
  load: number;
}

/** Begins to measure; the answer ends it. */
export function watchLoad(): () => Load {
  const before = spent();
  return () => {
    const after = spent();
    return { busy: (after.busy - before.busy) / (after.all - before.all), load: loadavg()[0] ?? 0 };
  };
}

function spent(): { busy: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}
