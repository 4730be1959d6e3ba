//! Rule: no production file over 600 lines, no production function over 80. Tests are free.

use anyhow::{Context, Result};

use super::Complaint;
use super::tree::{Language, Purpose, Source};
use super::{rust, typescript};

/// Lines of a file, without its tests.
const FILE_LIMIT: usize = 600;
/// Lines of a function, from its signature to its closing brace.
const FUNCTION_LIMIT: usize = 80;

/// What a language's reader finds in a file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// Lines that are not part of a test.
    pub(super) production_lines: usize,
    /// The functions outside tests.
    pub(super) functions: Vec<Function>,
}

/// A function's name and extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// Line of the signature, counted from 1.
    pub(super) line: usize,
    /// Number of lines up to the closing brace.
    pub(super) lines: usize,
}

pub(super) fn check(source: &Source) -> Result<Vec<Complaint>> {
    if source.purpose() == Purpose::Test {
        return Ok(Vec::new());
    }
    let shape = match source.language {
        Language::Rust => rust::shape(&source.text).with_context(|| source.path.clone())?,
        Language::TypeScript => typescript::shape(&source.text),
    };
    Ok(judge(&source.path, &shape))
}

fn judge(path: &str, shape: &Shape) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if shape.production_lines > FILE_LIMIT {
        let text = format!(
            "{} lines, {FILE_LIMIT} are allowed: split the file",
            shape.production_lines
        );
        complaints.push(Complaint::new(path, text));
    }
    for function in shape
        .functions
        .iter()
        .filter(|function| function.lines > FUNCTION_LIMIT)
    {
        let Function { name, line, lines } = function;
        let text = format!("`{name}` has {lines} lines, {FUNCTION_LIMIT} are allowed: split the function");
        complaints.push(Complaint::new(format!("{path}:{line}"), text));
    }
    complaints
}

#[cfg(test)]
mod tests;
