// The project's own binaries as child processes: found, started, awaited, and ended by their ids.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const READY_MS = 30_000;
const STOP_MS = 5_000;

/** A binary that said it is ready. */
export class Process {
  readonly #child: ChildProcess;
  readonly #name: string;
  /** What it wrote, for the report of a failed test. */
  output = '';
  #exit: Promise<number | null>;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.#exit = new Promise((done) => {
      child.once('exit', (code) => done(code));
      child.once('error', () => done(null));
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-200_000);
      });
    }
  }

  /** Starts a binary and waits until `ready` is in what it writes. Returns it and the match. */
  static async start(name: string, args: string[], ready: RegExp): Promise<[Process, RegExpExecArray]> {
    const child = spawn(binary(name), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const process = new Process(name, child);
    const match = await process.says(ready).catch(async (error: unknown) => {
      await process.kill();
      throw error;
    });
    return [process, match];
  }

  /** Waits until what it wrote matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.#child.exitCode !== null || this.#child.pid === undefined) {
        throw new Error(`${this.#name} ended before it said ${String(pattern)}:\n${this.output}`);
      }
      if (Date.now() > deadline) throw new Error(`${this.#name} did not say ${String(pattern)}:\n${this.output}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Asks it to stop, as an operator would. Returns its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }

  /** Has it read its settings anew. */
  hangUp(): void {
    this.#child.kill('SIGHUP');
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}

/** Looks where `cargo build` puts binaries; FUGITIVE_BIN_DIR comes first. */
function binary(name: string): string {
  const target = process.env['CARGO_TARGET_DIR'] ?? 'target';
  const folders = [process.env['FUGITIVE_BIN_DIR'], `${target}/debug`, `${target}/release`];
  for (const folder of folders) {
    if (folder === undefined) continue;
    const path = resolve(ROOT, folder, name);
    if (existsSync(path)) return path;
  }
  throw new Error(`${name} is not built: run \`cargo build --workspace --bins\`, or set FUGITIVE_BIN_DIR`);
}
