//! JSON (RFC 8259), as much as signaling's messages need of it.
//!
//! serde_json would be a tenth of what every page loads. In tests it is the oracle that this reader is compared with.

/// How deep arrays and objects may lie in one another. Messages of this version go three deep.
const MAX_DEPTH: u32 = 16;

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`, `true` or `false`.
    Literal(Option<bool>),
    /// A number as it was written.
    Number(String),
    /// A text, its escapes undone.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object's members, in order.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads one value, with nothing but space around it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        (reader.at == text.len()).then_some(value)
    }

    /// A member of an object that is there and not `null`. Where there are several of the name, the first.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let (_, value) = members.iter().find(|(member, _)| member == name)?;
        // Not by `==`: to compare whole values is code that every page would load.
        (!matches!(value, Self::Literal(None))).then_some(value)
    }

    /// A text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Literal(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// A whole number from zero, written as one.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            Self::Literal(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Literal(flag) => *flag,
            Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// A whole number, written as one.
    pub(crate) fn whole(&self) -> Option<i64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            Self::Literal(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// An array's values.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            Self::Literal(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) => None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    /// The position of reading; always between two characters.
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u32) -> Option<Json> {
        self.skip_space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b'n' => self.word("null", None),
            b't' => self.word("true", Some(true)),
            b'f' => self.word("false", Some(false)),
            _ => self.number().map(Json::Number),
        }
    }

    fn object(&mut self, depth: u32) -> Option<Json> {
        let mut members = Vec::new();
        self.items(depth, b'}', |reader| {
            reader.skip_space();
            let name = reader.string()?;
            reader.skip_space();
            reader.expect(b':')?;
            members.push((name, reader.value(depth + 1)?));
            Some(())
        })?;
        Some(Json::Object(members))
    }

    fn list(&mut self, depth: u32) -> Option<Json> {
        let mut values = Vec::new();
        self.items(depth, b']', |reader| {
            values.push(reader.value(depth + 1)?);
            Some(())
        })?;
        Some(Json::List(values))
    }

    /// Items with commas between them, from the opening bracket to the closing one.
    fn items(&mut self, depth: u32, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.skip_space();
        if self.expect(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.skip_space();
            if self.expect(close).is_some() {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    fn word(&mut self, word: &str, meaning: Option<bool>) -> Option<Json> {
        self.rest().starts_with(word).then(|| {
            self.at += word.len();
            Json::Literal(meaning)
        })
    }

    fn number(&mut self) -> Option<String> {
        let start = self.at;
        let _ = self.expect(b'-');
        if self.expect(b'0').is_none() {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if self.expect(b'e').or_else(|| self.expect(b'E')).is_some() {
            let _ = self.expect(b'+').or_else(|| self.expect(b'-'));
            self.digits()?;
        }
        Some(self.text[start..self.at].to_owned())
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|it| matches!(it, '"' | '\\' | '\0'..='\x1f'))?;
            text.push_str(&rest[..plain]);
            self.at += plain;
            if self.expect(b'"').is_some() {
                return Some(text);
            }
            self.expect(b'\\')?;
            text.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += usize::from(letter.is_ascii());
        Some(match letter {
            b'"' | b'\\' | b'/' => letter.into(),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// One escape, or the two of a character beyond 16 bits.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        // A sign is a number's beginning elsewhere, but no digit.
        digits
            .bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn skip_space(&mut self) {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().bytes().take_while(|byte| space(byte)).count();
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
}

/// Writes one object, member by member.
#[derive(Debug)]
pub(crate) struct ObjectWriter<'a> {
    to: &'a mut String,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    /// Opens an object at the end of a text.
    pub(crate) fn open(to: &'a mut String) -> Self {
        to.push('{');
        Self { to, empty: true }
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        write_text(self.member(name), text);
    }

    /// A text, where there is one.
    pub(crate) fn maybe_text(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A whole number.
    pub(crate) fn count(&mut self, name: &str, count: u64) {
        self.member(name).push_str(&count.to_string());
    }

    /// A whole number, where there is one.
    pub(crate) fn maybe_count(&mut self, name: &str, count: Option<u32>) {
        if let Some(count) = count {
            self.count(name, count.into());
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, flag: bool) {
        self.member(name).push_str(if flag { "true" } else { "false" });
    }

    /// Any other value, which is to be written to what this returns.
    pub(crate) fn member(&mut self, name: &str) -> &mut String {
        if !self.empty {
            self.to.push(',');
        }
        self.empty = false;
        write_text(self.to, name);
        self.to.push(':');
        self.to
    }

    /// Closes it.
    pub(crate) fn close(self) {
        self.to.push('}');
    }
}

/// Writes an array, whose values are written one by one.
pub(crate) fn write_list<T>(to: &mut String, values: &[T], mut write: impl FnMut(&mut String, &T)) {
    to.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        write(to, value);
    }
    to.push(']');
}

/// Writes a whole number.
pub(crate) fn write_whole(to: &mut String, number: i64) {
    if number < 0 {
        to.push('-');
    }
    to.push_str(&number.unsigned_abs().to_string());
}

/// Writes a text between quotes.
pub(crate) fn write_text(to: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    to.push('"');
    for character in text.chars() {
        let short = match character {
            '"' | '\\' => character,
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0c' => 'f',
            '\r' => 'r',
            '\0'..='\x1f' => {
                let code = character as usize;
                to.push_str("\\u00");
                to.push(HEX[code >> 4].into());
                to.push(HEX[code & 15].into());
                continue;
            }
            _ => {
                to.push(character);
                continue;
            }
        };
        to.push('\\');
        to.push(short);
    }
    to.push('"');
}

#[cfg(test)]
mod tests;
