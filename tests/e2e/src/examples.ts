// The examples of the documentation: fenced blocks as they stand there, and with a test's addresses in place of theirs.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './process.js';

/** A fenced block. */
export interface Example {
  /** Where it stands: a path from the repository's root, and a line. */
  place: string;
  language: string;
  text: string;
}

/** What a test has for the documentation's `example` hosts. */
export interface Places {
  /** The film's folder, with manifest.mpd and master.m3u8. */
  film: string;
  signaling: string;
  digestKey: string;
  /** A host of static files: players under /npm/NAME/, the package's `dist` under /fugitive/. */
  files: string;
}

const FENCE = /^```(\w+)\n([^]*?)^```$/gm;
const CODE = ['ts', 'js', 'html'];

/** Every block of code for a page in the documentation of sites. */
export async function examples(): Promise<Example[]> {
  const docs = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const found = await Promise.all(['README.md', 'dashjs-bridge/README.md', ...docs].map(async (file) => {
    const text = await readFile(join(ROOT, file), 'utf8');
    return [...text.matchAll(FENCE)].map(({ 1: language = '', 2: code = '', index }) => ({
      place: `${file}:${text.slice(0, index).split('\n').length}`, language, text: code,
    }));
  }));
  return found.flat().filter(({ language }) => CODE.includes(language));
}

/** Whether it is a page of its own. */
export function isPage({ language, text }: Example): boolean {
  return language === 'html' && text.startsWith('<!doctype html>');
}

/** Whether it is a script that plays the film from its first line to its last. */
export function plays({ language, text }: Example): boolean {
  return language !== 'html' && text.includes('https://cdn.example/film/') && text.includes('attachFugitive(');
}

/** The example with a test's addresses. Nothing else of it changes. */
export async function placed({ place, text }: Example, { film, signaling, digestKey, files }: Places): Promise<string> {
  const scripts = [...text.matchAll(/https:\/\/cdn\.jsdelivr\.net\/npm\/([\w.-]+)@([\d.]+)\//g)];
  for (const [address, name = '', version] of scripts) {
    const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
    const tested = (JSON.parse(manifest) as { version: string }).version;
    assert.equal(version, tested, `${place}: ${address} is not what is tested`);
  }
  const changed = text
    .replaceAll(/https:\/\/cdn\.jsdelivr\.net\/npm\/([\w.-]+)@[\d.]+\//g, `${files}/npm/$1/`)
    .replaceAll('https://static.example/', `${files}/`)
    .replaceAll('https://cdn.example/film/', `${film}/`)
    .replaceAll('wss://signal.example/v1/ws', signaling)
    .replaceAll(/'<the [^>]*>'/g, `'${digestKey}'`);
  assert.doesNotMatch(changed, /\.example\b|'<the /, `${place}: an address that no test stands in for`);
  return changed;
}
