// The README is the package's page on npm, where nothing of the repository is beside it.

import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const README = new URL('../../README.md', import.meta.url);
const DOCS = new URL('../../../docs/', import.meta.url);

test('the_readme_links_to_nothing_outside_of_the_package_and_names_pages_that_are_there', async () => {
  const readme = await readFile(fileURLToPath(README), 'utf8');
  const targets = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  assert.deepEqual(targets.filter((target) => !/^(https:|#|dist\/)/.test(target)), []);
  const pages = [...readme.matchAll(/`docs\/([\w-]+\.md)`/g)].map(([, page = '']) => page);
  assert.ok(pages.length > 0);
  for (const page of pages) await access(fileURLToPath(new URL(page, DOCS)));
});
