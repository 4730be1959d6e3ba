// Reads a trace of Chromium: how long the main threads of pages were at work, in which tasks, and in which of them a script of
// a certain address ran.

/** An event of the trace; times are microseconds (Trace Event Format). */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** Of the thread's own time, where the system tells it. */
  tdur?: number;
  args?: { name?: string; data?: { url?: string } };
}

/** What pages' main threads did. Times are milliseconds. */
export interface MainThreads {
  /** Of all tasks together. */
  busyMs: number;
  longestMs: number;
  /** The longest of those in which the script was called. */
  longestOfScriptMs: number;
  /** Tasks in which the script was called. */
  tasksOfScript: number;
  /** Those of them that were longer than a frame. */
  longOfScript: number;
  /** Of calls into the script from the browser, with all that they call. */
  scriptMs: number;
}

export const CATEGORIES = ['toplevel', 'devtools.timeline', '__metadata'];
/** A frame, at 60 a second. */
export const FRAME_MS = 16;

interface Task { ms: number; ts: number; end: number; pid: number }

export function readMainThreads(events: readonly TraceEvent[], isScript: (url: string) => boolean): MainThreads {
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`));
  const spans = events.filter(({ ph, pid, tid }) => ph === 'X' && mains.has(`${pid} ${tid}`));
  const tasks = spans.filter(({ name }) => name === 'ThreadControllerImpl::RunTask' || name === 'RunTask')
    .map(({ pid, ts, dur = 0, tdur }): Task => ({ pid, ts, end: ts + dur, ms: (tdur ?? dur) / 1_000 }));
  const outer = outermost(tasks);
  const calls = outermost(spans
    .filter(({ name, args }) => (name === 'FunctionCall' || name === 'EvaluateScript') && isScript(args?.data?.url ?? ''))
    .map(({ pid, ts, dur = 0, tdur }): Task => ({ pid, ts, end: ts + dur, ms: (tdur ?? dur) / 1_000 })));
  const ofScript = outer.filter((task) => calls.some(({ pid, ts }) => pid === task.pid && ts >= task.ts && ts <= task.end));
  const longest = (those: readonly Task[]) => those.reduce((most, { ms }) => Math.max(most, ms), 0);
  const all = (those: readonly Task[]) => those.reduce((sum, { ms }) => sum + ms, 0);
  return {
    busyMs: all(outer), longestMs: longest(outer), longestOfScriptMs: longest(ofScript), tasksOfScript: ofScript.length,
    longOfScript: ofScript.filter(({ ms }) => ms > FRAME_MS).length, scriptMs: all(calls),
  };
}

/** Those that are in none of the others. */
function outermost(tasks: readonly Task[]): Task[] {
  const kept: Task[] = [];
  const ends = new Map<number, number>();
  for (const task of [...tasks].sort((a, b) => a.ts - b.ts || b.end - a.end)) {
    if (task.end <= (ends.get(task.pid) ?? -1)) continue;
    ends.set(task.pid, task.end);
    kept.push(task);
  }
  return kept;
}
