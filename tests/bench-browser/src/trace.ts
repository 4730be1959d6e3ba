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

/** What one page's main thread did. Times are milliseconds of its own, not of the clock, where the system tells them. */
export interface MainThread {
  /** Of all tasks together. */
  busyMs: number;
  longestMs: number;
  /** The longest of those in which the script was called. */
  longestOfScriptMs: number;
  /** Tasks in which the script was called, and how long they took with all else that is in them. */
  tasksOfScript: number;
  tasksOfScriptMs: number;
  /** Those of them that were longer than a frame. */
  longOfScript: number;
  /** Of calls into the script from the browser, with all that they call. */
  scriptMs: number;
}

export const CATEGORIES = ['toplevel', 'devtools.timeline', '__metadata'];
/** A frame, at 60 a second. */
export const FRAME_MS = 16;

interface Span { ms: number; ts: number; end: number }

/** The main thread of every page that runs scripts of a server: a browser has processes that run none, as spares. */
export function readMainThreads(events: readonly TraceEvent[], isScript: (url: string) => boolean): MainThread[] {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  return mains.map((main) => events.filter(({ ph, pid, tid }) => ph === 'X' && pid === main.pid && tid === main.tid))
    .filter((spans) => spans.some(({ args }) => args?.data?.url?.startsWith('http')))
    .map((spans) => readThread(spans, isScript));
}

function readThread(events: readonly TraceEvent[], isScript: (url: string) => boolean): MainThread {
  const tasks = outermost(events.filter(({ name }) => name === 'ThreadControllerImpl::RunTask' || name === 'RunTask'));
  const calls = outermost(events.filter(({ name, args }) =>
    (name === 'FunctionCall' || name === 'EvaluateScript') && isScript(args?.data?.url ?? '')));
  const ofScript = tasks.filter((task) => calls.some(({ ts }) => ts >= task.ts && ts <= task.end));
  return {
    busyMs: all(tasks), longestMs: longest(tasks), longestOfScriptMs: longest(ofScript), tasksOfScript: ofScript.length,
    tasksOfScriptMs: all(ofScript), longOfScript: ofScript.filter(({ ms }) => ms > FRAME_MS).length, scriptMs: all(calls),
  };
}

/** Those that are in none of the others. */
function outermost(events: readonly TraceEvent[]): Span[] {
  const kept: Span[] = [];
  const spans = events.map(({ ts, dur = 0, tdur }): Span => ({ ts, end: ts + dur, ms: (tdur ?? dur) / 1_000 }));
  for (const span of spans.sort((a, b) => a.ts - b.ts || b.end - a.end)) {
    if (span.end > (kept.at(-1)?.end ?? -1)) kept.push(span);
  }
  return kept;
}

function all(spans: readonly Span[]): number {
  return spans.reduce((sum, { ms }) => sum + ms, 0);
}

function longest(spans: readonly Span[]): number {
  return spans.reduce((most, { ms }) => Math.max(most, ms), 0);
}
