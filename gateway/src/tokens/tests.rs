use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);
const OPTIONS: Options = Options { lifetime: HOUR, key_period: Duration::from_secs(86_400) };

fn tokens() -> Tokens {
    Tokens::new(&MasterKey::from_bytes([7; 32]), OPTIONS)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_795_000_000_000 + seconds * 1000)
}

fn client() -> ClientId {
    ClientId::new("0193-osl").unwrap()
}

#[test]
fn a_token_says_who_asked_and_for_how_long() {
    let tokens = tokens();
    let token = tokens.issue(&client(), Scope::Osl, at(0));
    let claims = tokens.verify(&token, at(3599)).unwrap();
    assert_eq!(claims, Claims { client_id: client(), scope: Scope::Osl, issued_at: at(0), expires_at: at(3600) });
    assert_eq!(tokens.verify(&token, at(3600)), Err(TokenError::Expired));
    assert_eq!(tokens.verify(&token, at(400_000)), Err(TokenError::Expired));
    // Another gateway may be five minutes behind the one that issued it.
    assert!(tokens.verify(&token, at(-300)).is_ok());
    assert_eq!(tokens.verify(&token, at(-361)), Err(TokenError::Expired));
}

#[test]
fn a_token_of_the_longest_client_id_is_read_back() {
    let tokens = tokens();
    let longest = ClientId::new(&"x".repeat(64)).unwrap();
    let token = tokens.issue(&longest, Scope::Datapass, at(0));
    assert_eq!(tokens.verify(&token, at(1)).unwrap().client_id, longest);
}

#[test]
fn no_character_of_a_token_can_be_changed() {
    let tokens = tokens();
    let token = tokens.issue(&client(), Scope::Si, at(0));
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(tokens.verify(&changed, at(1)).is_err(), "character {index}");
    }
}

#[test]
fn what_is_not_a_token_is_malformed() {
    let tokens = tokens();
    for text in ["", "a", "é", "....", "AQ", &"A".repeat(77), &"A".repeat(10_000)] {
        assert!(matches!(tokens.verify(text, at(0)), Err(TokenError::Malformed)), "{text}");
    }
}

#[test]
fn a_token_of_another_hub_is_refused() {
    let other = Tokens::new(&MasterKey::from_bytes([8; 32]), OPTIONS);
    let token = other.issue(&client(), Scope::Admin, at(0));
    assert_eq!(tokens().verify(&token, at(0)), Err(TokenError::BadSignature));
}

#[test]
fn a_token_outlives_the_change_of_the_signing_key() {
    let tokens = tokens();
    let midnight = Timestamp::from_milliseconds(1_795_046_400_000);
    let before = Timestamp::from_milliseconds(midnight.milliseconds() - 1000);
    let after = Timestamp::from_milliseconds(midnight.milliseconds() + 1000);
    let token = tokens.issue(&client(), Scope::Osl, before);
    assert_ne!(tokens.period(before), tokens.period(after));
    assert!(tokens.verify(&token, after).is_ok());
    for day in 0..10 {
        drop(tokens.issue(&client(), Scope::Osl, at(86_400 * day)));
    }
    assert!(tokens.keys.load().len() <= KEYS_MAX);
}

#[test]
fn a_secret_is_recognized_and_nothing_else_is() {
    let secrets = Secrets::new(&MasterKey::from_bytes([7; 32]));
    let (secret, hash) = secrets.generate();
    assert_eq!(secret.len(), 43);
    assert!(secrets.matches(&secret, &hash));
    assert!(!secrets.matches("", &hash));
    assert!(!secrets.matches(secret.get(1..).unwrap_or_default(), &hash));
    assert!(!Secrets::new(&MasterKey::from_bytes([8; 32])).matches(&secret, &hash));
    assert_ne!(secrets.generate().0, secret);
}

#[test]
fn the_master_key_is_made_once_and_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data/master.key");
    let first = Secrets::new(&MasterKey::open(&path).unwrap());
    let (secret, hash) = first.generate();
    assert!(Secrets::new(&MasterKey::open(&path).unwrap()).matches(&secret, &hash));
    assert_eq!(std::fs::read_dir(directory.path().join("data")).unwrap().count(), 1);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(MasterKey::open(&path), Err(MasterKeyError::Exposed { mode: 0o644, .. })));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, b"short").unwrap();
    assert!(matches!(MasterKey::open(&path), Err(MasterKeyError::WrongLength { bytes: 5, .. })));
}

proptest! {
    #[test]
    fn nothing_that_was_not_issued_is_a_token(text in "[A-Za-z0-9_.-]{0,200}|\\PC{0,80}") {
        prop_assert!(tokens().verify(&text, at(0)).is_err());
    }

    #[test]
    fn every_client_comes_back_until_its_token_ends(name in "[A-Za-z0-9_-]{1,64}", after in 0_i64..3_600) {
        let client = ClientId::new(&name).unwrap();
        let token = tokens().issue(&client, Scope::Si, at(0));
        prop_assert_eq!(tokens().verify(&token, at(after)).map(|claims| claims.client_id), Ok(client));
    }
}
