// What the documentation says of options is what the code says.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

test('the_page_of_options_is_made_of_the_types', async () => {
  const { current, expected } = await page();
  assert.equal(current, expected, 'run `npm run options -w dashjs-bridge`, and look at the diff');
});

test('the_readme_names_every_option', async () => {
  const readme = await readFile(README, 'utf8');
  const table = readme.slice(readme.indexOf('### Options'), readme.indexOf('### What signaling asks'));
  const options = [...(await page()).players.matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option);
  assert.ok(options.length > 15, 'the page has lost its tables');
  assert.deepEqual(options.filter((option) => !table.includes(`\`${option}\``)), []);
});

test('the_page_of_options_has_those_of_each_function_that_takes_some', async () => {
  const { expected } = await page();
  for (const option of ['list', 'swarm', 'answerMs', 'waitMs', 'control', 'url', 'send', 'everyMs', 'cid', 'sid', 'parent']) {
    assert.ok(expected.includes(`| \`${option}\` |`), option);
  }
});

interface Page { current: string; expected: string; players: string }

async function page(): Promise<Page> {
  const { optionsPage } = (await import('../../build/options.mjs' as string)) as { optionsPage(): Promise<Page> };
  return optionsPage();
}
