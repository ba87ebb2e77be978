//! Files of a folder.

use std::{fs, io, path::Path};

use super::{SampleFile, kind_of, media_type};

/// The files that lie directly in `folder`, by name. Hidden files and folders are left out. All of their content is in memory at
/// once: this is for a demonstration, not for the path of a deposit.
///
/// # Errors
/// What the file system answers when the folder or one of the files cannot be read.
pub fn from_folder(folder: impl AsRef<Path>) -> io::Result<Vec<SampleFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Through symbolic links: a folder of samples is often made of them.
        if name.starts_with('.') || !fs::metadata(entry.path())?.is_file() {
            continue;
        }
        let bytes = fs::read(entry.path())?;
        files.push(SampleFile { kind: kind_of(&name), media_type: media_type(&name, &bytes), name, bytes });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_files_by_name_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in [("b.txt", "two"), ("a_VA.xml", "<a/>"), (".hidden", "")] {
            fs::write(folder.path().join(name), content).expect("a file");
        }
        fs::create_dir(folder.path().join("inner")).expect("a folder");
        let files = from_folder(folder.path()).expect("a readable folder");
        let seen: Vec<_> =
            files.iter().map(|file| (file.name.as_str(), file.kind, file.media_type, file.bytes.as_slice())).collect();
        let expected: [(&str, &str, &str, &[u8]); 2] = [
            ("a_VA.xml", "VA_CertificatDeDeces", "application/xml", b"<a/>"),
            ("b.txt", super::super::ANY_KIND, "text/plain", b"two"),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = from_folder(folder.path().join("missing"));
        assert_eq!(missing.expect_err("nothing to read").kind(), io::ErrorKind::NotFound);
    }
}
