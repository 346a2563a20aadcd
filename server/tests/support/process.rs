//! The program itself.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Instant;

use super::PATIENCE;

/// The program, ready to be run.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_afterlink"));
    command.args(arguments).env_remove("AFTERLINK_LOG").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program runs")
}

/// A running `afterlink serve`.
pub(crate) struct Serving {
    child: Child,
    pub(crate) tcp: SocketAddr,
    pub(crate) http: SocketAddr,
}

impl Serving {
    /// Starts the program on free ports, with these settings.
    pub(crate) fn start(config: &str, arguments: &[&str]) -> Self {
        let config = ConfigFile::new(config);
        let mut command = program(&["serve", "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.arg("--config").arg(&config.path).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |kind: &str| {
            let line = lines.next().expect("a line").unwrap();
            let address = line.strip_prefix(&format!("listening {kind} "));
            address.unwrap_or_else(|| panic!("{line}")).parse().expect("an address")
        };
        let (tcp, http) = (address("tcp"), address("http"));
        Self { child, tcp, http }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end; its status and what was told on stderr.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        let mut stderr = self.child.stderr.take().unwrap();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the program did not end");
            std::thread::yield_now();
        };
        let mut told = String::new();
        stderr.read_to_string(&mut told).unwrap();
        (status, told)
    }

    /// Bytes of memory in use.
    pub(crate) fn resident_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A config file that is there as long as this is.
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
}

impl ConfigFile {
    pub(crate) fn new(text: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("config-{}-{number}.toml", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        Self { path }
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        // Left behind it harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}
