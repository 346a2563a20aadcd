//! Which client is run against which server, over which transport, in which version.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::brokers::Brokers;
use super::job::{Expect, Job};
use crate::python;
use crate::workspace::Workspace;

const VERSIONS: &[&str] = &["3.1", "3.1.1", "5"];

/// All jobs; those that run cases run only the ones whose name contains `case`.
pub(super) fn jobs(workspace: &Workspace, brokers: &Brokers, case: Option<&str>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for version in VERSIONS {
        for transport in ["tcp", "websockets"] {
            let mut paho = Command::new(python::interpreter(workspace));
            paho.arg("paho/run.py");
            jobs.push(cases(workspace, brokers, "paho", paho, version, transport, case));
            let mut mqtt_js = Command::new("node");
            mqtt_js.arg("mqttjs/run.mjs");
            jobs.push(cases(workspace, brokers, "mqttjs", mqtt_js, version, transport, case));
        }
        let mut mosquitto = Command::new(python::interpreter(workspace));
        mosquitto.arg("mosquitto/run.py");
        jobs.push(cases(workspace, brokers, "mosquitto", mosquitto, version, "tcp", case));
    }
    if case.is_none() {
        demos(workspace, brokers, &mut jobs);
        conformance(workspace, brokers, &mut jobs);
    }
    jobs
}

fn cases(
    workspace: &Workspace,
    brokers: &Brokers,
    client: &str,
    mut command: Command,
    version: &str,
    transport: &str,
    case: Option<&str>,
) -> Job {
    command.current_dir(workspace.path(super::DIRECTORY)).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["--version", version, "--transport", transport]);
    let servers =
        [("default", &brokers.default), ("open", &brokers.open), ("capped", &brokers.capped)];
    for (name, server) in servers {
        command.arg(format!("--{name}")).arg(server.ports());
    }
    if let Some(case) = case {
        command.args(["--case", case]);
    }
    let name = format!("{client} {version} {transport}");
    // Not every version has a case of every name.
    let expect = if case.is_some() { Expect::CasesIfAny } else { Expect::Cases };
    Job { name, command, expect, is_alone: false }
}

/// `afterlink demo` against our server, against Debian's, and against one that loses messages.
fn demos(workspace: &Workspace, brokers: &Brokers, jobs: &mut Vec<Job>) {
    let program = workspace.target("debug/afterlink");
    for protocol in ["3.1.1", "5"] {
        let urls = [
            ("tcp", tcp(brokers.default.tcp), Expect::Success),
            ("ws", format!("ws://{}/mqtt", brokers.default.http), Expect::Success),
            ("mosquitto", tcp(brokers.mosquitto.tcp), Expect::Success),
            ("a broker that loses messages", tcp(brokers.forgetful.tcp), Expect::Failure),
        ];
        for (broker, url, expect) in urls {
            jobs.push(demo(&program, protocol, broker, &url, expect));
        }
    }
}

fn demo(program: &Path, protocol: &str, broker: &str, url: &str, expect: Expect) -> Job {
    let mut command = Command::new(program);
    command.args(["demo", url, "--protocol", protocol]);
    Job { name: format!("demo {protocol} {broker}"), command, expect, is_alone: false }
}

/// The conformance suite with real seconds: against our server, and against Debian's, which has to
/// differ in just what `conformance/mosquitto.toml` explains.
fn conformance(workspace: &Workspace, brokers: &Brokers, jobs: &mut Vec<Job>) {
    for protocol in ["3.1.1", "5"] {
        let urls = [
            ("tcp", tcp(brokers.default.tcp), None),
            ("ws", format!("ws://{}/mqtt", brokers.default.http), None),
            ("mosquitto", tcp(brokers.mosquitto.tcp), Some("conformance/mosquitto.toml")),
        ];
        for (broker, url, differences) in urls {
            let mut command = Command::new(workspace.target("debug/afterlink"));
            command.args(["conformance", "--url", &url, "--protocol", protocol, "--again", "2"]);
            if let Some(differences) = differences {
                command.arg("--differences").arg(workspace.path(differences));
            }
            let name = format!("conformance {protocol} {broker}");
            jobs.push(Job { name, command, expect: Expect::Success, is_alone: true });
        }
    }
}

fn tcp(address: SocketAddr) -> String {
    format!("tcp://{address}")
}
