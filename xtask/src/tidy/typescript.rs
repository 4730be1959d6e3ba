//! Reads a TypeScript file's shape with a scanner: what is between braces is a function's body where the code before
//! the brace is a parameter list or an arrow. `blank` takes comments and strings away first.

use super::sizes::{Function, Shape};

mod blank;

/// Words before a parenthesis that open a block, not a function.
const CONTROL: [&str; 6] = ["if", "for", "while", "switch", "catch", "with"];

/// Lines and functions of a file.
pub(super) fn shape(text: &str) -> Shape {
    let code = blank::blank(text);
    let mut functions = Vec::new();
    let mut open = Vec::new();
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => open.push(header(&code[..at])),
            b'}' => {
                let Some(Some(Header { name, start })) = open.pop() else {
                    continue;
                };
                let line = line_of(&code, start);
                functions.push(Function {
                    name,
                    line,
                    lines: line_of(&code, at) + 1 - line,
                });
            }
            _ => {}
        }
    }
    functions.sort_by_key(|function| function.line);
    Shape {
        production_lines: text.lines().count(),
        functions,
    }
}

/// Where a function begins, and what it is called.
struct Header {
    name: String,
    start: usize,
}

/// Reads backwards from an opening brace.
fn header(before: &str) -> Option<Header> {
    let end = before.trim_end();
    if let Some(parameters) = end.strip_suffix("=>") {
        let start = parameter_start(parameters).unwrap_or(parameters.trim_end().len());
        let name = name_of_arrow(&before[..start]);
        return Some(Header { name, start });
    }
    let start = parameter_start(end)?;
    let head = without_generics(before[..start].trim_end());
    let name = last_word(head);
    if name.is_empty() || CONTROL.contains(&name) {
        return None;
    }
    Some(Header {
        name: name.to_owned(),
        start: head.len() - name.len(),
    })
}

/// Where the parameter list begins that ends this text, with or without a return type after it.
fn parameter_start(text: &str) -> Option<usize> {
    let text = text.trim_end();
    let close = text.rfind(')')?;
    let between = text[close + 1..].trim();
    let is_type = between.is_empty() || (between.starts_with(':') && !between.contains([';', '{', '}', '=']));
    if !is_type {
        return None;
    }
    let mut depth = 0_usize;
    for (at, byte) in text
        .bytes()
        .enumerate()
        .take(close + 1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 1 => return Some(at),
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `name` of `const name = async ` or `name: `.
fn name_of_arrow(before: &str) -> String {
    let before = before.trim_end();
    let before = before.strip_suffix("async").unwrap_or(before).trim_end();
    let name = before
        .strip_suffix(['=', ':'])
        .map_or("", |head| last_word(head.trim_end()));
    if name.is_empty() {
        "arrow function".to_owned()
    } else {
        name.to_owned()
    }
}

fn without_generics(head: &str) -> &str {
    if !head.ends_with('>') {
        return head;
    }
    head.rfind('<').map_or(head, |open| head[..open].trim_end())
}

fn last_word(text: &str) -> &str {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '#');
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, letter)| is_part(*letter))
        .last();
    start.map_or("", |(at, _)| &text[at..])
}

fn line_of(code: &str, at: usize) -> usize {
    code.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
