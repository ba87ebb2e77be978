//! Follows the framing of HTTP/1.1 requests beside the parser, to find what that one tolerates: a repeated `Content-Length`, or
//! one together with `Transfer-Encoding`. Two readers of such a request need not agree where it ends, so it is refused (RFC 9112
//! section 6.3). Bytes only pass through here; what cannot be followed is left to the parser, which refuses it.

/// Longer lines are cut: neither header of interest needs as much.
const LINE_MAX_BYTES: usize = 128;

/// Follows one connection.
#[derive(Debug)]
pub(super) struct Inspector {
    state: State,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    head: Head,
    /// Heads that have ended.
    heads: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// So many bytes of a body to come.
    Body(u64),
    ChunkSize,
    /// So many bytes of a chunk and of the line end after it to come.
    Chunk(u64),
    Trailers,
    /// HTTP/2, or broken: the parser's business.
    Off,
}

#[derive(Debug, Default)]
struct Head {
    started: bool,
    content_lengths: u32,
    content_length: u64,
    chunked: bool,
    malformed: bool,
}

impl Inspector {
    pub(super) fn new() -> Self {
        Self { state: State::Head, line: Vec::new(), head: Head::default(), heads: 0 }
    }

    /// Looks at bytes that came in; gives the number of the first request that is ambiguous, counted from 0.
    pub(super) fn inspect(&mut self, mut bytes: &[u8]) -> Option<u64> {
        while !bytes.is_empty() {
            match self.state {
                State::Off => return None,
                State::Body(left) => bytes = self.skip(bytes, left, State::Body, State::Head),
                State::Chunk(left) => bytes = self.skip(bytes, left, State::Chunk, State::ChunkSize),
                State::Head | State::ChunkSize | State::Trailers => {
                    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                        self.keep(bytes);
                        return None;
                    };
                    let (line, rest) = bytes.split_at(end);
                    bytes = &rest[1..];
                    if self.take_line(line) {
                        self.state = State::Off;
                        return Some(self.heads);
                    }
                }
            }
        }
        None
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, now: fn(u64) -> State, next: State) -> &'a [u8] {
        let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - skipped as u64;
        self.state = if left == 0 { next } else { now(left) };
        &bytes[skipped..]
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_MAX_BYTES.saturating_sub(self.line.len()).min(bytes.len());
        self.line.extend_from_slice(&bytes[..room]);
    }

    /// Whether the head that ends with this line is ambiguous.
    fn take_line(&mut self, end: &[u8]) -> bool {
        if self.line.is_empty() {
            return self.read_line(trimmed(end));
        }
        self.keep(end);
        let line = std::mem::take(&mut self.line);
        self.read_line(trimmed(&line))
    }

    fn read_line(&mut self, line: &[u8]) -> bool {
        match self.state {
            State::Head => return self.read_head_line(line),
            State::ChunkSize => {
                self.state = match chunk_size(line) {
                    Some(0) => State::Trailers,
                    Some(size) => State::Chunk(size.saturating_add(2)),
                    None => State::Off,
                };
            }
            State::Trailers if line.is_empty() => self.state = State::Head,
            State::Trailers | State::Body(_) | State::Chunk(_) | State::Off => {}
        }
        false
    }

    fn read_head_line(&mut self, line: &[u8]) -> bool {
        if line.is_empty() {
            // Empty lines before a request are tolerated.
            return self.head.started && self.end_head();
        }
        if !self.head.started {
            self.head.started = true;
            if self.heads == 0 && line.starts_with(b"PRI * HTTP/2") {
                self.state = State::Off;
            }
            return false;
        }
        // Nearly every header begins with another letter.
        if matches!(line[0] | 0x20, b'c' | b't')
            && let Some(colon) = line.iter().position(|byte| *byte == b':')
        {
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if name.eq_ignore_ascii_case(b"content-length") {
                self.head.content_lengths += 1;
                match std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()) {
                    Some(length) => self.head.content_length = length,
                    None => self.head.malformed = true,
                }
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                self.head.chunked = true;
            }
        }
        false
    }

    fn end_head(&mut self) -> bool {
        let head = std::mem::take(&mut self.head);
        if head.content_lengths > 1 || (head.content_lengths == 1 && head.chunked) {
            return true;
        }
        self.state = match head {
            Head { malformed: true, .. } => State::Off,
            Head { chunked: true, .. } => State::ChunkSize,
            Head { content_length: 0, .. } => State::Head,
            Head { content_length, .. } => State::Body(content_length),
        };
        self.heads += 1;
        false
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cut in every way into two pieces, and byte by byte.
    fn inspect(stream: &str) -> Option<u64> {
        let whole = Inspector::new().inspect(stream.as_bytes());
        for cut in 0..stream.len() {
            let mut inspector = Inspector::new();
            let (first, second) = stream.as_bytes().split_at(cut);
            assert_eq!(inspector.inspect(first).or_else(|| inspector.inspect(second)), whole, "cut at {cut}");
        }
        let mut inspector = Inspector::new();
        assert_eq!(stream.as_bytes().chunks(1).find_map(|byte| inspector.inspect(byte)), whole);
        whole
    }

    const PLAIN: &str = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na\r\nb\n";
    const CHUNKED: &str = "\r\nPOST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\n\r\n\r\n!\r\nA\r\n0123456789\r\n0\r\nT: Content-Length: 1\r\n\r\n";
    const DOUBLE: &str = "POST / HTTP/1.1\r\nContent-Length: 5\r\ncontent-LENGTH: 5\r\n\r\nhello";
    const BOTH: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length:5\r\n\r\n0\r\n\r\n";

    #[test]
    fn ordinary_requests_pass() {
        assert_eq!(inspect(&format!("GET / HTTP/1.1\r\n\r\n{PLAIN}{CHUNKED}{PLAIN}GET / HTTP/1.0\n\n")), None);
    }

    #[test]
    fn a_repeated_length_is_found_wherever_it_stands() {
        assert_eq!(inspect(DOUBLE), Some(0));
        assert_eq!(inspect(BOTH), Some(0));
        assert_eq!(inspect(&format!("{PLAIN}{CHUNKED}{DOUBLE}")), Some(2));
        assert_eq!(inspect(&format!("{CHUNKED}{BOTH}{PLAIN}")), Some(1));
    }

    #[test]
    fn what_looks_like_a_head_in_a_body_is_not_one() {
        let length = DOUBLE.len();
        assert_eq!(inspect(&format!("PUT / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{DOUBLE}{PLAIN}")), None);
        let chunked =
            format!("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{DOUBLE}\r\n0\r\n\r\n{PLAIN}");
        assert_eq!(inspect(&chunked), None);
    }

    #[test]
    fn http_2_is_not_looked_at() {
        assert_eq!(inspect(&format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{DOUBLE}")), None);
    }

    proptest! {
        #[test]
        fn nothing_that_comes_in_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..2000), cut in 1..50usize) {
            let mut inspector = Inspector::new();
            for piece in bytes.chunks(cut) {
                inspector.inspect(piece);
                prop_assert!(inspector.line.len() <= LINE_MAX_BYTES);
            }
        }
    }
}
