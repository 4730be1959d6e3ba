// The package in sites as people build them: packed, installed from its tarball, and played from the documentation's
// own lines. What Vite and webpack are given is what the documentation says, and nothing more.

import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { build, createServer } from 'vite';
import webpack from 'webpack';
import { examples, isPage, placed, plays, type Example } from './examples.js';
import { install, type Installed } from './package.js';
import { ROOT } from './process.js';
import { serve, serveFiles } from './site.js';
import { Station } from './station.js';

test('a_vite_app_of_each_example_plays_under_the_policy_that_the_documentation_names', async (t) => {
  const site = await install(t);
  const station = await Station.start(t);
  const names = await app(site, station, (await examples()).filter(plays));
  const input = Object.fromEntries(names.map((name) => [name, join(site.folder, `${name}.html`)]));
  await build({ root: site.folder, configFile: false, logLevel: 'error', build: { rolldownOptions: { input } } });
  const origin = await serve(t, {
    folders: { '/': join(site.folder, 'dist') },
    headers: { 'Content-Security-Policy': policy(station, "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'") },
  });
  for (const name of names) await t.test(name, () => station.watch(`${origin}/${name}.html`));
});

test('a_vite_app_plays_from_the_development_server_with_the_documented_line', async (t) => {
  const site = await install(t);
  const station = await Station.start(t);
  const [config] = (await examples()).filter(({ text }) => text.includes('defineConfig('));
  assert.ok(config !== undefined, 'the documentation has lost its configuration of Vite');
  await writeFile(join(site.folder, 'vite.config.ts'), config.text);
  const [name] = await app(site, station, await examplesOf('docs/dashjs.md'));
  // The players are links to packages of the repository, which a site's own would not be.
  const server = await createServer({
    root: site.folder, logLevel: 'error', cacheDir: join(site.folder, 'cache'),
    server: { host: '127.0.0.1', port: 0, fs: { allow: [site.folder, ROOT] } },
  });
  t.after(() => server.close());
  await server.listen();
  await station.watch(`${server.resolvedUrls?.local[0] ?? ''}${name}.html`);
});

test('a_webpack_app_plays', async (t) => {
  const site = await install(t);
  const station = await Station.start(t);
  const [name = ''] = await app(site, station, await examplesOf('docs/hlsjs.md'));
  await bundle({
    mode: 'production', context: site.folder, entry: `./src/${name}.js`,
    output: { path: join(site.folder, 'public'), filename: 'main.js', publicPath: '/' }, performance: false,
  });
  const made = await readdir(join(site.folder, 'public'));
  assert.equal(made.filter((file) => file.endsWith('.wasm')).length, 3, made.join(' '));
  const origin = await serve(t, {
    folders: { '/': join(site.folder, 'public') }, pages: { '/': page('/main.js', 'defer') },
  });
  await station.watch(`${origin}/`);
});

test('a_script_tag_of_another_origin_plays_under_the_policy_that_the_documentation_names', async (t) => {
  const { dist } = await install(t);
  const station = await Station.start(t);
  const files = await serveFiles(t, dist);
  const pages = (await examples()).filter(isPage);
  const example = pages.find(({ text }) => text.includes('https://static.example/'));
  assert.ok(example !== undefined, 'the documentation has lost its page with files of another origin');
  // The example's own script is in the page.
  const scripts = `script-src ${files} 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob: ${files}`;
  const origin = await serve(t, {
    pages: { '/': await placed(example, { ...station.places, files }) },
    headers: { 'Content-Security-Policy': policy(station, scripts, files) },
  });
  await station.watch(`${origin}/`);
});

test('the_tarball_holds_what_the_exports_name_and_nothing_of_the_workshop', async (t) => {
  const { folder, dist } = await install(t);
  const root = join(dist, '..');
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  for (const needed of ['README.md', 'LICENSE']) assert.ok(files.includes(needed), `${needed} is missing`);
  assert.deepEqual(files.filter((file) => !/^(dist\/|README\.md$|LICENSE$|package\.json$)/.test(file)), []);
  const require = createRequire(join(folder, 'index.js'));
  const manifest = require('fugitive-dashjs/package.json') as { exports: Record<string, string | object> };
  for (const [face, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      assert.ok(files.includes(file.slice(2)), `${face} names ${file}, which is not there`);
    }
  }
});

/** Makes each example a page of an app: an HTML file, and its script, as it stands and as JavaScript. Returns names. */
async function app({ folder }: Installed, { places }: Station, scripts: Example[]): Promise<string[]> {
  assert.ok(scripts.length > 0, 'the documentation has lost its examples');
  await mkdir(join(folder, 'src'), { recursive: true });
  return Promise.all(scripts.map(async (script) => {
    const name = script.place.replaceAll(/\W+/g, '-');
    const text = await placed(script, { ...places, files: '' });
    await writeFile(join(folder, 'src', `${name}.${script.language}`), text);
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    await writeFile(join(folder, 'src', `${name}.js`), outputText);
    await writeFile(join(folder, `${name}.html`), page(`/src/${name}.${script.language}`, 'type="module"'));
    return name;
  }));
}

async function examplesOf(file: string): Promise<Example[]> {
  return (await examples()).filter((example) => example.place.startsWith(`${file}:`) && plays(example));
}

function page(script: string, how: string): string {
  return `<!doctype html><title>A film</title><script src="${script}" ${how}></script><video muted controls></video>`;
}

/** The documented policy, around its part for scripts; a player's own needs are `blob:` media. */
function policy({ places: { film, signaling } }: Station, scripts: string, files = "'self'"): string {
  const connect = `connect-src ${files} ${new URL(signaling).origin} ${new URL(film).origin}`;
  return `default-src 'none'; ${scripts}; ${connect}; media-src blob:; img-src data:; style-src 'unsafe-inline'`;
}

function bundle(configuration: webpack.Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    webpack(configuration, (error, stats) => {
      const isClean = stats !== undefined && !stats.hasErrors() && !stats.hasWarnings();
      if (isClean) resolve();
      else reject(error ?? new Error(stats?.toString()));
    });
  });
}
