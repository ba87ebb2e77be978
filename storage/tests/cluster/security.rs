//! Servers that encrypt and ask who is there let in whom they know, and a gateway that knows them.

use std::time::Duration;

use navette_storage::cluster::{self, Options, Security, Tls, schema};
use navette_storage::conformance::servers::{Secured, options};
use secrecy::SecretString;

/// How long a gateway tries that will not be let in.
const PATIENCE: Duration = Duration::from_secs(5);

/// The options of a gateway that comes with what the environment says; none when the servers let everybody in.
fn secured() -> Option<Options> {
    if Secured::named().is_none() {
        eprintln!("the servers let everybody in: start them with --secured to see whom they do not");
        return None;
    }
    let mut options = options();
    options.kafka.request_timeout = PATIENCE;
    options.cassandra.connect_timeout = PATIENCE;
    Some(options)
}

/// The whole chain of causes.
fn said(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(|error| format!("{error}\n")).collect()
}

fn with_wrong_password(security: &mut Security) {
    security.login.as_mut().expect("a login").password = SecretString::from("wrong".to_owned());
}

/// Trusts whoever the system trusts, and so not the authority that was made for the test.
fn with_other_authorities(security: &mut Security) {
    security.tls = Some(Tls { authorities: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_view_refuses_a_wrong_password() {
    let Some(mut options) = secured() else { return };
    with_wrong_password(&mut options.cassandra.security);
    let error = schema::apply(&options.cassandra).await.expect_err("nobody is let in");
    assert!(said(&error).contains("bad credentials"), "{}", said(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_an_unknown_authority_vouches_for_is_not_trusted() {
    let Some(mut options) = secured() else { return };
    with_other_authorities(&mut options.cassandra.security);
    let error = schema::apply(&options.cassandra).await.expect_err("nobody is trusted");
    assert!(said(&error).contains("UnknownIssuer"), "{}", said(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_refuses_a_wrong_password() {
    let Some(mut options) = secured() else { return };
    with_wrong_password(&mut options.kafka.security);
    let error = cluster::prepare_topics(&options).await.expect_err("nobody is let in");
    assert!(said(&error).contains("Authentication failed"), "{}", said(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_an_unknown_authority_vouches_for_is_not_trusted() {
    let Some(mut options) = secured() else { return };
    with_other_authorities(&mut options.kafka.security);
    let error = cluster::prepare_topics(&options).await.expect_err("nobody is trusted");
    assert!(said(&error).contains("certificate verify failed"), "{}", said(&error));
}
