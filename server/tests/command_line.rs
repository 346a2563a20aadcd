//! The program as its callers see it.

mod support;

use std::net::TcpListener;
use std::process::Output;

use support::mqtt::{Client, packet, text};
use support::process::{ConfigFile, Serving, run};

/// That the program ends with exit code 2 and one line that says all of `words`.
#[track_caller]
fn assert_refused(output: &Output, words: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("afterlink: "), "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    assert_eq!(output.stdout, b"");
}

fn serve_with(config: &str) -> Output {
    let file = ConfigFile::new(config);
    run(&["serve", "--config", file.path.to_str().expect("it is text")])
}

#[test]
fn the_addresses_are_printed_and_listened_on() {
    let server = Serving::start("", &[]);
    assert_ne!((server.tcp.port(), server.http.port()), (0, 0));
    Client::connected(server.tcp, "anyone").ping();
    support::websocket::WebSocket::open(server.http);
}

#[test]
fn an_occupied_port_is_one_line() {
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    for flag in ["--tcp", "--http"] {
        let other = if flag == "--tcp" { "--http" } else { "--tcp" };
        let output = run(&["serve", flag, &address, other, "127.0.0.1:0"]);
        assert_refused(&output, &[&address, "in use", flag, "127.0.0.1:0"]);
    }
}

#[test]
fn an_address_of_another_machine_is_one_line() {
    let output = run(&["serve", "--tcp", "192.0.2.1:1883"]);
    assert_refused(&output, &["192.0.2.1:1883", "does not have the address", "listen.tcp"]);
}

#[test]
fn an_unknown_key_is_one_line() {
    let output = serve_with("[limits]\nrecieve_maximum = 7\n");
    assert_refused(&output, &["limits.recieve_maximum = 7", "did you mean receive_maximum?"]);
}

#[test]
fn a_bad_value_is_one_line() {
    let output = serve_with("[limits]\nreceive_maximum = 0\n");
    assert_refused(&output, &["limits.receive_maximum = 0", "from 1 to 65535"]);
}

#[test]
fn a_list_of_what_is_refused_with_a_mistake_is_one_line() {
    // Read as an empty list, each of them would let everybody in.
    for (config, words) in [
        ("[authorization]\nrefuse_receive = [\"a/#/b\"]\n", ["refuse_receive", "a/#/b"]),
        ("[authorization]\nrefuse_publish = [\"\"]\n", ["refuse_publish", "\"\""]),
        ("[authorization]\nrefuse_publish = \"secret/#\"\n", ["refuse_publish", "secret/#"]),
        ("[authorization]\nrefuse_receives = [\"a\"]\n", ["refuse_receives", "refuse_receive?"]),
        ("[authorisation]\nrefuse_receive = [\"a\"]\n", ["authorisation", "authorization"]),
    ] {
        assert_refused(&serve_with(config), &words);
    }
}

#[test]
fn a_file_that_is_not_toml_is_one_line() {
    assert_refused(&serve_with("[limits\n"), &["line 1", "[limits"]);
}

#[test]
fn an_unreadable_file_is_one_line() {
    let output = run(&["serve", "--config", "/nowhere/afterlink.toml"]);
    assert_refused(&output, &["/nowhere/afterlink.toml", "afterlink config --print-default"]);
}

#[test]
fn a_word_that_is_no_argument_is_refused_with_exit_code_2() {
    for arguments in [&["serve", "--tcp", "nowhere"][..], &["serve", "--log", "loud"], &["sing"]] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_default_config_is_printed_and_can_be_served_from() {
    let output = run(&["config", "--print-default"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout).unwrap();
    for key in ["session_expiry_seconds_max = 604800", "level = \"warn\"", "[limits]"] {
        assert!(printed.contains(key), "{key}");
    }
    let server = Serving::start(&printed, &[]);
    Client::connected(server.tcp, "anyone").ping();
}

#[test]
fn sessions_in_memory_are_warned_of_once_unless_that_was_asked_for() {
    for (arguments, warned) in [(&[][..], true), (&["--in-memory"], false)] {
        let server = Serving::start("", arguments);
        server.signal("-TERM");
        let (_, told) = server.wait();
        assert_eq!(told.matches("sessions live in memory").count(), usize::from(warned), "{told}");
    }
}

#[test]
fn every_connection_has_one_line_at_info() {
    let server = Serving::start("", &["--in-memory", "--log", "info"]);
    let mut client = Client::connected(server.tcp, "line\nbreak");
    client.send(&[0xE0, 0]);
    assert_eq!(support::read_to_end(&mut client.0), b"");
    let mut nobody = support::connect(server.tcp);
    std::io::Write::write_all(&mut nobody, b"GET / HTTP/1.1\r\n\r\n").unwrap();
    support::read_to_end(&mut nobody);
    drop((client, nobody));
    server.signal("-TERM");
    let (_, told) = server.wait();
    let lines: Vec<_> = told.lines().filter(|line| line.contains("peer=127.0.0.1:")).collect();
    let [connected, refused] = lines[..] else { panic!("{told}") };
    assert!(connected.contains("client connected"), "{told}");
    assert!(connected.contains(r#"client="line\nbreak" version="3.1.1""#), "{told}");
    assert!(refused.contains("no client connected"), "{told}");
}

#[test]
fn a_password_stands_in_no_line_of_the_log() {
    let server = Serving::start("", &["--in-memory", "--log", "trace"]);
    let connect = |version: &[u8]| {
        let [user, password] = ["somebody", "opensesame"].map(text);
        packet(0x10, &[&text("MQTT"), version, &text("talkative"), &user, &password])
    };
    // Taken in both versions, and refused for a byte behind the end.
    let v3 = connect(&[4, 0xC2, 0, 60]);
    let v5 = connect(&[5, 0xC2, 0, 60, 0]);
    let mut refused = [&v3[..], &[0]].concat();
    refused[1] += 1;
    for bytes in [v3, v5, refused] {
        let mut stream = support::connect(server.tcp);
        std::io::Write::write_all(&mut stream, &[&bytes[..], &[0xE0, 0]].concat()).unwrap();
        support::read_to_end(&mut stream);
    }
    server.signal("-TERM");
    let (_, told) = server.wait();
    assert!(told.contains("client=\"talkative\""), "{told}");
    assert!(!told.contains("opensesame"), "{told}");
    let bytes: Vec<String> = b"opensesame".iter().map(u8::to_string).collect();
    assert!(!told.contains(&bytes.join(", ")), "{told}");
}

#[test]
fn the_level_of_the_log_can_be_set_by_the_environment_and_the_file() {
    let server = Serving::start("[log]\nlevel = \"info\"\n", &["--in-memory"]);
    Client::connected(server.tcp, "seen");
    server.signal("-TERM");
    assert!(server.wait().1.contains("client=\"seen\""));
}
