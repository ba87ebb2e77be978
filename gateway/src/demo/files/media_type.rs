//! The media type of a file, from its name and its first bytes.

use std::path::Path;

/// The word of last resort.
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file. The content decides where it has a signature, because names lie (archives are published under
/// the extension `.xml`); the name decides between formats that look alike, which all text is.
pub fn media_type(name: &str, content: &[u8]) -> &'static str {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    by_signature(content, extension.as_deref()).or_else(|| text(content, extension.as_deref()?)).unwrap_or(UNKNOWN)
}

fn by_signature(content: &[u8], extension: Option<&str>) -> Option<&'static str> {
    match content {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        // The second is an archive of nothing: its directory is all there is.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(archive(extension)),
        _ => None,
    }
}

/// Office documents are archives: the name tells which.
fn archive(extension: Option<&str>) -> &'static str {
    match extension {
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("odt") => "application/vnd.oasis.opendocument.text",
        _ => "application/zip",
    }
}

fn text(content: &[u8], extension: &str) -> Option<&'static str> {
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content).trim_ascii_start();
    let first = content.first().copied();
    match extension {
        "xml" if first == Some(b'<') => Some("application/xml"),
        "json" if matches!(first, Some(b'{' | b'[')) => Some("application/json"),
        "txt" if !content.contains(&0) => Some("text/plain"),
        "csv" if !content.contains(&0) => Some("text/csv"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_wins_over_the_name_where_it_has_a_signature() {
        let cases: [(&str, &[u8], &str); 14] = [
            ("a.xml", b"<?xml version=\"1.0\"?><a/>", "application/xml"),
            ("a.XML", b"\xEF\xBB\xBF\r\n<a/>", "application/xml"),
            ("archive.xml", b"PK\x03\x04 more", "application/zip"),
            (
                "letter.docx",
                b"PK\x03\x04 more",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            ("letter.odt", b"PK\x03\x04 more", "application/vnd.oasis.opendocument.text"),
            ("a.zip", b"PK\x05\x06 more", "application/zip"),
            ("a.txt", b"%PDF-1.7", "application/pdf"),
            ("a.json", b" [1]", "application/json"),
            ("a.txt", b"1;2", "text/plain"),
            ("a.csv", b"1;2", "text/csv"),
            ("a.png", b"\x89PNG\r\n\x1A\n", "image/png"),
            ("a.jpg", b"\xFF\xD8\xFF\xE0", "image/jpeg"),
            ("a.pdf", b"not one", "application/octet-stream"),
            ("noextension", b"text", "application/octet-stream"),
        ];
        for (name, content, expected) in cases {
            assert_eq!(media_type(name, content), expected, "{name}");
        }
    }

    #[test]
    fn what_only_pretends_to_be_text_is_bytes() {
        for name in ["a.xml", "a.json", "a.txt", "a.csv"] {
            assert_eq!(media_type(name, b"\x00\x01\x02"), "application/octet-stream", "{name}");
        }
    }
}
