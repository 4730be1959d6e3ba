//! Describes a mistake in the TOML file in one line: its place, its setting, and the expected value.

use super::Expected;

/// The line of `text` with the mistake that begins at `start`, counted from 1.
pub(super) fn line(text: &str, start: usize) -> usize {
    1 + before(text, start).matches('\n').count()
}

/// Describes a mistake: the setting, and its expected value, or else the TOML parser's message.
pub(super) fn describe(text: &str, start: usize, message: &str, expected: &[Expected]) -> String {
    let message = message.replace('\n', " ");
    let Some(setting) = setting(text, start) else {
        return message;
    };
    // The name of one that is unknown is in the message.
    if message.contains(&format!("`{setting}`")) {
        return message;
    }
    match expected.iter().find(|(name, _)| *name == setting) {
        Some((_, value)) => format!("{setting}: write {value} ({message})"),
        None => format!("{setting}: {message}"),
    }
}

/// The setting whose value is at `start`: the name at the beginning of the line, that of the array which is open there, or the
/// head of a table.
fn setting(text: &str, start: usize) -> Option<&str> {
    let above = before(text, start);
    let begin = above.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(begin..)?.lines().next()?;
    name(line)
        .or_else(|| open_array(text.get(..begin)?))
        .or_else(|| head(line))
}

/// The setting that a line begins with.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    Some(name.trim()).filter(|name| is_name(name))
}

/// The setting whose array has begun and not ended.
fn open_array(above: &str) -> Option<&str> {
    let mut depth = 0;
    for line in above.lines().rev() {
        depth += opened(line);
        if let Some(name) = name(line) {
            return (depth > 0).then_some(name);
        }
    }
    None
}

/// How many more brackets a line opens than it closes, outside of strings and comments.
fn opened(line: &str) -> isize {
    let bare = line.split('"').step_by(2);
    let (mut depth, mut is_comment) = (0, false);
    for byte in bare.flat_map(str::bytes) {
        is_comment |= byte == b'#';
        depth += match byte {
            b'[' if !is_comment => 1,
            b']' if !is_comment => -1,
            _ => 0,
        };
    }
    depth
}

/// The head of a table, as `[name]` or `[[name]]`.
fn head(line: &str) -> Option<&str> {
    let head = line.split('#').next()?.trim();
    let inner = head.strip_prefix('[')?.strip_suffix(']')?;
    let inner = inner
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(inner);
    is_name(inner.trim()).then_some(head)
}

fn is_name(text: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_one)
}

fn before(text: &str, start: usize) -> &str {
    text.get(..start).unwrap_or_default()
}

#[cfg(test)]
mod tests;
