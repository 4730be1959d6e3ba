//! Functions in all their spellings, and braces that are none.

use super::*;

fn found(text: &str) -> Vec<(String, usize, usize)> {
    shape(text)
        .functions
        .into_iter()
        .map(|function| (function.name, function.line, function.lines))
        .collect()
}

fn named(names: &[(&str, usize, usize)]) -> Vec<(String, usize, usize)> {
    names
        .iter()
        .map(|(name, line, lines)| ((*name).to_owned(), *line, *lines))
        .collect()
}

#[test]
fn finds_functions_methods_and_arrows() {
    let text = "\
export async function one<T>(
  a: T,
): Promise<void> {
  if (a) {
    b();
  }
}
class C {
  #two(a: number): string { return ''; }
}
const three = async (a) => {
  for (const b of a) { c(b); }
};
listen('x', (a) => {
});
";
    let expected = named(&[
        ("one", 1, 7),
        ("#two", 9, 1),
        ("three", 11, 3),
        ("arrow function", 14, 2),
    ]);
    assert_eq!(found(text), expected);
}

#[test]
fn objects_types_and_blocks_are_no_functions() {
    let text = "\
interface A { b(c: number): void }
const d = { e: 1 };
try { f(); } catch (error) { g(error); }
switch (h) { default: break; }
";
    assert!(found(text).is_empty());
}

#[test]
fn braces_in_text_do_not_count() {
    let text = "\
function a() {
  // }
  /* } */ /**/
  const b = '}' + \"}\" + `} ${c({ d: `}` })} }`;
  const e = /[/}]}/.test(f) ? 1 / 2 : 3 / 4;
  return /}/;
}
function g() {}
";
    assert_eq!(found(text), named(&[("a", 1, 7), ("g", 8, 1)]));
}
