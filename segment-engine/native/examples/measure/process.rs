//! What a process has used so far and holds now, from Linux's `/proc`; and a child that ends with its handle.

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result};

/// A tick of the counters in `/proc/PID/stat`: 1/100 s on every Linux that Rust's standard library runs on.
const TICK: Duration = Duration::from_millis(10);

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) resident_kib: u64,
    pub(crate) threads: u64,
    /// Open files but for those connections: a UDP socket is one.
    pub(crate) files: u64,
    /// TCP connections and listeners.
    pub(crate) connections: u64,
}

/// A process that is killed when the handle goes.
#[derive(Debug)]
pub(crate) struct Owned(pub(crate) Child);

impl Owned {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Processor time of all threads, in and on behalf of the process.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub(crate) fn processor_time(process: u32) -> Result<Duration> {
    let text = read(process, "stat")?;
    parse_stat(&text).context("/proc/PID/stat is not as expected")
}

/// Memory, threads, open files and TCP connections.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub(crate) fn holding(process: u32) -> Result<Holding> {
    let status = read(process, "status")?;
    let number = |name| parse_status(&status, name).with_context(|| format!("{name} in /proc/PID/status"));
    let (connections, files): (Vec<String>, Vec<String>) = {
        // A connection that is made meanwhile is in the tables and not among the files, and so counts as neither.
        let open = open_files(process)?;
        let mut tcp = parse_sockets(&read(process, "net/tcp")?);
        tcp.extend(parse_sockets(&read(process, "net/tcp6")?));
        open.into_iter().partition(|file| tcp.contains(file))
    };
    Ok(Holding {
        resident_kib: number("VmRSS:")?,
        threads: number("Threads:")?,
        files: files.len() as u64,
        connections: connections.len() as u64,
    })
}

/// The machine's load average of the last minute.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

/// What a process has open, by the names that Linux gives it.
fn open_files(process: u32) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        // One that was closed since is not open.
        if let Ok(file) = fs::read_link(entry?.path()) {
            files.push(file.to_string_lossy().into_owned());
        }
    }
    Ok(files)
}

fn read(process: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{process}/{file}");
    fs::read_to_string(&path).with_context(|| format!("reading {path}: this bench needs Linux"))
}

/// Fields 14 and 15. The name of the program in field 2 may hold spaces and brackets.
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()?.checked_add(ticks()?)?)
}

/// The sockets of a table as `/proc/PID/net/tcp`, as an open file of each is named. The tenth field is its inode.
fn parse_sockets(table: &str) -> BTreeSet<String> {
    let inodes = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(9));
    inodes.map(|inode| format!("socket:[{inode}]")).collect()
}

fn parse_status(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches("kB").trim_end().parse().ok()
}

#[cfg(test)]
mod tests;
