//! What is found out before the start.

use std::process::Stdio;

use tokio::process::Command;

use crate::fake::Fault;
use crate::ground::{Ground, PROFILE, ended};

#[tokio::test]
async fn nobody_listens_a_hub_that_is_none_and_a_stranger_are_told_before_the_start() {
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("the hub cannot be reached"), "{code} {said}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ground = Ground::new(PROFILE, &format!("http://{}", listener.local_addr().unwrap()));
    let nonsense = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4_096]).await.ok();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail ready\r\n\r\n").await.ok();
        }
    });
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("not understood"), "{code} {said}");
    nonsense.abort();
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_told_before_the_start() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let configuration = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(configuration));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            acceptor.accept(stream).await.ok();
        }
    });
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let ground = Ground::new(PROFILE, &url);
    std::fs::write(ground.path().join("other.pem"), other.cert.pem()).unwrap();
    let (code, said) = ground.run(&["--ca", "other.pem"]).await;
    assert!(code == 2 && said.contains("does not prove who it is"), "{code} {said}");
    assert!(said.contains("other.pem, did not certify it: give the authority that did"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_written_and_what_cannot_be_meant_is_told_before_the_start() {
    let ground = Ground::new("title = 't'\nspeed = 3\n", "http://127.0.0.1:9");
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("unknown field `speed`"), "{said}");
    let ground = Ground::new(PROFILE, "http://127.0.0.1:9");
    let (code, said) = ground.run(&["--report", "no/such/directory.html"]).await;
    assert!(code == 2 && said.contains("--report: no/such/directory.html cannot be written"), "{said}");
    let (code, said) = ground.run(&["--in-flight", "0"]).await;
    assert!(code == 2 && said.contains("give a number from 1"), "{said}");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 500 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_navette-load")]);
    limited.args(["run", "profile.toml", "--hub", "hub.json"]).current_dir(ground.path());
    let (code, said) = ended(limited.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).await;
    assert!(code == 2 && said.contains("raise it with `ulimit -n"), "{said}");
}

#[tokio::test]
async fn the_world_is_registered_once_and_belongs_to_its_hub() {
    let ground = Ground::beside(Fault::None).await;
    let (code, said) = ground.run(&["--world", "world.json"]).await;
    assert!(code == 0 && said.contains("registering credentials"), "{said}");
    let (code, said) = ground.run(&["--world", "world.json"]).await;
    assert!(code == 0 && !said.contains("registering"), "{said}");
    let other = Ground::beside(Fault::None).await;
    std::fs::copy(ground.path().join("world.json"), other.path().join("world.json")).unwrap();
    let (code, said) = other.run(&["--world", "world.json"]).await;
    assert!(code == 2 && said.contains("belongs to the hub at"), "{said}");
}

#[tokio::test]
async fn what_would_fail_later_is_told_before_anything_is_registered() {
    let ground = Ground::beside(Fault::None).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, says) in [
        (["--metrics", taken.as_str()], "cannot be listened at"),
        (["--world", "no/such/world.json"], "--world: no/such/world.json cannot be written"),
        (["--report", "no/such/report.html"], "--report: no/such/report.html cannot be written"),
        (["--hdr", "no/such/all.hlog"], "--hdr: no/such/all.hlog cannot be written"),
        (["--hdr", "navette-load-report.html"], "--report and --hdr both name"),
    ] {
        let (code, said) = ground.run(&arguments).await;
        assert!(code == 2 && said.contains(says) && !said.contains("registering"), "{arguments:?}: {code} {said}");
        assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    }
    std::fs::create_dir(ground.path().join("results.json")).unwrap();
    let (code, said) = ground.run(&[]).await;
    assert!(code == 2 && said.contains("--json: results.json cannot be written: it is a directory"), "{code} {said}");
    assert!(!said.contains("registering"), "{said}");
    assert!(!ground.path().join("navette-load-report.html").exists(), "no empty report is left");
}

#[tokio::test]
async fn an_address_at_which_there_are_no_inboxes_is_told_before_anything_is_registered() {
    let ground = Ground::beside(Fault::None).await;
    let path = ground.path().join("hub.json");
    let access = std::fs::read_to_string(&path).unwrap();
    for (wrong, says) in [
        ("/teledossiers/v2", "teledossiers_url http://127.0.0.1"),
        ("/referential/v1", "give the address below which /folders and /notifications lie"),
    ] {
        std::fs::write(&path, access.replace("/teledossiers/v1", wrong)).unwrap();
        let (code, said) = ground.run(&[]).await;
        assert!(code == 2 && said.contains(says) && said.contains("404"), "{wrong}: {code} {said}");
        assert!(!said.contains("registering") && said.lines().count() == 1, "{said}");
    }
}
