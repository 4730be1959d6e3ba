//! A mistake in the TOML file, in one line.

/// What is wrong at a place of a file: the setting, and what TOML's reader says.
pub(super) fn describe(text: &str, start: usize, message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let line = text
        .get(..start)
        .unwrap_or_default()
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let Some((name, _)) = line.split_once('=') else {
        return message.to_owned();
    };
    let name = name.trim();
    match name {
        "listen" | "admin" => {
            format!("{name}: an address and a port is wanted, as \"127.0.0.1:7800\" ({message})")
        }
        _ => format!("{name}: {message}"),
    }
}
