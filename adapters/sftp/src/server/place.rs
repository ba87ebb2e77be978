//! What a path means. Paths are words here: none of them ever touches a file system.

/// The longest path, in bytes.
const PATH_MAX_BYTES: usize = 4_096;
/// The directory into which a message is renamed when it was taken in.
pub(super) const DONE: &str = "done";

/// What a path names, whether or not that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The inbox.
    Root,
    /// The directory in which nothing ever is.
    Done,
    /// A file of the inbox.
    File(&'a str),
    /// Something in `done`.
    InDone(&'a str),
    /// Nothing that could be.
    Nowhere,
}

impl<'a> Place<'a> {
    /// Reads a path, component by component. `..` never leads out. Names are bytes: what looks like another name is another name.
    pub(super) fn new(path: &'a str) -> Self {
        if path.len() > PATH_MAX_BYTES || path.contains(['\0', '\\']) {
            return Self::Nowhere;
        }
        let mut components = Vec::new();
        for component in path.split('/') {
            match component {
                "" | "." => {}
                ".." => {
                    components.pop();
                }
                name => components.push(name),
            }
        }
        match *components {
            [] => Self::Root,
            [DONE] => Self::Done,
            [name] => Self::File(name),
            [DONE, name] => Self::InDone(name),
            _ => Self::Nowhere,
        }
    }

    /// The path by which others know it.
    pub(super) fn path(self) -> Option<String> {
        match self {
            Self::Root => Some("/".to_owned()),
            Self::Done => Some(format!("/{DONE}")),
            Self::File(name) => Some(format!("/{name}")),
            Self::InDone(name) => Some(format!("/{DONE}/{name}")),
            Self::Nowhere => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_mean_what_they_say_and_never_lead_out() {
        for root in
            ["", "/", ".", "./", "//", "..", "/..", "../../../..", "/a/..", "done/..", "/done/../done/..", "/./."]
        {
            assert_eq!(Place::new(root), Place::Root, "{root}");
        }
        for done in ["done", "/done", "done/", "/done/.", "../done//", "/a.zip/../done"] {
            assert_eq!(Place::new(done), Place::Done, "{done}");
        }
        for file in ["a.zip", "/a.zip", "./a.zip", "../../a.zip", "/done/../a.zip", "a.zip/", "//a.zip/."] {
            assert_eq!(Place::new(file), Place::File("a.zip"), "{file}");
        }
        assert_eq!(Place::new("done/a.zip"), Place::InDone("a.zip"));
        let long = "a/../".repeat(900);
        for nowhere in
            ["/etc/passwd", "a\0.zip", "..\\a.zip", "\\", "/a.zip/x", "done/a/b", "DONE/a.zip", long.as_str()]
        {
            assert_eq!(Place::new(nowhere), Place::Nowhere, "{nowhere:?}");
        }
        // What only looks like `..`, `/` or `done` is a name like any other, and none that a message has.
        for alike in ["‥", "．．", "․․", "..\u{200b}", "d\u{f6}ne", "DONE", "ｄone", "%2e%2e", "a\u{2215}b", "..;"]
        {
            assert_eq!(Place::new(alike), Place::File(alike));
        }
    }

    proptest! {
        #[test]
        fn any_path_means_the_same_when_it_is_read_again(path in "(\\.|\\.\\.|/|done|a|é|\\\\|\\x00){0,12}|\\PC{0,40}") {
            let place = Place::new(&path);
            if let Some(path) = place.path() {
                prop_assert_eq!(Place::new(&path), place);
                prop_assert!(path.starts_with('/') && !path.split('/').any(|part| part == ".." || part == "."));
            }
        }
    }
}
