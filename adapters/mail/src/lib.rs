//! E-mails of the hub, over SMTP. Plain text, in UTF-8; each carries a `Message-ID` of its own, so that one that was sent twice
//! because a crash came between can be told from two.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use navette_router::ports::{Letter, MailError, Mailer};
use secrecy::{ExposeSecret as _, SecretString};

/// Answers that are about the recipient's address and will not change (RFC 5321). Any other, a wrong password among them, is the
/// server's or ours to mend: the mail waits.
const OF_THE_ADDRESS: &[&str] = &["501", "550", "551", "553"];

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// In the clear, then TLS by STARTTLS; without it nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In the clear: for a server on the same machine.
    None,
}

/// How mails are sent.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the server: its certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// PEM file of the authorities that are trusted; none: those of the system.
    pub authorities: Option<PathBuf>,
    /// The user name and the password, where the server asks for them.
    pub login: Option<(String, SecretString)>,
    /// Who writes: `Navette <ne-pas-repondre@example.fr>`.
    pub from: String,
    /// How many connections are kept at most.
    pub connections_max: u32,
    /// How long a server may take to answer.
    pub time_limit: Duration,
}

/// Why mails cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sender is no address.
    #[error("{0} is not a sender; write it like Navette <ne-pas-repondre@example.fr>")]
    Sender(String, #[source] AddressError),
    /// The authorities cannot be read.
    #[error("the authorities {path} cannot be read")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The authorities are none, or TLS cannot be set up with them.
    #[error("TLS cannot be set up with the authorities")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// A mail that a program wrote: nobody's answering machine is to answer it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends mails over SMTP.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Whether `from` can be the sender of mails.
    pub fn check_sender(from: &str) -> Result<(), Error> {
        from.parse::<Mailbox>().map(|_| ()).map_err(|error| Error::Sender(from.to_owned(), error))
    }

    /// Reads the authorities; connects to nobody yet.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let from = options.from.parse().map_err(|error| Error::Sender(options.from.clone(), error))?;
        let tls = match options.protection {
            Protection::None => Tls::None,
            Protection::StartTls => Tls::Required(tls(options)?),
            Protection::Tls => Tls::Wrapper(tls(options)?),
        };
        let pool = PoolConfig::new().max_size(options.connections_max).min_idle(0);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host)
            .port(options.port)
            .tls(tls)
            .timeout(Some(options.time_limit))
            .pool_config(pool);
        if let Some((user, password)) = &options.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn message(&self, letter: &Letter) -> Result<Message, MailError> {
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| MailError { permanent: true, source };
        let to = letter
            .to
            .parse()
            .map(|address| Mailbox::new(None, address))
            .map_err(|_| refused("the address is malformed".into()))?;
        let domain = self.from.email.domain();
        let builder: MessageBuilder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        builder.body(letter.text.clone()).map_err(|error| refused(error.into()))
    }
}

fn tls(options: &Options) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(options.host.clone());
    if let Some(path) = &options.authorities {
        let pem = fs::read(path).map_err(|source| Error::Authorities { path: path.clone(), source })?;
        builder = builder.certificate_store(CertificateStore::None);
        for block in blocks(&pem) {
            builder = builder.add_root_certificate(Certificate::from_pem(block).map_err(Error::Tls)?);
        }
    }
    builder.build_rustls().map_err(Error::Tls)
}

/// The certificates of a PEM file, one by one.
fn blocks(pem: &[u8]) -> impl Iterator<Item = &[u8]> {
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let mut rest = pem;
    std::iter::from_fn(move || {
        let end = rest.windows(END.len()).position(|part| part == END)? + END.len();
        let (block, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(block)
    })
}

impl Mailer for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = self.message(letter)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // What a server says may quote the address it does not like: its code is kept, its words are not.
            Err(error) => {
                let code = error.status().map(|code| code.to_string());
                let permanent = code.as_deref().is_some_and(|code| OF_THE_ADDRESS.contains(&code));
                let told = match code {
                    Some(code) => format!("the server answered {code}"),
                    None if error.is_timeout() => "the server did not answer in time".to_owned(),
                    None if error.is_tls() => "TLS with the server failed: its certificate, or its version".to_owned(),
                    None => "the server cannot be reached, or does not speak as it should".to_owned(),
                };
                Err(MailError { permanent, source: told.into() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_is_taken_apart() {
        let pem = b"# one\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nBB==\n-----END CERTIFICATE-----\nrest";
        let found: Vec<_> = blocks(pem).collect();
        assert_eq!(found.len(), 2);
        assert!(found[1].starts_with(b"\n-----BEGIN"));
        assert_eq!(blocks(b"").count(), 0);
    }

    #[test]
    fn a_sender_is_checked_before_anything_is_sent() {
        assert!(Smtp::check_sender("Navette <ne-pas-repondre@example.fr>").is_ok());
        assert!(Smtp::check_sender("nobody").unwrap_err().to_string().starts_with("nobody is not a sender"));
    }
}
