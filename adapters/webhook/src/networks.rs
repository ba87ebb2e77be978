//! Which addresses are the Internet. Whoever lets strangers name addresses to call must not let them name its own networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range of addresses, written `10.1.0.0/16` or `fd00:1::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// The text is not a range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network such as 10.1.0.0/16 or fd00:1::/32")]
pub struct MalformedNetwork;

impl FromStr for Network {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let (address, bits) = text.split_once('/').ok_or(MalformedNetwork)?;
        let address: IpAddr = address.parse().map_err(|_| MalformedNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= most).ok_or(MalformedNetwork)?;
        Ok(Self { address, bits })
    }
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32) -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    const fn v6(a: u16, b: u16, c: u16, bits: u32) -> Self {
        Self { address: IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), bits }
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                self.bits == 0 || (network.to_bits() ^ address.to_bits()) >> (32 - self.bits) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                self.bits == 0 || (network.to_bits() ^ address.to_bits()) >> (128 - self.bits) == 0
            }
            _ => false,
        }
    }
}

/// What is not the Internet, in IPv4 (IANA's registry of special-purpose addresses, RFC 6890, with multicast).
const SPECIAL_V4: &[Network] = &[
    Network::v4(0, 0, 0, 0, 8),
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(100, 64, 0, 0, 10),
    Network::v4(127, 0, 0, 0, 8),
    Network::v4(169, 254, 0, 0, 16),
    Network::v4(172, 16, 0, 0, 12),
    Network::v4(192, 0, 0, 0, 24),
    Network::v4(192, 0, 2, 0, 24),
    Network::v4(192, 88, 99, 0, 24),
    Network::v4(192, 168, 0, 0, 16),
    Network::v4(198, 18, 0, 0, 15),
    Network::v4(198, 51, 100, 0, 24),
    Network::v4(203, 0, 113, 0, 24),
    Network::v4(224, 0, 0, 0, 3),
];

/// In IPv6 only this is the Internet …
const GLOBAL_V6: Network = Network::v6(0x2000, 0, 0, 3);

/// … but for this: what carries IPv4 inside, what is for documentation and for protocols.
const SPECIAL_V6: &[Network] = &[
    Network::v6(0x2001, 0, 0, 23),
    Network::v6(0x2001, 0xdb8, 0, 32),
    Network::v6(0x2002, 0, 0, 16),
    Network::v6(0x3fff, 0, 0, 20),
];

/// The addresses that may be called: those of the Internet, and those of networks that whoever runs the hub has named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    also: Vec<Network>,
}

impl Networks {
    /// The Internet and `also`.
    pub const fn with(also: Vec<Network>) -> Self {
        Self { also }
    }

    /// Whether `address` may be called.
    pub fn allow(&self, address: IpAddr) -> bool {
        // An IPv4 address stays what it is when it is written as an IPv6 one.
        let address = address.to_canonical();
        self.also.iter().any(|network| network.contains(address)) || is_internet(address)
    }
}

fn is_internet(address: IpAddr) -> bool {
    let special = if address.is_ipv4() { SPECIAL_V4 } else { SPECIAL_V6 };
    let global = address.is_ipv4() || GLOBAL_V6.contains(address);
    global && !special.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_internet_is_called() {
        for address in ["1.1.1.1", "93.184.215.14", "172.15.0.1", "100.63.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(Networks::default().allow(address.parse().unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!Networks::default().allow(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_network_that_was_named_is_called_and_its_neighbours_are_not() {
        let networks = Networks::with(vec!["10.1.0.0/16".parse().unwrap(), "fd00:1::/32".parse().unwrap()]);
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("fd00:1::5", true),
            ("fd00:2::5", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(networks.allow(address.parse().unwrap()), allowed, "{address}");
        }
        for wrong in ["10.1.0.0", "10.1.0.0/33", "fd00::/129", "x/8", "10.1.0.0/-1", ""] {
            assert_eq!(wrong.parse::<Network>(), Err(MalformedNetwork), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_address_written_as_ipv6_is_judged_as_ipv4(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let networks = Networks::default();
            prop_assert_eq!(networks.allow(address.into()), networks.allow(address.to_ipv6_mapped().into()));
        }

        #[test]
        fn any_text_is_a_network_or_refused(text in "[0-9a-f.:/]{0,20}|\\PC{0,20}") {
            if let Ok(network) = text.parse::<Network>() {
                prop_assert!(network.contains(network.address));
            }
        }
    }
}
