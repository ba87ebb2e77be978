//! Just enough PDF for a specimen: text pages with one picture each, in a file that any reader opens.
//!
//! Nothing is compressed, so that the size and every byte depend on this file alone.

use std::fmt::Write as _;

use super::scan::Scan;

/// An A4 page.
pub(super) struct Page<'a> {
    /// Printed on top, in bold. Like the lines, of characters that ISO-8859-1 has.
    pub(super) title: &'a str,
    /// Printed below, one under the other.
    pub(super) lines: &'a [&'a str],
    /// Printed at the foot.
    pub(super) scan: Scan,
}

const CATALOG: usize = 1;
const PAGES: usize = 2;
const FONT: usize = 3;
const BOLD: usize = 4;
const INFORMATION: usize = 5;
const FIRST_PAGE: usize = 6;
/// A page, its content and its picture.
const OBJECTS_PER_PAGE: usize = 3;

/// The whole file.
pub(super) fn document(pages: &[Page<'_>]) -> Vec<u8> {
    let kids: String =
        (0..pages.len()).map(|index| format!("{} 0 R ", FIRST_PAGE + index * OBJECTS_PER_PAGE)).collect();
    let mut file = File::new();
    file.object(format!("<< /Type /Catalog /Pages {PAGES} 0 R /Lang (fr-FR) >>").as_bytes());
    file.object(format!("<< /Type /Pages /Count {} /Kids [ {kids}] >>", pages.len()).as_bytes());
    file.object(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    file.object(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>");
    file.object(b"<< /Title (SPECIMEN) /Producer (Navette) /CreationDate (D:20260512090500+02'00') >>");
    for (index, page) in pages.iter().enumerate() {
        let number = FIRST_PAGE + index * OBJECTS_PER_PAGE;
        let (content, picture) = (number + 1, number + 2);
        let resources = format!(
            "<< /Font << /F {FONT} 0 R /B {BOLD} 0 R >> /XObject << /Scan {picture} 0 R >> /ProcSet [ /PDF /Text /ImageB ] >>"
        );
        let body = format!(
            "<< /Type /Page /Parent {PAGES} 0 R /MediaBox [ 0 0 595 842 ] /Resources {resources} /Contents {content} 0 R >>"
        );
        file.object(body.as_bytes());
        file.stream("", content_of(page).as_bytes());
        let Scan { width, height, pixels } = &page.scan;
        let attributes = format!(
            "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8 "
        );
        file.stream(&attributes, pixels);
    }
    file.finish()
}

/// The operators that draw a page: watermark, title, lines, picture.
fn content_of(page: &Page<'_>) -> String {
    let mut operators = String::from("q 0.9 g BT /B 80 Tf 0.866 0.5 -0.5 0.866 130 370 Tm (SPECIMEN) Tj ET Q\n");
    // Writing to a String cannot fail.
    _ = writeln!(operators, "BT /B 16 Tf 56 770 Td ({}) Tj ET", escaped(page.title));
    _ = writeln!(
        operators,
        "BT /F 10 Tf 56 748 Td ({}) Tj ET",
        escaped("SPECIMEN - document fictif, sans valeur légale")
    );
    operators.push_str("BT /F 11 Tf 56 710 Td 20 TL\n");
    for line in page.lines {
        _ = writeln!(operators, "({}) Tj T*", escaped(line));
    }
    operators.push_str("ET\n");
    let Scan { width, height, .. } = page.scan;
    _ = writeln!(operators, "q {width} 0 0 {height} 56 56 cm /Scan Do Q");
    operators
}

/// A string for a font in `WinAnsiEncoding`: what is not printable ASCII as three octal digits.
fn escaped(text: &str) -> String {
    let mut string = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '(' | ')' | '\\' => string.extend(['\\', character]),
            ' '..='~' => string.push(character),
            '\u{a0}'..='\u{ff}' => _ = write!(string, "\\{:03o}", u32::from(character)),
            _ => string.push('?'),
        }
    }
    string
}

/// A file that grows by whole objects and remembers where each starts, for the table at the end.
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn new() -> Self {
        // Bytes above 127 in the second line tell transfer programs that this is not text.
        Self { bytes: b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec(), offsets: Vec::new() }
    }

    /// Objects are numbered from 1 in the order they are added.
    fn object(&mut self, body: &[u8]) {
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn stream(&mut self, attributes: &str, content: &[u8]) {
        let mut body = format!("<< {attributes}/Length {} >>\nstream\n", content.len()).into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\nendstream");
        self.object(&body);
    }

    fn finish(self) -> Vec<u8> {
        let Self { mut bytes, offsets } = self;
        let table = bytes.len();
        let size = offsets.len() + 1;
        // Every row is exactly twenty bytes: readers count on it.
        let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in offsets {
            _ = writeln!(end, "{offset:010} 00000 n ");
        }
        _ = write!(
            end,
            "trailer\n<< /Size {size} /Root {CATALOG} 0 R /Info {INFORMATION} 0 R >>\nstartxref\n{table}\n%%EOF\n"
        );
        bytes.extend_from_slice(end.as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_the_table_points_at_its_object() {
        let file = document(&[Page { title: "é", lines: &["(a)"], scan: Scan::new(4, 4, 1) }]);
        // One character a byte: offsets in the text are offsets in the file.
        let text: String = file.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
        let (_, start) = text.rsplit_once("startxref\n").expect("a start");
        let table: usize = start.lines().next().expect("a line").parse().expect("a number");
        let table = text.get(table..).expect("a table");
        let rows: Vec<_> = table.lines().skip(3).take_while(|row| row.ends_with(" n ")).collect();
        assert_eq!(rows.len(), FIRST_PAGE - 1 + OBJECTS_PER_PAGE);
        for (index, row) in rows.iter().enumerate() {
            let offset: usize = row.get(..10).expect("ten digits").parse().expect("a number");
            let object = format!("{} 0 obj\n", index + 1);
            assert!(text.get(offset..).is_some_and(|rest| rest.starts_with(&object)), "{row}");
        }
    }

    #[test]
    fn parentheses_and_accents_are_escaped() {
        assert_eq!(escaped("a (é) \\ €"), "a \\(\\351\\) \\\\ ?");
    }
}
