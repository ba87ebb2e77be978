//! What a file really is, judged by its first bytes, against the media type that was announced.
//!
//! Families are compared, not letters: a docx or an odt is a zip, a CSV is text, XML may be called `text/xml` or
//! `application/xml`. A media type that we know nothing of is believed.

/// How many first bytes of a file are enough to judge it.
pub const HEAD_BYTES: usize = 8 * 1024;

/// What kinds of content look alike from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Pdf,
    Zip,
    /// The older binary office formats.
    CompoundFile,
    Image,
    Text,
}

fn announced(media_type: &str) -> Option<Family> {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/pdf" | "application/x-pdf" => Some(Family::Pdf),
        "application/zip" | "application/x-zip" | "application/x-zip-compressed" | "application/epub+zip" => {
            Some(Family::Zip)
        }
        "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/vnd.ms-outlook" => Some(Family::CompoundFile),
        "application/xml" | "application/json" | "application/csv" | "application/sql" => Some(Family::Text),
        "image/svg+xml" => Some(Family::Text),
        other
            if other.starts_with("application/vnd.openxmlformats-")
                || other.starts_with("application/vnd.oasis.opendocument.") =>
        {
            Some(Family::Zip)
        }
        other if other.ends_with("+xml") || other.ends_with("+json") || other.starts_with("text/") => {
            Some(Family::Text)
        }
        "image/jpeg" | "image/jpg" | "image/png" | "image/gif" | "image/tiff" | "image/bmp" | "image/webp" => {
            Some(Family::Image)
        }
        _ => None,
    }
}

fn found(head: &[u8]) -> Option<Family> {
    const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    // A PDF may begin with up to a kilobyte of something else.
    let start = head.get(..1024.min(head.len())).unwrap_or_default();
    if start.windows(5).any(|window| window == b"%PDF-") {
        return Some(Family::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(Family::Zip);
    }
    if head.starts_with(COMPOUND) {
        return Some(Family::CompoundFile);
    }
    if infer::is_image(head) {
        return Some(Family::Image);
    }
    is_text(head).then_some(Family::Text)
}

/// UTF-16 announces itself; any other text holds no NUL and hardly any control character, whatever its encoding.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    let strange = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    !head.iter().any(strange)
}

/// Whether a file that begins with `head` can be what `media_type` says.
pub fn agrees(media_type: &str, head: &[u8]) -> bool {
    match (announced(media_type), found(head)) {
        (None, _) => true,
        (Some(Family::CompoundFile), Some(family)) => {
            matches!(family, Family::CompoundFile | Family::Zip | Family::Text)
        }
        (Some(announced), Some(found)) => announced == found,
        (Some(_), None) => false,
    }
}

/// The media type of a file that nobody announced: by its content where that tells, else by the end of its name.
pub fn media_type(file_name: &str, content: &[u8]) -> &'static str {
    if let Some(kind) = infer::get(content) {
        return kind.mime_type();
    }
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "xml" => "application/xml",
        "json" => "application/json",
        "csv" => "text/csv",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Whether two media types name the same kind of file: the letters differ from one list to another.
pub fn same_format(one: &str, other: &str) -> bool {
    let essence = |media_type: &str| media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (one, other) = (essence(one), essence(other));
    let xml = |essence: &str| matches!(essence, "application/xml" | "text/xml");
    let zip =
        |essence: &str| matches!(essence, "application/zip" | "application/x-zip-compressed" | "application/x-zip");
    let csv = |essence: &str| matches!(essence, "text/csv" | "application/csv");
    let jpeg = |essence: &str| matches!(essence, "image/jpeg" | "image/jpg");
    one == other || [xml as fn(&str) -> bool, zip, csv, jpeg].iter().any(|alias| alias(&one) && alias(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_announced_is_what_it_holds_or_else_what_its_name_says() {
        assert_eq!(media_type("extrait.txt", b"%PDF-1.4\n"), "application/pdf");
        assert_eq!(media_type("extrait.XML", b"<a/>"), "application/xml");
        assert_eq!(media_type("extrait", b"rest"), "application/octet-stream");
    }

    #[test]
    fn a_file_that_is_what_it_says_agrees() {
        for (media_type, head) in [
            ("application/pdf", b"%PDF-1.4\n%\xE2\xE3".as_slice()),
            ("application/xml", b"<?xml version=\"1.0\"?>\r\n<a/>"),
            ("text/xml; charset=utf-8", b"\xEF\xBB\xBF<a>\xC3\xA9</a>"),
            ("text/xml", b"<a>\xE9</a>"),
            ("text/csv", b"a;b\n1;2\n"),
            ("application/json", b"{}"),
            ("application/zip", b"PK\x03\x04rest"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04rest"),
            ("application/vnd.oasis.opendocument.text", b"PK\x03\x04rest"),
            ("image/png", b"\x89PNG\r\n\x1a\n"),
            ("application/octet-stream", b"\x00\x01\x02"),
            ("application/x-unheard-of", b"\x00\x01\x02"),
            ("text/plain", b""),
        ] {
            assert!(agrees(media_type, head), "{media_type}");
        }
    }

    #[test]
    fn a_file_that_is_something_else_does_not() {
        for (media_type, head) in [
            ("application/pdf", b"<html>".as_slice()),
            ("application/pdf", b"\x00\x00\x00"),
            ("application/xml", b"%PDF-1.4"),
            ("application/xml", b"MZ\x90\x00\x03"),
            ("text/plain", b"PK\x03\x04"),
            ("image/png", b"%PDF-1.4"),
            ("application/zip", b"plain text"),
            ("application/pdf", b""),
        ] {
            assert!(!agrees(media_type, head), "{media_type}");
        }
    }

    #[test]
    fn xml_is_xml_under_either_name() {
        assert!(same_format("text/xml", "application/xml"));
        assert!(same_format("Application/PDF", "application/pdf; version=1.4"));
        assert!(!same_format("text/plain", "application/pdf"));
    }
}
