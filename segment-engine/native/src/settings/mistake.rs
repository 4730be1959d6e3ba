//! A mistake in the TOML file, in one line: where it is, which setting it is, and what that is to be.

/// What is wanted of settings whose mistakes TOML's reader tells in words of its own.
const WANTED: [(&str, &str); 5] = [
    ("http", "an address and a port, as \"127.0.0.1:8042\""),
    ("udp_addresses", "addresses and ports, as [\"0.0.0.0:40000\"]"),
    ("public_addresses", "addresses, as [\"203.0.113.7\"]"),
    ("[stream]", "[[stream]], in two brackets, before each stream"),
    ("stream", "[[stream]], in two brackets, before each stream"),
];

/// On which line of `text` a mistake is that begins at `start`, counted from 1.
pub(super) fn line(text: &str, start: usize) -> usize {
    1 + before(text, start).matches('\n').count()
}

/// What is wrong there: the setting, what is wanted of it or else what TOML's reader says.
pub(super) fn describe(text: &str, start: usize, message: &str) -> String {
    let message = message.replace('\n', " ");
    let Some(setting) = setting(text, start) else {
        return message;
    };
    // The name of one that is unknown is in the message.
    if message.contains(&format!("`{setting}`")) {
        return message;
    }
    match WANTED.iter().find(|(name, _)| *name == setting) {
        Some((_, wanted)) => format!("{setting}: write {wanted} ({message})"),
        None => format!("{setting}: {message}"),
    }
}

/// The setting whose value is at `start`: the nearest name at the beginning of a line, there or above, or the head of a table.
fn setting(text: &str, start: usize) -> Option<&str> {
    let end = text
        .get(start..)?
        .find('\n')
        .map_or(text.len(), |end| start + end);
    text.get(..end)?.lines().rev().find_map(|line| {
        let line = line.trim();
        if line.starts_with('[') {
            return Some(line);
        }
        let (name, _) = line.split_once('=')?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        Some(name.trim()).filter(|name| !name.is_empty() && name.bytes().all(is_name))
    })
}

fn before(text: &str, start: usize) -> &str {
    text.get(..start).unwrap_or_default()
}
