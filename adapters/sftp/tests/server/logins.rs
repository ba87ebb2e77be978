//! Who is let in.

use std::sync::atomic::Ordering;
use std::time::Duration;

use navette_adapter_sftp::server::Options;
use russh::MethodKind;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::keys::PrivateKeyWithHashAlg;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::fetcher::{Fetcher, connect, log_in};
use crate::hub::{NEIGHBOUR, PASSWORD, USER};
use crate::running::{Running, host_key, in_time, options};

#[tokio::test]
async fn only_the_right_password_lets_in_and_all_others_look_alike() {
    let server = Running::start(options()).await;
    let mut answers = Vec::new();
    for (user, password) in [
        (USER, "un autre"),
        ("personne", PASSWORD),
        ("", ""),
        (USER, ""),
        (USER, &PASSWORD.to_uppercase()),
        ("../voisine", PASSWORD),
        (&"x".repeat(5_000), PASSWORD),
        (USER, &"x".repeat(5_000)),
    ] {
        let mut ssh = connect(&server).await.expect("a connection");
        let answer = in_time("an answer", ssh.authenticate_password(user, password)).await.expect("an answer");
        answers.push(format!("{answer:?}"));
        assert!(ssh.channel_open_session().await.is_err(), "nobody is in");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.starts_with("Failure")), "{answers:?}");
    assert_eq!((server.counts().accepted, server.counts().refused), (0, 8));
    log_in(&server, USER).await;
    assert_eq!(server.counts().accepted, 1);
}

#[tokio::test]
async fn a_password_may_be_corrected_so_many_times() {
    let server = Running::start(options()).await;
    let mut ssh = connect(&server).await.expect("a connection");
    ssh.authenticate_none(USER).await.expect("an answer");
    for _ in 0..2 {
        let answer = ssh.authenticate_password(USER, "un autre").await.expect("an answer");
        let AuthResult::Failure { remaining_methods, .. } = answer else { panic!("nobody is let in") };
        assert_eq!(*remaining_methods, [MethodKind::Password]);
    }
    let answer = ssh.authenticate_password(USER, PASSWORD).await.expect("an answer");
    assert!(matches!(answer, AuthResult::Success), "the third attempt is right");
    let mut ssh = connect(&server).await.expect("a connection");
    while let Ok(AuthResult::Failure { .. }) = ssh.authenticate_password(USER, "un autre").await {
        assert!(server.counts().refused <= 2 + 3, "then the connection is closed");
    }
    assert_eq!(server.counts().refused, 2 + 3);
}

#[tokio::test]
async fn no_other_way_to_log_in_is_open() {
    let server = Running::start(options()).await;
    let mut ssh = connect(&server).await.expect("a connection");
    let none = ssh.authenticate_none(USER).await.expect("an answer");
    let AuthResult::Failure { remaining_methods, .. } = none else { panic!("nobody is let in") };
    assert_eq!(*remaining_methods, [MethodKind::Password], "passwords are all that is offered");
    let mut ssh = connect(&server).await.expect("a connection");
    let key = PrivateKeyWithHashAlg::new(std::sync::Arc::new(host_key()), None);
    let with_key = ssh.authenticate_publickey(USER, key).await.expect("an answer");
    assert!(matches!(with_key, AuthResult::Failure { .. }), "{with_key:?}");
    let mut ssh = connect(&server).await.expect("a connection");
    let asked = ssh.authenticate_keyboard_interactive_start(USER, None).await.expect("an answer");
    assert!(matches!(asked, KeyboardInteractiveAuthResponse::Failure { .. }), "{asked:?}");
}

#[tokio::test]
async fn a_refusal_takes_its_time() {
    let refusal_time = Duration::from_millis(300);
    let server = Running::start(Options { refusal_time, ..options() }).await;
    for (user, password) in [(USER, "un autre"), ("personne", PASSWORD)] {
        let mut ssh = connect(&server).await.expect("a connection");
        let began = std::time::Instant::now();
        ssh.authenticate_password(user, password).await.expect("an answer");
        assert!(began.elapsed() >= refusal_time, "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_hub_that_cannot_check_lets_nobody_in() {
    let server = Running::start(Options { hub_timeout: Duration::from_millis(200), ..options() }).await;
    server.hub.fails.store(true, Ordering::SeqCst);
    let mut ssh = connect(&server).await.expect("a connection");
    let answer = in_time("an answer", ssh.authenticate_password(USER, PASSWORD)).await;
    assert!(!matches!(answer, Ok(AuthResult::Success)));
    server.hub.fails.store(false, Ordering::SeqCst);
    server.hub.stalls.store(true, Ordering::SeqCst);
    let mut ssh = connect(&server).await.expect("a connection");
    let answer = in_time("an answer", ssh.authenticate_password(USER, PASSWORD)).await;
    assert!(!matches!(answer, Ok(AuthResult::Success)));
    server.hub.stalls.store(false, Ordering::SeqCst);
    let counts = server.counts();
    assert_eq!((counts.failed.len(), counts.refused), (2, 0), "that is no wrong password: {counts:?}");
    Fetcher::connect(&server).await;
}

#[tokio::test]
async fn an_account_has_so_many_connections_and_others_have_theirs() {
    let server = Running::start(Options { connections_per_account_max: 2, ..options() }).await;
    let first = Fetcher::connect(&server).await;
    let second = Fetcher::connect(&server).await;
    let mut third = connect(&server).await.expect("a connection");
    let answer = in_time("an answer", third.authenticate_password(USER, PASSWORD)).await;
    assert!(!matches!(answer, Ok(AuthResult::Success)), "{answer:?}");
    assert_eq!(server.counts().turned_away, ["connections_per_account_max"]);
    Fetcher::connect_as(&server, NEIGHBOUR).await;
    first.messages().await;
    drop(second);
    server.counts_until("the place is free again", |counts| counts.sessions == 1).await;
    let again = async {
        loop {
            let mut ssh = connect(&server).await.expect("a connection");
            if let Ok(AuthResult::Success) = ssh.authenticate_password(USER, PASSWORD).await {
                return;
            }
        }
    };
    in_time("there is room again", again).await;
}

/// What somebody who only connects is told.
async fn greeting(server: &Running) -> String {
    let mut socket = TcpStream::connect(server.address()).await.expect("a connection");
    let mut bytes = [0; 200];
    let length = in_time("a greeting", socket.read(&mut bytes)).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

#[tokio::test]
async fn who_says_nothing_is_closed_and_takes_nobodys_room() {
    let few = Options { logins_max: 2, login_timeout: Duration::from_secs(1), ..options() };
    let server = Running::start(few).await;
    let known = Fetcher::connect(&server).await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        let mut socket = TcpStream::connect(server.address()).await.expect("a connection");
        // It was taken when it is greeted.
        assert_eq!(in_time("a greeting", socket.read_u8()).await.expect("a byte"), b'S');
        silent.push(socket);
    }
    assert!(greeting(&server).await.starts_with("There are too many connections"));
    assert_eq!(server.counts().turned_away, ["logins_max"]);
    known.messages().await;
    for socket in &mut silent {
        let mut rest = Vec::new();
        let _ended = in_time("it is closed", socket.read_to_end(&mut rest)).await;
    }
    let welcome = async { while !greeting(&server).await.starts_with("SSH-2.0-Navette") {} };
    in_time("there is room again", welcome).await;
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let server = Running::start(Options { connections_per_address_max: 2, ..options() }).await;
    let _first = Fetcher::connect(&server).await;
    let _second = Fetcher::connect(&server).await;
    assert!(greeting(&server).await.starts_with("There are too many connections"));
    assert_eq!(server.counts().turned_away, ["connections_per_address_max"]);
}
