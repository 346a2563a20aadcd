//! Panics on demand, for tests.

use super::engine::Engine;

/// Bytes at which the task of their connection panics.
const IN_TASK: &[u8] = b"panic in the task";
/// Bytes at which the core does.
const IN_CORE: &[u8] = b"panic in the core";

pub(super) fn inject(bytes: &[u8], engine: &mut Engine) {
    assert!(bytes != IN_TASK, "a test wants this");
    if bytes == IN_CORE {
        engine.blow();
        panic!("a test wants this");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use crate::{Config, Server};

    const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
    const CONNACK: [u8; 4] = [0x20, 0x02, 0x00, 0x00];

    fn server() -> Server {
        let mut config = Config::default();
        config.listen.tcp.set_port(0);
        config.listen.http.set_port(0);
        Server::start(&config).expect("any free port will do")
    }

    fn connect(server: &Server) -> TcpStream {
        TcpStream::connect(server.tcp_address()).expect("the server listens")
    }

    /// Sends bytes and waits until the server has closed the connection.
    fn send_and_be_closed(server: &Server, bytes: &[u8]) {
        let mut stream = connect(server);
        stream.write_all(bytes).expect("the connection is open");
        let mut rest = Vec::new();
        // A reset says the same as an end.
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    }

    #[test]
    fn a_panic_in_the_task_of_a_connection_closes_that_one_alone_and_is_counted() {
        let server = server();
        let mut other = connect(&server);
        send_and_be_closed(&server, IN_TASK);
        send_and_be_closed(&server, IN_TASK);
        other.write_all(CONNECT).expect("it is open");
        let mut answer = [0; 4];
        other.read_exact(&mut answer).expect("it is served");
        assert_eq!(answer, CONNACK);
        assert_eq!(server.task_failures(), 2);
        server.join().expect("the server itself has not failed");
    }

    #[test]
    fn a_panic_in_the_core_is_the_end() {
        let server = server();
        let mut other = connect(&server);
        send_and_be_closed(&server, IN_CORE);
        let mut rest = Vec::new();
        let _ = other.read_to_end(&mut rest);
        assert_eq!(rest, b"");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("there is room for one").block_on(server.ended());
        let failure = server.join().expect_err("it has failed");
        assert_ne!(failure.exit_code(), 0);
        assert!(failure.to_string().contains("a fault of its own"), "{failure}");
    }
}
