// The npm package as it would be published, packed and installed into a folder of its own, with the players that a site
// has beside it.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from './process.js';

const run = promisify(execFile);
/** What a site installs besides; here they are the repository's own, so that nothing is fetched. */
const PLAYERS = ['dashjs', 'hls.js', 'shaka-player', 'vite'];

/** A site's folder. */
export interface Installed {
  folder: string;
  /** The package within it. */
  dist: string;
}

/** Packs the package and installs the tarball, without any registry. */
export async function install(t: TestContext): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'fugitive-site-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await npm(join(ROOT, 'dashjs-bridge'), ['pack', '--json', '--pack-destination', folder]);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack made nothing: ${stdout}`);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }));
  await npm(folder, ['install', '--offline', '--no-audit', '--no-fund', `./${packed.filename}`]);
  for (const name of PLAYERS) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return { folder, dist: join(folder, 'node_modules/fugitive-dashjs/dist') };
}

function npm(cwd: string, args: string[]) {
  // A test that npm runs has its settings in the environment: those of the workspace are not the site's.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)));
  return run('npm', args, { cwd, env });
}
