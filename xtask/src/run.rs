//! `cargo xtask run`: broker and playground from a clean clone.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{toolchain, web};

/// Options of `cargo xtask run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where MQTT over TCP is served.
    #[arg(long, default_value = "127.0.0.1:1883")]
    tcp: String,
    /// Where the page, and MQTT over WebSocket on `/mqtt`, are served.
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: String,
    /// Further arguments for `afterlink serve`.
    #[arg(last = true)]
    serve: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    println!("{}", toolchain::rustc_version(workspace)?);
    match toolchain::node_version(workspace) {
        Ok(version) => {
            println!("{version}");
            web::build(workspace)?;
        }
        // The broker needs no Node: only the playground does.
        Err(error) => println!("{error:#}; the broker runs without the playground"),
    }
    workspace.cargo().args(["build", "--release", "--package", "afterlink"]).run()?;
    for (what, scheme, address, path) in [
        ("page", "http", &arguments.http, "/"),
        ("MQTT over TCP", "tcp", &arguments.tcp, ""),
        ("MQTT over WebSocket", "ws", &arguments.http, "/mqtt"),
    ] {
        if let Some(url) = url(scheme, address, path) {
            println!("{what:<19} {url}");
        }
    }
    println!("Ctrl-C ends it.");
    workspace
        .command(workspace.target("release/afterlink"))
        .args(["serve", "--tcp", &arguments.tcp, "--http", &arguments.http])
        .args(&arguments.serve)
        .become_it()
}

/// The address as one types it, unless the server chooses the port and prints it itself.
fn url(scheme: &str, address: &str, path: &str) -> Option<String> {
    (!address.ends_with(":0")).then(|| format!("{scheme}://{address}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_chosen_by_the_server_is_not_made_up() {
        let ws = url("ws", "127.0.0.1:8080", "/mqtt");
        assert_eq!(ws.as_deref(), Some("ws://127.0.0.1:8080/mqtt"));
        assert_eq!(url("tcp", "127.0.0.1:0", ""), None);
    }
}
