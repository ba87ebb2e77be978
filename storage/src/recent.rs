//! A memory of what came last.

use std::hash::Hash;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// A memory of so many items and so much weight, of which `hot` is for what was asked for again. Without saying that, nearly all of it
/// would go on keeping what came first.
pub(crate) fn recent<K: Hash + Eq, V: Clone, W: Weighter<K, V> + Clone>(
    items: usize,
    weight: u64,
    hot: f64,
    weighter: W,
) -> Cache<K, V, W> {
    let mut options = OptionsBuilder::new();
    options.estimated_items_capacity(items).weight_capacity(weight).hot_allocation(hot);
    match options.build() {
        Ok(options) => {
            Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        // Both capacities were said, which is all that has to be; without a part for what is hot it would still be a memory.
        Err(_) => Cache::with_weighter(items, weight, weighter),
    }
}

#[cfg(test)]
mod tests {
    use quick_cache::UnitWeighter;

    use super::*;

    #[test]
    fn what_came_last_is_remembered_and_not_what_came_first() {
        const ITEMS: u32 = 10_000;
        for hot in [0.1, 0.5] {
            let memory = recent(ITEMS as usize, u64::from(ITEMS), hot, UnitWeighter);
            for number in 0..10 * ITEMS {
                memory.insert(number, ());
            }
            let last = 10 * ITEMS - ITEMS / 4..10 * ITEMS;
            let remembered = last.clone().filter(|number| memory.get(number).is_some()).count();
            assert!(remembered > last.len() * 9 / 10, "{remembered} of the last {} with {hot}", last.len());
        }
    }
}
