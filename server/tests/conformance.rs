//! The conformance suite against the server, over TCP and WebSocket, with all that is sent cut at
//! random. What lets real seconds pass is left to virtual time and `cargo xtask clients`.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use afterlink_conformance::{Version, scripts};
use support::process::{ConfigFile, Serving, run};

/// Plays all scripts that a broker with `settings` is for, over both transports.
fn play(settings: &[(String, String)], seed: u64) {
    let server = Serving::start(&config(settings), &["--in-memory"]);
    let settings: Vec<_> =
        settings.iter().map(|(key, value)| format!("--setting={key}={value}")).collect();
    for url in [format!("tcp://{}", server.tcp), format!("ws://{}/mqtt", server.http)] {
        for version in Version::ALL {
            let (version, seed) = (version.to_string(), seed.to_string());
            let mut arguments = vec!["conformance", "--url", &url, "--protocol", &version];
            arguments.extend(["--cut", &seed, "--wait-max", "0"]);
            arguments.extend(settings.iter().map(String::as_str));
            let output = run(&arguments);
            let (out, err) = told(&output);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{out}{err}");
            // No script rests on what this server does not choose.
            assert!(!out.contains("chose otherwise"), "{arguments:?}\n{out}");
            assert!(!out.contains("does not offer"), "{arguments:?}\n{out}");
        }
    }
}

/// A config file with these settings.
fn config(settings: &[(String, String)]) -> String {
    let mut text = String::new();
    for (key, value) in settings {
        let (table, key) = key.split_once('.').expect("a key in a table");
        let is_bare = value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
        let value = if is_bare { value.clone() } else { format!("{value:?}") };
        text.push_str(&format!("[{table}]\n{key} = {value}\n"));
    }
    text
}

fn told(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn of_temporary(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn the_server_passes_however_the_network_cuts_what_is_sent() {
    for seed in [1, 2] {
        play(&[], seed);
    }
}

#[test]
fn a_server_with_other_settings_passes_the_scripts_for_it() {
    let all: BTreeSet<_> = scripts().into_iter().map(|script| script.settings).collect();
    let with_settings: Vec<_> = all.into_iter().filter(|settings| !settings.is_empty()).collect();
    assert!(with_settings.len() > 5, "{with_settings:?}");
    for settings in with_settings {
        play(&settings, 3);
    }
}

#[test]
fn a_server_that_fails_is_told_with_its_packets() {
    // A server that takes no retained message breaks what it does not deny in CONNACK.
    let server = Serving::start("[limits]\nretained_messages_max = 0\n", &["--in-memory"]);
    let url = format!("tcp://{}", server.tcp);
    let [xml, json] = ["conformance.xml", "conformance.json"].map(of_temporary);
    let mut outputs = Vec::new();
    for report in [&xml, &json] {
        let report = report.to_str().expect("it is text");
        let filter = ["--filter", "a_retained_message_of_qos_0_replaces"];
        let arguments = [&["conformance", "--url", &url, "--report", report][..], &filter].concat();
        outputs.push(run(&arguments));
    }
    let (out, err) = told(&outputs[0]);
    assert_eq!(outputs[0].status.code(), Some(1), "{err}");
    assert_eq!(err, "afterlink: 1 of 1 scripts failed\n");
    for part in [
        "BROKEN     MQTT-3.3.1-5   a_retained_message_of_qos_0_replaces\n",
        "FAILED: a_retained_message_of_qos_0_replaces (retained.txt:",
        "pub > PUBLISH topic=~/t payload=first qos=1 retain=1",
        "pub < PUBACK",
        "scripts: 0 passed, 1 failed, 0 skipped",
        "statements: 0 hold, 1 are broken, 0 were not tried",
    ] {
        assert!(out.contains(part), "{part:?} is not in\n{out}");
    }
    let xml = fs::read_to_string(xml).expect("it was written");
    assert!(xml.contains("tests=\"1\" failures=\"1\" skipped=\"0\""), "{xml}");
    assert!(xml.contains("pub &gt; PUBLISH"), "{xml}");
    let json = fs::read_to_string(json).expect("it was written");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["statements"]["MQTT-3.3.1-5"], "broken");
    assert_eq!(json["outcomes"][0]["verdict"], "failed");
    assert_eq!(json["outcomes"][0]["transcript"][0]["client"], "pub");
}

#[test]
fn known_differences_are_exactly_those_that_are_seen() {
    let server = Serving::start("[limits]\nretained_messages_max = 0\n", &["--in-memory"]);
    let url = format!("tcp://{}", server.tcp);
    let play = |differences: &str, filter: &str| {
        let file = ConfigFile::new(differences);
        let path = file.path.to_str().expect("it is text");
        run(&["conformance", "--url", &url, "--differences", path, "--filter", filter])
    };
    let replaces = "[a_retained_message_of_qos_0_replaces]\nwhose = \"choice\"\nwhy = \"None.\"\n";
    let output = play(replaces, "a_retained_message_of_qos_0_replaces");
    let (out, err) = told(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.contains("known: a_retained_message_of_qos_0_replaces"), "{out}");
    assert!(out.contains("a choice of the broker: None."), "{out}");
    // One that is not known.
    let output = play(replaces, "a_retained_message_keeps_its_properties");
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).1.contains("no known difference explains"), "{:?}", told(&output));
    // One that is not seen.
    let ping = "[a_ping_is_answered]\nwhose = \"defect\"\nwhy = \"It is deaf.\"\n";
    let output = play(ping, "a_ping_is_answered");
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).1.contains("none: a_ping_is_answered"), "{:?}", told(&output));
    // What explains nothing, or nothing there is.
    for file in [
        "[a_ping_is_answered]\nwhose = \"defect\"\nwhy = \" \"\n",
        "[a_script_of_no_name]\nwhose = \"defect\"\nwhy = \"So.\"\n",
        "[a_ping_is_answered]\nwhose = \"nobody\"\nwhy = \"So.\"\n",
    ] {
        let output = play(file, "a_ping_is_answered");
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert_eq!(told(&output).1.lines().count(), 1, "{:?}", told(&output));
    }
}

#[test]
fn scripts_are_listed_with_what_they_show() {
    let output = run(&["conformance", "--list", "--filter", "keep_alive", "--protocol", "3.1.1"]);
    let (out, _) = told(&output);
    let line = "keep_alive::whoever_sends_is_not_silent  MQTT3-3.1.2-24\n";
    assert!(out.contains(line) && !out.contains("MQTT-"), "{out}");
    let output = run(&["conformance", "--list", "--filter", "no such script"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_broker_that_is_not_there_is_one_line() {
    let output = run(&["conformance", "--url", "tcp://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    let (out, err) = told(&output);
    assert_eq!((out.as_str(), err.lines().count()), ("", 1), "{err}");
    assert!(err.contains("no MQTT broker at tcp://127.0.0.1:1"), "{err}");
}
