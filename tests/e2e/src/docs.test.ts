// The documentation's examples, as a reader would copy them: checked against the package as it would be published, and
// those that are whole are played.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { examples, isPage, placed } from './examples.js';
import { install } from './package.js';
import { ROOT } from './process.js';
import { serve, serveFiles } from './site.js';
import { Station } from './station.js';

/** How apps resolve packages. */
const RESOLUTIONS = [
  { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
] as const;

test('every_example_is_right_by_the_types_of_the_package', async (t) => {
  const { folder } = await install(t);
  const scripts = (await examples()).filter(({ language }) => language !== 'html');
  assert.ok(scripts.length >= 10, 'the documentation has lost its examples');
  await mkdir(join(folder, 'examples'));
  const files = await Promise.all(scripts.map(async ({ place, language, text }) => {
    const file = join(folder, 'examples', `${place.replaceAll(/[/.:]/g, '-')}.${language}`);
    await writeFile(file, text);
    return { file, text };
  }));
  for (const resolution of RESOLUTIONS) {
    // Shaka's types are a CommonJS module's, whose default a module of Node's does not get by that name.
    const isNode = resolution.module === ts.ModuleKind.Node16;
    const able = files.filter(({ text }) => !isNode || !text.includes("from 'shaka-player'")).map(({ file }) => file);
    assert.deepEqual(check(able, { ...resolution, skipLibCheck: true }), [], 'a file is named for its place');
  }
});

test('the_package_is_found_with_its_types_however_an_app_resolves_it', async (t) => {
  const { folder } = await install(t);
  const file = join(folder, 'faces.ts');
  await writeFile(file, `
    import { attachFugitive, FugitiveOptionError, type Fugitive, type FugitiveOptions } from 'fugitive-dashjs';
    import { attachFugitive as same } from 'fugitive-dashjs/dashjs';
    import { attachFugitive as toHls } from 'fugitive-dashjs/hlsjs';
    import { attachFugitive as toShaka } from 'fugitive-dashjs/shaka';
    import { createFetch, serveServiceWorker } from 'fugitive-dashjs/fetch';
    import { answerFetches } from 'fugitive-dashjs/service-worker';
    import type {} from 'fugitive-dashjs/global';
    const faces: readonly unknown[] = [attachFugitive, same, toHls, toShaka, serveServiceWorker, answerFetches, FugitiveOptionError];
    export const sameAsFetch: typeof fetch = createFetch({ signalingUrl: '/v1/ws', list: '/fugitive.files' });
    export const attach: typeof attachFugitive = fugitive.dashjs.attachFugitive;
    export const options: FugitiveOptions = { signalingUrl: '/v1/ws' };
    export const state = (of: Fugitive) => of.stats().state satisfies string;
    // @ts-expect-error An option that is none.
    export const wrong: FugitiveOptions = { signalingUrl: '/v1/ws', seederUrl: '' };
    export default faces;
  `);
  for (const resolution of RESOLUTIONS) assert.deepEqual(check([file], { ...resolution, skipLibCheck: false }), []);
});

test('every_page_of_the_documentation_plays_with_its_engine_as_it_stands', async (t) => {
  const { dist } = await install(t);
  const station = await Station.start(t);
  const files = await serveFiles(t, dist);
  const pages = (await examples()).filter(isPage);
  assert.ok(pages.length >= 4, 'the documentation has lost its pages');
  for (const page of pages) {
    await t.test(page.place, async (t) => {
      const text = await placed(page, { ...station.places, files });
      await station.watch(`${await serve(t, { folders: { '/fugitive/': dist }, pages: { '/': text } })}/`);
    });
  }
});

test('every_option_and_event_of_p2p_media_loader_has_an_answer', async () => {
  const types = await readFile(join(ROOT, 'node_modules/p2p-media-loader-core/lib/types.d.ts'), 'utf8');
  const page = await readFile(join(ROOT, 'docs/coming-from-p2p-media-loader.md'), 'utf8');
  const names = optionNames(types);
  assert.ok(names.length > 30, 'p2p-media-loader has other types than it had');
  assert.deepEqual(names.filter((name) => !new RegExp(`\`${name}[\`.]`).test(page)), []);
});

/** Members of what it calls a configuration or a map of events. */
function optionNames(text: string): string[] {
  const source = ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.Latest, true);
  const names = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isPropertySignature(node)) names.add(node.name.getText(source));
    else ts.forEachChild(node, collect);
  };
  for (const node of source.statements) {
    const named = ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
    if (named && /(Config|EventMap)$/.test(node.name.text)) collect(node);
  }
  return [...names];
}

/** What TypeScript complains of. */
function check(files: string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: [],
    strict: true, exactOptionalPropertyTypes: true, allowJs: true, checkJs: true, noEmit: true, esModuleInterop: true,
    ...options,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    return `${diagnostic.file?.fileName ?? ''}:${line + 1} ${text}`;
  });
}
