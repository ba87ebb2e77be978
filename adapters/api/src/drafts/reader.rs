//! Takes the fields of a body, each at its path.

use navette_router::Faults;

use crate::json::{Field, Kind};

/// Takes the fields of an object whose place in the body is known.
pub(super) struct Reader<'a> {
    faults: &'a mut Faults,
    prefix: String,
}

impl<'a> Reader<'a> {
    /// At the top of a body.
    pub(super) const fn new(faults: &'a mut Faults) -> Self {
        Self { faults, prefix: String::new() }
    }

    /// The value; nothing when it is not there or of a wrong type, which is a fault.
    pub(super) fn take<T: Kind>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        let prefix = &self.prefix;
        field.take(|| join(prefix, name), self.faults)
    }

    /// Adds a fault on a field.
    pub(super) fn fault(&mut self, name: &str, message: &str) {
        self.faults.add(join(&self.prefix, name), message);
    }

    /// A reader of the object called `name` inside this one.
    pub(super) fn inside(&mut self, name: &str) -> Reader<'_> {
        Reader { prefix: join(&self.prefix, name), faults: self.faults }
    }

    /// The elements of a list. One of a wrong type is a fault and becomes a default, so that ranks stay what they were.
    pub(super) fn list<T: Kind, D: Default>(
        &mut self,
        name: &str,
        field: Field<Vec<Field<T>>>,
        read: impl Fn(&mut Reader<'_>, T) -> D,
    ) -> Option<Vec<D>> {
        let elements = self.take(name, field)?;
        let mut list = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let mut reader = self.inside(&format!("{name}[{index}]"));
            list.push(reader.element(element).map(|value| read(&mut reader, value)).unwrap_or_default());
        }
        Some(list)
    }

    /// The elements of a list that is a whole body. One of a wrong type is a fault and leaves a gap.
    pub(super) fn rows<T: Kind, D>(
        &mut self,
        elements: Vec<Field<T>>,
        read: impl Fn(&mut Reader<'_>, T) -> D,
    ) -> Vec<Option<D>> {
        let mut rows = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let mut reader = self.inside(&format!("[{index}]"));
            rows.push(reader.element(element).map(|value| read(&mut reader, value)));
        }
        rows
    }

    /// A list of words.
    pub(super) fn texts(&mut self, name: &str, field: Field<Vec<Field<String>>>) -> Option<Vec<String>> {
        let elements = self.take(name, field)?;
        let mut list = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            // Most are what they should be: their path is never needed.
            list.push(match element {
                Field::Value(text) => text,
                other => self.inside(&format!("{name}[{index}]")).element(other).unwrap_or_default(),
            });
        }
        Some(list)
    }

    /// What stands at this reader's own place, in a list.
    fn element<T: Kind>(&mut self, element: Field<T>) -> Option<T> {
        if matches!(element, Field::Null | Field::Missing) {
            self.faults.add(self.prefix.clone(), "is null; give a value or leave the element out");
        }
        element.take(|| self.prefix.clone(), self.faults)
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
