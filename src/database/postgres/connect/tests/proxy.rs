//! Servers that are not as they should be: without TLS, silent, too old.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// `SSLRequest`: <https://www.postgresql.org/docs/17/protocol-message-formats.html>.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What stands between the client and the server.
#[derive(Clone, Copy)]
pub(super) enum Proxy {
    /// Says that there is no TLS, and passes on the rest to the port.
    WithoutTls(u16),
    /// Takes connections and never answers.
    Silent,
    /// Lets everybody in, and says that it is PostgreSQL 13.4.
    Old,
    /// Says that the server is starting up.
    Starting,
    /// Closes every connection at once.
    Closing,
    /// Begins a handshake and sends no TLS. Connections without TLS are passed on to the port.
    BadHandshake(u16),
}

impl Proxy {
    /// Listens on a free port until the process ends.
    pub(super) fn start(self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || self.serve(stream));
            }
        });
        port
    }

    fn serve(self, mut client: TcpStream) -> std::io::Result<()> {
        let mut start = [0; 8];
        if let Self::Closing = self {
            return Ok(());
        }
        client.read_exact(&mut start)?;
        if start == SSL_REQUEST {
            match self {
                Self::BadHandshake(_) => return client.write_all(b"Snonsense"),
                Self::Silent => {}
                _ => client.write_all(b"N")?,
            }
            client.read_exact(&mut start)?;
        }
        match self {
            Self::WithoutTls(port) | Self::BadHandshake(port) => forward(client, &start, port),
            Self::Silent | Self::Closing => loop {
                thread::park();
            },
            Self::Old => client.write_all(
                &[
                    &message(b'R', &[0, 0, 0, 0])[..],
                    &message(b'S', b"server_version\x0013.4 (Debian)\0"),
                    &message(b'Z', b"I"),
                ]
                .concat(),
            ),
            Self::Starting => {
                client.write_all(&message(b'E', b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"))
            }
        }
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn forward(client: TcpStream, start: &[u8], port: u16) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.write_all(start)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(Shutdown::Write)
    });
    let mut client = client;
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)
}
