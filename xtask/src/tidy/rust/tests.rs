//! Shapes of small files.

use super::*;

#[test]
fn measures_functions_methods_and_defaults() {
    let text = "\
fn one() {}

impl A {
    /// Documentation does not count.
    #[must_use]
    fn two(
        &self,
    ) -> u8 {
        1
    }
}

trait B {
    fn required(&self);
    fn three(&self) {
    }
}
";
    let functions = shape(text).unwrap().functions;
    let found: Vec<(&str, usize, usize)> = functions
        .iter()
        .map(|function| (function.name.as_str(), function.line, function.lines))
        .collect();
    assert_eq!(found, [("one", 1, 1), ("two", 6, 5), ("three", 15, 2)]);
}

#[test]
fn leaves_out_what_is_only_compiled_for_tests() {
    let text = "\
const A: u8 = 1;
#[cfg(test)]
mod tests {
    fn helper() {}
}
#[cfg(not(test))]
fn kept() {}
";
    let shape = shape(text).unwrap();
    assert_eq!(shape.production_lines, 3);
    assert_eq!(shape.functions.len(), 1);
}
