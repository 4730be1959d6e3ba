//! Takes comments, strings and regular expressions out of TypeScript, so that every brace left is code. Lines stay
//! where they are; a character that goes leaves a blank. Code inside `${}` of a template stays.

use std::iter::Peekable;
use std::str::Chars;

/// What may stand before a slash that begins a regular expression rather than a division.
const BEFORE_REGEX: &str = "(,=:[!&|?{};+-*%<>~^";

/// Returns `text` with everything that is no code blanked.
pub(super) fn blank(text: &str) -> String {
    let mut scanner = Scanner {
        rest: text.chars().peekable(),
        out: String::new(),
        templates: Vec::new(),
    };
    while scanner.step() {}
    scanner.out
}

struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    /// For each template around the current place, the number of braces open in its `${}`.
    templates: Vec<usize>,
}

impl Scanner<'_> {
    /// Takes one character or one literal; says whether anything was left.
    fn step(&mut self) -> bool {
        let Some(letter) = self.rest.next() else {
            return false;
        };
        match letter {
            '/' => self.slash(),
            '\'' | '"' => self.literal(letter),
            '`' => self.template(),
            '{' => {
                if let Some(open) = self.templates.last_mut() {
                    *open += 1;
                }
                self.out.push('{');
            }
            '}' => self.closing_brace(),
            other => self.keep(other),
        }
        true
    }

    fn closing_brace(&mut self) {
        match self.templates.last_mut() {
            Some(0) => {
                self.templates.pop();
                self.out.push(' ');
                self.template();
            }
            Some(open) => {
                *open -= 1;
                self.out.push('}');
            }
            None => self.out.push('}'),
        }
    }

    fn slash(&mut self) {
        self.out.push(' ');
        match self.rest.peek().copied() {
            Some('/') => {
                while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
                    self.drop(letter);
                }
            }
            Some('*') => self.comment(),
            _ if self.begins_regex() => self.regex(),
            _ => {}
        }
    }

    fn comment(&mut self) {
        let mut last = ' ';
        while let Some(letter) = self.rest.next() {
            self.drop(letter);
            if last == '*' && letter == '/' {
                return;
            }
            // The star that opens the comment does not close it.
            last = if last == ' ' && letter == '*' { '-' } else { letter };
        }
    }

    fn begins_regex(&self) -> bool {
        let before = self.out.trim_end();
        before.ends_with("return")
            || before
                .chars()
                .next_back()
                .is_none_or(|letter| BEFORE_REGEX.contains(letter))
    }

    fn regex(&mut self) {
        let mut in_class = false;
        while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
            self.drop(letter);
            match letter {
                '\\' => self.drop_next(),
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => return,
                _ => {}
            }
        }
    }

    fn literal(&mut self, quote: char) {
        self.out.push(' ');
        while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
            self.drop(letter);
            match letter {
                '\\' => self.drop_next(),
                other if other == quote => return,
                _ => {}
            }
        }
    }

    /// Text of a template up to its end or its next `${`.
    fn template(&mut self) {
        self.out.push(' ');
        while let Some(letter) = self.rest.next() {
            self.drop(letter);
            match letter {
                '\\' => self.drop_next(),
                '`' => return,
                '$' if self.rest.next_if_eq(&'{').is_some() => {
                    self.out.push(' ');
                    self.templates.push(0);
                    return;
                }
                _ => {}
            }
        }
    }

    fn drop_next(&mut self) {
        if let Some(letter) = self.rest.next() {
            self.drop(letter);
        }
    }

    fn drop(&mut self, letter: char) {
        self.out.push(if letter == '\n' { '\n' } else { ' ' });
    }

    fn keep(&mut self, letter: char) {
        self.out.push(letter);
    }
}
