// What is read of a trace: main threads of pages alone, each task once, and those in which the script ran.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMainThreads, type TraceEvent } from './trace.js';

const SCRIPT = 'http://host/fugitive/hlsjs.js';

test('counts_tasks_of_pages_main_threads_and_those_in_which_the_script_was_called', () => {
  const events = [
    thread(1, 'CrRendererMain'), thread(2, 'DedicatedWorker thread'), thread(3, 'CrRendererMain'),
    span('RunTask', 3, 0, 1_000),
    span('RunTask', 1, 0, 20_000), span('FunctionCall', 1, 1_000, 3_000, SCRIPT),
    span('FunctionCall', 1, 1_500, 500, SCRIPT),
    span('RunTask', 1, 30_000, 5_000), span('FunctionCall', 1, 31_000, 2_000, 'http://host/hls.js'),
    span('RunTask', 2, 0, 90_000), span('FunctionCall', 2, 0, 90_000, SCRIPT),
  ];
  assert.deepEqual(readMainThreads(events, (url) => url === SCRIPT), [{
    busyMs: 25, longestMs: 20, longestOfScriptMs: 20, tasksOfScript: 1, tasksOfScriptMs: 20, longOfScript: 1, scriptMs: 3,
  }]);
});

function thread(tid: number, name: string): TraceEvent {
  return { name: 'thread_name', ph: 'M', pid: 7, tid, ts: 0, args: { name } };
}

function span(name: string, tid: number, ts: number, dur: number, url?: string): TraceEvent {
  return { name, ph: 'X', pid: 7, tid, ts, dur, ...(url !== undefined && { args: { data: { url } } }) };
}
