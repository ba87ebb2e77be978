//! A connection to exactly what was checked.

use std::net::SocketAddr;

use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use tokio::net::TcpStream;

use crate::{Networks, Settings};

/// A name is asked for once; of what it leads to, so many addresses are tried.
const ADDRESSES_MAX: usize = 4;

/// Connects to the first address of the endpoint that answers. A name that leads to an address that may not be called is refused
/// whole: it is a mistake, or somebody tries what happens.
pub(crate) async fn connect(settings: &Settings, networks: &Networks) -> Result<TcpStream, DeliveryError> {
    let found = tokio::net::lookup_host((settings.host(), settings.port())).await;
    let unknown = |_| {
        DeliveryError::new(DeliveryErrorKind::Unreachable, "its name is not known; look at the address, or at the DNS")
    };
    let addresses: Vec<SocketAddr> = found.map_err(unknown)?.take(ADDRESSES_MAX).collect();
    if let Some(forbidden) = addresses.iter().find(|address| !networks.allow(address.ip())) {
        let explanation = format!("its name leads to {}, which is not an address of the Internet", forbidden.ip());
        return Err(DeliveryError::new(DeliveryErrorKind::Forbidden, explanation));
    }
    for address in addresses {
        if let Ok(socket) = TcpStream::connect(address).await {
            // A call is one small packet each way: nothing to wait for.
            socket.set_nodelay(true).map_err(|_| gone())?;
            return Ok(socket);
        }
    }
    let explanation =
        format!("nobody answers on port {}; look at the firewall and whether the server runs", settings.port());
    Err(DeliveryError::new(DeliveryErrorKind::Unreachable, explanation))
}

fn gone() -> DeliveryError {
    DeliveryError::new(DeliveryErrorKind::Interrupted, "it closed the connection at once")
}
