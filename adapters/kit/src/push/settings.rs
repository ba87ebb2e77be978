//! Wrong settings are named, all at once, and quote nothing.

use navette_router::ports::{Endpoint, Push};

use super::{Bench, Peer};

/// What must be found in no fault.
const PLANTED: &str = "planted-hush-hush";

pub(super) fn every_fault_is_named<P: Peer>(bench: &Bench<'_, P>) {
    let right = bench.peer.endpoint();
    assert!(bench.adapter.validate(&right).is_ok(), "right settings are accepted");
    for (wrong, keys) in bench.peer.bad_endpoints() {
        names_exactly(bench, &wrong, &keys);
    }
    names_exactly(bench, &right.clone().set("no_such_setting", PLANTED), &["no_such_setting"]);
    let keys = <P::Adapter as Push>::KEYS;
    let required: Vec<_> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    names(bench, &Endpoint::new(right.process.clone()), &required);
    for key in keys.iter().filter(|key| key.secret) {
        names(bench, &right.clone().set(key.name, PLANTED), &[key.name]);
    }
    for key in keys {
        assert!(!key.help.is_empty(), "the setting {} says what it is", key.name);
        assert!(
            key.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "the name of a setting is lower-case words joined by _: {}",
            key.name
        );
    }
}

/// The faults of `endpoint` name all of `keys`.
fn names<P: Peer>(bench: &Bench<'_, P>, endpoint: &Endpoint, keys: &[&str]) -> Vec<String> {
    let faults = match bench.adapter.validate(endpoint) {
        Ok(_) if keys.is_empty() => return Vec::new(),
        Ok(_) => panic!("wrong settings are refused: {keys:?}"),
        Err(faults) => faults,
    };
    let named: Vec<_> = faults.iter().map(|fault| fault.path.clone()).collect();
    for key in keys {
        assert!(named.iter().any(|name| name == key), "the fault of {key} is found with the others: {named:?}");
    }
    assert!(!faults.to_string().contains(PLANTED), "a fault quotes no value: {faults}");
    named
}

fn names_exactly<P: Peer>(bench: &Bench<'_, P>, endpoint: &Endpoint, keys: &[&str]) {
    let mut named = names(bench, endpoint, keys);
    named.sort_unstable();
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    assert_eq!(named, keys, "what is right has no fault");
}
