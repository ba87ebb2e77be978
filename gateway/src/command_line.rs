//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Navette, the exchange hub between those who put public procedures online and those who process the requests.
#[derive(Debug, Parser)]
#[command(name = "navette", version, arg_required_else_help = true)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `navette` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the hub.
    Serve {
        /// Its configuration, in TOML; the defaults without.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Say what is wrong with a configuration.
    CheckConfig {
        /// The configuration, in TOML.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Write a commented configuration, and make the first ADMIN credential, which is shown once.
    Init {
        /// Where to.
        #[arg(long, value_name = "DIR", default_value = ".")]
        directory: PathBuf,
    },
    /// Play the whole story of a dossier against a hub in a temporary directory.
    Demo(Demo),
    /// Run a hub with ready-made partners.
    Sandbox(Sandbox),
}

/// `navette demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Deposit the files of this folder instead of a synthetic certificate.
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Leave the hub running, with curl lines to paste.
    #[arg(long)]
    pub keep: bool,
}

/// `navette sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where to keep data; a temporary directory without.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to write the credentials of the partners once the hub listens.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// PEM file of a certificate: the hub then speaks HTTPS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of the key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_certificate_needs_a_key() {
        let parse = |line: &str| CommandLine::try_parse_from(line.split(' '));
        assert!(parse("navette sandbox --tls-certificate c").is_err());
        assert!(parse("navette sandbox --tls-certificate c --tls-key k --listen 127.0.0.1:0").is_ok());
        assert!(parse("navette serve --config f").is_ok());
        assert!(parse("navette").is_err());
    }
}
