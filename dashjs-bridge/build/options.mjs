// The page of options, docs/options.md: its tables are made of what the interfaces of options say, between two marks.
// `--write` renews them; a test compares them with the code.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}../docs/options.md`;
const [BEGIN, END] = ['<!-- options: begin -->\n', '<!-- options: end -->'];

/** Interfaces in the page's order: what a reader sees, the prefix of the option, its interface, the file of that under ts/. */
const tables = [
  ['Where, who and when', '', 'FugitiveOptions', 'options.ts'],
  ['How the engine behaves', '', 'EngineOptions', 'options.ts'],
  ['What the page does for others', 'policy.', 'PolicyOptions', 'options.ts'],
];
/** Of other functions than `attachFugitive`; what their interfaces say of themselves stands above the table. */
const others = [
  ['`createFetch` of `fugitive-dashjs/fetch`', '', 'FetchOptions', 'fetch/create.ts'],
  ['`answerFetches` of `fugitive-dashjs/service-worker`', '', 'AnswerOptions', 'service-worker/answer.ts'],
  ['`startBeacon` of `fugitive-dashjs/beacon`', '', 'BeaconOptions', 'beacon/start.ts'],
  ['`showOverlay` of `fugitive-dashjs/overlay`', '', 'OverlayOptions', 'overlay/show.ts'],
];
/** Types that a reader would have to look up. */
const spelled = {
  'Allowance': "`'on' | 'off'`",
  'Partial<DeviceLimits>': '`{ maxTargetPeers?: number; storeBytes?: number; uploadPercent?: number; maxUploadBitsPerSecond?: number }`',
  'PolicyOptions': 'see below',
};

/** The page as it is and as it should be, and of that the tables of `attachFugitive`. */
export async function optionsPage() {
  const current = await readFile(page, 'utf8');
  const [begin, end] = [current.indexOf(BEGIN), current.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('docs/options.md has lost the marks of its tables');
  const [players, beside] = await Promise.all([
    Promise.all(tables.map(async ([title, ...table]) => section([title], await read(table)))),
    Promise.all(others.map(async ([title, ...table]) => {
      const described = await read(table);
      return section([title, described.about], described);
    })),
  ]);
  const made = [...players, ...beside].join('\n');
  return { current, expected: current.slice(0, begin + BEGIN.length) + made + current.slice(end), players: players.join('\n') };
}

async function read([prefix, name, file]) {
  const source = ts.createSourceFile(file, await readFile(`${root}ts/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (declaration === undefined) throw new Error(`ts/${file} has no interface ${name}`);
  const rows = declaration.members.map((member) => row(prefix, member, source));
  return { about: plain(docOf(declaration, name).comment), rows };
}

function section(head, { rows }) {
  return `## ${head.join('\n\n')}\n\n| option | values | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function docOf(node, name) {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  if (doc === undefined) throw new Error(`${name} has no documentation`);
  return doc;
}

function row(prefix, member, source) {
  const name = `${prefix}${member.name.getText(source)}`;
  const doc = docOf(member, name);
  const standard = doc.tags?.find((tag) => tag.tagName.text === 'default');
  const type = member.type.getText(source);
  const isOptional = member.questionToken !== undefined;
  if (isOptional && standard === undefined) throw new Error(`${name} has no @default`);
  const otherwise = isOptional ? plain(standard.comment) : 'must be given';
  const values = (spelled[type] ?? `\`${type}\``).replaceAll('|', '\\|');
  return `| \`${name}\` | ${values} | ${otherwise} | ${plain(doc.comment)} |`;
}

function plain(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

if (process.argv.includes('--write')) await writeFile(page, (await optionsPage()).expected);
