//! Files and functions at the limit, and one line over.

use super::*;

fn rust_function(lines: usize) -> String {
    format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
}

fn complaints(path: &str, language: Language, text: String) -> Vec<String> {
    let source = Source {
        path: path.to_owned(),
        language,
        text,
    };
    check(&source).unwrap().iter().map(Complaint::to_string).collect()
}

#[test]
fn functions_may_have_80_lines_and_not_81() {
    assert!(complaints("a.rs", Language::Rust, rust_function(80)).is_empty());
    assert_eq!(
        complaints("a.rs", Language::Rust, rust_function(81)),
        ["a.rs:1: `long` has 81 lines, 80 are allowed: split the function"]
    );
    let typescript = format!("function long() {{\n{}}}\n", "  step();\n".repeat(79));
    assert_eq!(
        complaints("a.ts", Language::TypeScript, typescript),
        ["a.ts:1: `long` has 81 lines, 80 are allowed: split the function"]
    );
}

#[test]
fn files_may_have_600_lines_and_not_601() {
    let constant = "const A: u8 = 1;\n";
    assert!(complaints("a.rs", Language::Rust, constant.repeat(600)).is_empty());
    assert_eq!(
        complaints("a.rs", Language::Rust, constant.repeat(601)),
        ["a.rs: 601 lines, 600 are allowed: split the file"]
    );
    let tests = format!(
        "{}#[cfg(test)]\nmod tests {{\n{}}}\n",
        constant.repeat(600),
        constant.repeat(50)
    );
    assert!(complaints("a.rs", Language::Rust, tests).is_empty());
}

#[test]
fn tests_are_free() {
    assert!(complaints("a/tests.rs", Language::Rust, rust_function(700)).is_empty());
}
