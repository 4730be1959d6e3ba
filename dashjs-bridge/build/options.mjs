// The page of options, docs/options.md: its tables are made of what ts/options.ts says, between two marks. `--write`
// renews them; a test compares them with the code.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}../docs/options.md`;
const [BEGIN, END] = ['<!-- options: begin -->\n', '<!-- options: end -->'];

/** Interfaces in the page's order: what a reader sees, the prefix of the option, its interface. */
const tables = [
  ['Where, who and when', '', 'FugitiveOptions'],
  ['How the engine behaves', '', 'EngineOptions'],
  ['What the page does for others', 'policy.', 'PolicyOptions'],
];
/** Types that a reader would have to look up. */
const spelled = {
  'Allowance': "`'on' | 'off'`",
  'Partial<DeviceLimits>': '`{ maxTargetPeers?: number; storeBytes?: number; uploadPercent?: number; maxUploadBitsPerSecond?: number }`',
  'PolicyOptions': 'see below',
};

/** The page as it is, and as it should be. */
export async function optionsPage() {
  const current = await readFile(page, 'utf8');
  const [begin, end] = [current.indexOf(BEGIN), current.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('docs/options.md has lost the marks of its tables');
  const made = (await Promise.all(tables.map(table))).join('\n');
  return { current, expected: current.slice(0, begin + BEGIN.length) + made + current.slice(end) };
}

async function table([title, prefix, name]) {
  const text = await readFile(`${root}ts/options.ts`, 'utf8');
  const source = ts.createSourceFile('options.ts', text, ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (declaration === undefined) throw new Error(`ts/options.ts has no interface ${name}`);
  const rows = declaration.members.map((member) => row(prefix, member, source));
  return `## ${title}\n\n| option | values | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function row(prefix, member, source) {
  const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  if (doc === undefined) throw new Error(`${prefix}${member.name.getText(source)} has no documentation`);
  const standard = doc.tags?.find((tag) => tag.tagName.text === 'default');
  const type = member.type.getText(source);
  const otherwise = member.questionToken === undefined ? 'must be given' : plain(standard?.comment);
  const values = (spelled[type] ?? `\`${type}\``).replaceAll('|', '\\|');
  return `| \`${prefix}${member.name.getText(source)}\` | ${values} | ${otherwise} | ${plain(doc.comment)} |`;
}

function plain(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

if (process.argv.includes('--write')) await writeFile(page, (await optionsPage()).expected);
