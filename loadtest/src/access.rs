//! Where a hub is and with what to come: the file that a sandbox writes, and that anyone can write.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use http::uri::{Authority, Uri};
use serde::{Deserialize, Serialize};

/// A credential, as the hub issues it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Credential {
    /// `OSL`, `SI`, `ADMIN` or `DATAPASS`.
    pub(crate) scope: String,
    /// In whose name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organization: Option<String>,
    /// For which process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) process: Option<String>,
    /// Public half.
    pub(crate) client_id: String,
    /// Secret half.
    pub(crate) client_secret: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credential").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Where a hub is, and with what to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    /// Where tokens are given.
    pub(crate) token_url: String,
    /// Where folders and cases are.
    pub(crate) teledossiers_url: String,
    /// Where organizations, processes and subscriptions are.
    pub(crate) referential_url: String,
    /// What to come with.
    pub(crate) credentials: Vec<Credential>,
}

/// An address below which requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// Host and port.
    pub(crate) authority: Authority,
    /// Whether it is HTTPS.
    pub(crate) secure: bool,
    /// Path, without a trailing slash.
    pub(crate) path: String,
}

impl Access {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| {
            format!(
                "{} cannot be read: it names the hub and a credential; `navette sandbox` writes one",
                path.display()
            )
        })?;
        let access: Self = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} does not name a hub: give token_url, teledossiers_url, referential_url and credentials as JSON",
                path.display()
            )
        })?;
        ensure!(access.administrator().is_some(), "{} holds no credential of the scope ADMIN", path.display());
        Ok(access)
    }

    /// The credential with which the world is set up.
    pub(crate) fn administrator(&self) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.scope == "ADMIN")
    }

    /// Where credentials are issued: beside the tokens.
    pub(crate) fn administration_url(&self) -> String {
        let root = ["/oauth2/token", "/token"].iter().find_map(|end| self.token_url.strip_suffix(end));
        format!("{}/navette/v1/admin", root.unwrap_or(&self.token_url))
    }
}

/// Takes an address apart.
///
/// # Errors
/// When it is none.
pub(crate) fn base(url: &str) -> Result<Base> {
    let uri: Uri = url.parse().with_context(|| format!("{url} is not an address"))?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => anyhow::bail!("{url} must begin with http:// or https://"),
    };
    let authority = uri.authority().with_context(|| format!("{url} names no host"))?;
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let authority = format!("{}:{port}", authority.host()).parse().with_context(|| format!("{url} names no host"))?;
    Ok(Base { authority, secure, path: uri.path().trim_end_matches('/').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let of = |url: &str| base(url).map(|base| (base.authority.to_string(), base.secure, base.path));
        let expected = ("hub.example:443".to_owned(), true, "/teledossiers/v1".to_owned());
        assert_eq!(of("https://hub.example/teledossiers/v1/").unwrap(), expected);
        assert_eq!(of("http://127.0.0.1:80").unwrap().0, "127.0.0.1:80");
        assert!(of("ftp://x").unwrap_err().to_string().contains("must begin with http"));
        assert!(of("/x").is_err());
    }
}
