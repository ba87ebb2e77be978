//! Whom we trust, and what a failed handshake means.

use std::io;
use std::sync::Arc;

use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use crate::{Error, Options};

/// What every connection is made with.
pub(crate) fn configuration(options: &Options) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities(options)?)
        .with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}

fn authorities(options: &Options) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    let (certificates, place) = match &options.authorities {
        None => (rustls_native_certs::load_native_certs().certs, "the system".to_owned()),
        Some(path) => {
            let unreadable = |source| Error::Authorities { path: path.clone(), source };
            let read = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
            (read.collect::<Result<_, _>>().map_err(unreadable)?, path.display().to_string())
        }
    };
    store.add_parsable_certificates(certificates);
    if store.is_empty() { Err(Error::NoAuthority(place)) } else { Ok(store) }
}

/// Why there is no TLS, in words for whoever runs the server.
pub(crate) fn refused(error: &io::Error) -> DeliveryError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = cause else {
        return match cause {
            Some(_) => DeliveryError::new(DeliveryErrorKind::Protocol, "it does not speak TLS 1.2 or 1.3 on this port"),
            None => DeliveryError::new(DeliveryErrorKind::Interrupted, "it closed the connection while TLS began"),
        };
    };
    let remedy = match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired; renew it",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; look at its dates and at the server's clock"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name; get one for the name in the address"
        }
        CertificateError::UnknownIssuer => {
            "its certificate comes from an authority that is not trusted here; use one of a known authority, and send the \
             intermediate certificates with it"
        }
        CertificateError::Revoked => "its certificate is revoked; get another",
        _ => "its certificate is not accepted; look at it",
    };
    DeliveryError::new(DeliveryErrorKind::IdentityChanged, remedy)
}
