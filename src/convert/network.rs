//! Addresses of networks and of hardware.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::reason::Reason;
use super::target::TargetType;

/// An address with the bits of its mask, of inet and cidr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NetworkAddress {
    pub(crate) address: IpAddr,
    /// How many bits from the left are the network's.
    pub(crate) bits: u8,
}

/// Whether an address is one of a host or of a network: inet or cidr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NetworkKind {
    Host,
    Network,
}

impl NetworkKind {
    /// That of a type of networks.
    pub(super) fn of(target: &TargetType) -> Self {
        if *target == TargetType::Cidr { Self::Network } else { Self::Host }
    }
}

impl NetworkAddress {
    /// Reads an address, with or without a mask behind `/`. What programs read in several ways, the server's short forms and zeros in front, is none.
    pub(super) fn parse(text: &str, kind: NetworkKind) -> Result<Self, Reason> {
        let (address, mask) = match text.split_once('/') {
            Some((address, mask)) => (address, Some(mask)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| Reason::NotAnAddress)?;
        let bits = match mask {
            None => most_bits(address),
            Some(mask) => bits_of(mask).filter(|bits| *bits <= most_bits(address)).ok_or(Reason::NotAnAddress)?,
        };
        let network = Self { address, bits };
        if kind == NetworkKind::Network && network.has_host_bits() {
            return Err(Reason::HostBits);
        }
        Ok(network)
    }

    /// Whether it has bits to the right of its mask.
    fn has_host_bits(self) -> bool {
        let (number, width) = match self.address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        // A shift by the whole width is none that Rust makes.
        let host = 1u128.checked_shl(width - u32::from(self.bits)).map_or(u128::MAX, |end| end - 1);
        number & host != 0
    }

    /// It as the server prints it. A network has its mask always, a host where it is not all bits.
    pub(super) fn shown(self, kind: NetworkKind) -> String {
        let address = match self.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => shown_v6(address),
        };
        if kind == NetworkKind::Host && self.bits == most_bits(self.address) {
            address
        } else {
            format!("{address}/{}", self.bits)
        }
    }
}

fn most_bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// A number of bits: digits without zeros in front.
fn bits_of(mask: &str) -> Option<u8> {
    let is_plain = mask.bytes().all(|byte| byte.is_ascii_digit()) && (mask == "0" || !mask.starts_with('0'));
    mask.parse().ok().filter(|_| is_plain)
}

/// As Rust writes it, but for six zeros in front, behind which the server writes an address of IPv4 (PostgreSQL 15, `inet_net_ntop_ipv6`).
fn shown_v6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            format!("::{a}.{b}.{c}.{d}")
        }
        _ => address.to_string(),
    }
}

/// An address of hardware, of macaddr or macaddr8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HardwareAddress {
    Six([u8; 6]),
    Eight([u8; 8]),
}

impl HardwareAddress {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Six(bytes) => bytes,
            Self::Eight(bytes) => bytes,
        }
    }

    pub(super) fn six(text: &str) -> Option<Self> {
        octets(text).map(Self::Six)
    }

    pub(super) fn eight(text: &str) -> Option<Self> {
        octets(text).map(Self::Eight)
    }
}

/// Bytes in two digits each, with nothing between them, or the same mark after as many bytes each time.
fn octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mark = text.chars().find(|letter| !letter.is_ascii_hexdigit());
    let groups: Vec<&str> = match mark {
        None => vec![text],
        Some(mark @ (':' | '-' | '.')) => text.split(mark).collect(),
        Some(_) => return None,
    };
    let digits = groups.concat();
    let is_even = groups.iter().all(|group| group.len() == digits.len() / groups.len());
    // As the server takes them (PostgreSQL 15, 8.9.4).
    let sizes: &[usize] = match mark {
        Some(':') => &[1, N / 2],
        Some('-') => &[1, 2, N / 2],
        Some(_) => &[2],
        None => &[N],
    };
    let is_form = groups.first().is_some_and(|group| sizes.iter().any(|bytes| group.len() == bytes * 2));
    if !is_even || !is_form || digits.len() != N * 2 {
        return None;
    }
    crate::hex::bytes_of(digits.as_bytes())?.try_into().ok()
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.bytes().iter().enumerate() {
            write!(f, "{}{byte:02x}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_reading_or_none() {
        let host =
            |text: &str| NetworkAddress::parse(text, NetworkKind::Host).map(|read| read.shown(NetworkKind::Host));
        assert_eq!(host("10.0.0.1").unwrap(), "10.0.0.1");
        assert_eq!(host("10.0.0.1/32").unwrap(), "10.0.0.1");
        assert_eq!(host("10.0.0.1/0").unwrap(), "10.0.0.1/0");
        assert_eq!(host("2001:DB8::0:1/64").unwrap(), "2001:db8::1/64");
        assert_eq!(host("::1.2.3.4").unwrap(), "::1.2.3.4");
        assert_eq!(host("::ffff:10.0.0.1").unwrap(), "::ffff:10.0.0.1");
        for wrong in [
            "",
            "10",
            "10.1",
            "10.1/8",
            "010.0.0.1",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.4/33",
            "1.2.3.4/08",
            "1.2.3.4/+8",
            "1.2.3.4/",
            "1.2.3.4/255.0.0.0",
            "fe80::1%eth0",
            "::1/129",
            "1.2.3.4:80",
            "[::1]",
            "localhost",
            "::1::",
        ] {
            assert_eq!(host(wrong), Err(Reason::NotAnAddress), "{wrong}");
        }
        let network =
            |text: &str| NetworkAddress::parse(text, NetworkKind::Network).map(|read| read.shown(NetworkKind::Network));
        assert_eq!(network("10.0.0.0/8").unwrap(), "10.0.0.0/8");
        assert_eq!(network("10.0.0.0").unwrap(), "10.0.0.0/32");
        assert_eq!(network("0.0.0.0/0").unwrap(), "0.0.0.0/0");
        assert_eq!(network("::/0").unwrap(), "::/0");
        assert_eq!(network("10.0.0.1/31"), Err(Reason::HostBits));
        assert_eq!(network("::1/0"), Err(Reason::HostBits));
    }

    #[test]
    fn hardware_addresses_are_read_in_each_form() {
        let six = |text: &str| HardwareAddress::six(text).map(|read| read.to_string());
        for text in [
            "08:00:2b:01:02:03",
            "08-00-2b-01-02-03",
            "08002b:010203",
            "08002b-010203",
            "0800.2b01.0203",
            "0800-2b01-0203",
            "08002b010203",
            "08002B010203",
        ] {
            assert_eq!(six(text).as_deref(), Some("08:00:2b:01:02:03"), "{text}");
        }
        for wrong in [
            "",
            "08:00:2b:01:02",
            "08:00:2b:01:02:03:04",
            "8:0:2b:1:2:3",
            "08:00-2b:01:02:03",
            "080:02b:010:203",
            ":08002b010203",
            "08:00:2b:01:02:0g",
            "08.00.2b.01.02.03",
            "08002b01020",
            "08:002b:01:02:03",
        ] {
            assert_eq!(six(wrong), None, "{wrong}");
        }
        let eight = HardwareAddress::eight("08-00-2B-FF-FE-01-02-03").map(|read| read.to_string());
        assert_eq!(eight.as_deref(), Some("08:00:2b:ff:fe:01:02:03"));
        // Which two bytes would stand between, is the server's idea.
        assert_eq!(HardwareAddress::eight("08:00:2b:01:02:03"), None);
    }
}
