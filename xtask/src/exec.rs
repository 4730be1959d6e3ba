//! Running other programs: their output is shown as it comes, silence is broken by a heartbeat, and a failure is one
//! line that names the program. Nothing here waits for a pipe that a forgotten grandchild holds open.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// How long a program may be silent before a line says that it still runs.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How often the program's end is looked for while it prints nothing.
const TICK: Duration = Duration::from_millis(200);
/// How long output is still awaited after the program's end.
const DRAIN: Duration = Duration::from_secs(3);

/// Runs to the end, showing the output.
///
/// # Errors
/// The program is missing, or ends with another status than 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = watch(command, |_| {})?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs to the end, showing the output and handing each line to `on_line`.
///
/// # Errors
/// The program cannot be started. Its own failure is the returned status.
pub(crate) fn watch(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = spawn(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let lines = output_lines(&mut child);
    let start = Instant::now();
    let mut last_sign = start;
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => {
                println!("{line}");
                on_line(&line);
                last_sign = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(child.wait()?),
            Err(RecvTimeoutError::Timeout) => {
                if let Some((status, at)) = ended {
                    if at.elapsed() > DRAIN {
                        return Ok(status);
                    }
                } else if let Some(status) = child.try_wait()? {
                    ended = Some((status, Instant::now()));
                }
            }
        }
        if last_sign.elapsed() > HEARTBEAT {
            println!("      ... still running, {} s", start.elapsed().as_secs());
            std::io::stdout().flush()?;
            last_sign = Instant::now();
        }
    }
}

/// Runs to the end and returns what it wrote to its standard output.
///
/// # Errors
/// The program is missing, ends with another status than 0 (the error carries its last line), or writes no UTF-8.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let child = spawn(
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no message");
        bail!("`{}` failed ({}): {last}", describe(command), output.status);
    }
    text(command, output.stdout)
}

/// Runs to the end with this process's standard error, and returns what it wrote to its standard output.
///
/// # Errors
/// The program is missing, ends with another status than 0, or writes no UTF-8.
pub(crate) fn read_output(command: &mut Command) -> Result<String> {
    let child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`{}` failed ({})", describe(command), output.status);
    }
    text(command, output.stdout)
}

fn text(command: &Command, output: Vec<u8>) -> Result<String> {
    String::from_utf8(output).with_context(|| format!("output of `{}`", describe(command)))
}

/// Runs to the end with this process's standard error, and nothing on standard output.
///
/// # Errors
/// The program is missing, or ends with another status than 0.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Starts a program in the place of this process, so that Ctrl-C reaches it alone. Returns only when that fails.
///
/// # Errors
/// The program cannot be started; where processes cannot be replaced, it ended with another status than 0.
#[cfg(unix)]
pub(crate) fn become_program(program: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(anyhow!("`{}` cannot be started: {error}", describe(program)))
}

/// Starts a program, and ends as it does.
///
/// # Errors
/// The program cannot be started, or ends with another status than 0.
#[cfg(not(unix))]
pub(crate) fn become_program(program: &mut Command) -> Result<()> {
    let status = program
        .status()
        .map_err(|error| anyhow!("`{}` cannot be started: {error}", describe(program)))?;
    if status.success() {
        Ok(())
    } else {
        Err(anyhow!("`{}` ended with {status}", describe(program)))
    }
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy();
        if error.kind() == ErrorKind::NotFound {
            return anyhow!("`{program}` is not installed");
        }
        anyhow!("`{program}` cannot be started: {error}")
    })
}

fn output_lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        read_lines(stdout, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        read_lines(stderr, sender);
    }
    receiver
}

fn read_lines(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(bytes) = line else { return };
            let text = String::from_utf8_lossy(&bytes);
            if to.send(text.trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    });
}

/// The program and its arguments, shortened to what fits on a line.
fn describe(command: &Command) -> String {
    const LONGEST: usize = 120;
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    let text = words.join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start} ...")
}

#[cfg(test)]
mod tests;
